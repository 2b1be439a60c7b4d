/** Rules on EndpointSlices. */
import type { FieldError, Path } from "../../machinery/field-errors.ts";
import {
  duplicate,
  immutable,
  internal,
  invalid,
  notSupported,
  path,
  required,
  tooMany,
} from "../../machinery/field-errors.ts";
import type { KubeObject, StrategyContext } from "../../machinery/kind.ts";
import type { Labels } from "../../machinery/selectors.ts";
import { isCanonicalIP, isValidIP, parseIP } from "../../machinery/ip.ts";
import {
  isDNS1123Label,
  isDNS1123Subdomain,
  isFullyQualifiedDomainName,
  isQualifiedName,
  isValidLabelValue,
} from "../../machinery/names.ts";
import { PROTOCOLS, checkOrdinaryIP } from "../core/endpoints.validation.ts";
import { checkLabels } from "../label-selector.validation.ts";
import type { Errors } from "../rules.ts";
import { add, same } from "../rules.ts";
import type { Endpoint, EndpointSlicePort } from "./endpoint-slice.ts";

interface SliceParts {
  readonly addressType: string;
  readonly endpoints?: readonly Endpoint[] | null;
  readonly ports?: readonly EndpointSlicePort[] | null;
}

const TYPES: ReadonlySet<string> = new Set(["FQDN", "IPv4", "IPv6"]);
const MOST_ENDPOINTS = 1000;
const MOST_ADDRESSES = 100;
const MOST_PORTS = 20_000;
const MOST_HINTS = 8;
const MOST_TOPOLOGY_LABELS = 16;
/** Endpoints have a field of their own for it. */
const ZONE = "topology.kubernetes.io/zone";

export function validateEndpointSlice(
  { addressType, endpoints, ports }: SliceParts,
  { previous }: StrategyContext,
): FieldError[] {
  const errors: Errors = [];
  if (addressType === "") errors.push(required("addressType"));
  else if (!TYPES.has(addressType)) errors.push(notSupported("addressType", addressType, TYPES));
  checkPorts(errors, path("ports"), ports ?? []);
  // What stays may be what could be said earlier.
  if (previous === undefined || !same(endpoints, (previous as KubeObject & SliceParts).endpoints)) {
    checkEndpoints(errors, path("endpoints"), endpoints ?? [], addressType);
  }
  return errors;
}

export function validateEndpointSliceUpdate(next: SliceParts, before: SliceParts): FieldError[] {
  return next.addressType === before.addressType ? [] : [immutable("addressType", next.addressType)];
}

function checkPorts(errors: Errors, at: Path, ports: readonly EndpointSlicePort[]): void {
  if (ports.length > MOST_PORTS) {
    errors.push(tooMany(at, ports.length, MOST_PORTS));
    return;
  }
  const names = new Set<string>();
  ports.forEach(({ name, protocol, appProtocol }, index) => {
    const here = at.index(index);
    if (name !== "") add(errors, here.child("name"), name, isDNS1123Label(name));
    if (names.has(name)) errors.push(duplicate(here.child("name"), name));
    names.add(name);
    if (!PROTOCOLS.has(protocol)) errors.push(notSupported(here.child("protocol"), protocol, PROTOCOLS));
    if (appProtocol !== undefined) add(errors, here.child("appProtocol"), appProtocol, isQualifiedName(appProtocol));
  });
}

function checkEndpoints(errors: Errors, at: Path, endpoints: readonly Endpoint[], type: string): void {
  if (endpoints.length > MOST_ENDPOINTS) {
    errors.push(tooMany(at, endpoints.length, MOST_ENDPOINTS));
    return;
  }
  for (let index = 0; index < endpoints.length; index++)
    checkEndpoint(errors, at.index(index), endpoints[index]!, type);
}

function checkEndpoint(errors: Errors, at: Path, endpoint: Endpoint, type: string): void {
  const { nodeName, hostname, deprecatedTopology, hints } = endpoint;
  const addresses = endpoint.addresses ?? [];
  const here = at.child("addresses");
  if (addresses.length === 0) errors.push(required(here, "must contain at least 1 address"));
  else if (addresses.length > MOST_ADDRESSES) errors.push(tooMany(here, addresses.length, MOST_ADDRESSES));
  addresses.forEach((address, index) => checkAddress(errors, here, index, address, type));
  if (nodeName !== undefined) add(errors, at.child("nodeName"), nodeName, isDNS1123Subdomain(nodeName));
  if (deprecatedTopology !== undefined) checkTopology(errors, at.child("deprecatedTopology"), deprecatedTopology);
  if (hostname !== undefined) add(errors, at.child("hostname"), hostname, isDNS1123Label(hostname));
  if (hints === undefined) return;
  const zones = hints.forZones ?? [];
  checkHints(errors, at.child("hints", "forZones"), zones, isValidLabelValue);
  if (zones.length > MOST_HINTS) return;
  checkHints(errors, at.child("hints", "forNodes"), hints.forNodes ?? [], isDNS1123Subdomain);
}

function checkTopology(errors: Errors, at: Path, topology: Labels): void {
  const count = Object.keys(topology).length;
  if (count > MOST_TOPOLOGY_LABELS) errors.push(tooMany(at, count, MOST_TOPOLOGY_LABELS));
  checkLabels(errors, at, topology);
  if (Object.hasOwn(topology, ZONE)) errors.push(internal(at.key(ZONE), "reserved key was not removed in conversion"));
}

function checkAddress(errors: Errors, at: Path, index: number, address: string, type: string): void {
  if (type === "FQDN") {
    errors.push(...isFullyQualifiedDomainName(at.index(index), address));
    return;
  }
  if (type !== "IPv4" && type !== "IPv6") return;
  const wrong = (type === "IPv4" ? isValidIP : isCanonicalIP)(at.index(index), address);
  errors.push(...wrong);
  if (wrong.length > 0) return;
  if (`IPv${parseIP(address)!.family}` !== type) errors.push(invalid(at, address, `must be an ${type} address`));
  checkOrdinaryIP(errors, at.index(index), address);
}

function checkHints(
  errors: Errors,
  at: Path,
  hints: readonly { readonly name: string }[],
  rule: (name: string) => readonly string[],
): void {
  if (hints.length > MOST_HINTS) {
    errors.push(tooMany(at, hints.length, MOST_HINTS));
    return;
  }
  const names = new Set<string>();
  hints.forEach(({ name }, index) => {
    const here = at.index(index).child("name");
    if (names.has(name)) errors.push(duplicate(here, name));
    names.add(name);
    add(errors, here, name, rule(name));
  });
}
