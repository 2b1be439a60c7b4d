/** Rules on Endpoints. */
import type { FieldError, Path } from "../../machinery/field-errors.ts";
import { invalid, notSupported, path, required } from "../../machinery/field-errors.ts";
import type { IpAddress, IpNetwork } from "../../machinery/ip.ts";
import { contains, isValidIP, parseCIDR, parseIP } from "../../machinery/ip.ts";
import type { StrategyContext } from "../../machinery/kind.ts";
import { isDNS1123Label, isDNS1123Subdomain, isQualifiedName, isValidPortNum } from "../../machinery/names.ts";
import type { Errors } from "../rules.ts";
import { add, same } from "../rules.ts";
import type { EndpointAddress, EndpointPort, EndpointSubset } from "./endpoints.ts";

const SUBSETS = path("subsets");
export const PROTOCOLS: ReadonlySet<string> = new Set(["SCTP", "TCP", "UDP"]);

interface EndpointsLike {
  readonly subsets?: readonly EndpointSubset[];
}

export function validateEndpoints({ subsets }: EndpointsLike, { previous }: StrategyContext): FieldError[] {
  const errors: Errors = [];
  if (previous !== undefined && same(subsets, (previous as EndpointsLike).subsets)) return errors;
  subsets?.forEach(({ addresses = [], notReadyAddresses = [], ports = [] }, index) => {
    const at = SUBSETS.index(index);
    if (addresses.length + notReadyAddresses.length === 0) {
      errors.push(required(at, "must specify `addresses` or `notReadyAddresses`"));
    }
    addresses.forEach((each, place) => checkAddress(errors, at.child("addresses").index(place), each));
    notReadyAddresses.forEach((each, place) => checkAddress(errors, at.child("notReadyAddresses").index(place), each));
    ports.forEach((port, place) => checkPort(errors, at.child("ports").index(place), port, ports.length > 1));
  });
  return errors;
}

function checkAddress(errors: Errors, at: Path, { ip, hostname, nodeName }: EndpointAddress): void {
  errors.push(...isValidIP(at.child("ip"), ip));
  if (hostname) add(errors, at.child("hostname"), hostname, isDNS1123Label(hostname));
  if (nodeName !== undefined) add(errors, at.child("nodeName"), nodeName, isDNS1123Subdomain(nodeName));
  checkOrdinaryIP(errors, at.child("ip"), ip);
}

const networks = (...texts: readonly string[]): readonly IpNetwork[] => texts.map((text) => parseCIDR(text)!);
const LOOPBACK = networks("127.0.0.0/8", "::1/128");
const LINK_LOCAL = networks("169.254.0.0/16", "fe80::/10");
const LINK_LOCAL_MULTICAST = networks("224.0.0.0/24", "ff02::/16");

/** Nothing that only one host or link knows: traffic would not reach an endpoint. */
export function checkOrdinaryIP(errors: Errors, at: Path, text: string): void {
  const ip = parseIP(text);
  if (ip === undefined) {
    errors.push(invalid(at, text, "must be a valid IP address"));
    return;
  }
  if (ip.bits === 0n) errors.push(invalid(at, text, `may not be unspecified (${text})`));
  if (within(ip, LOOPBACK)) {
    errors.push(invalid(at, text, "may not be in the loopback range (127.0.0.0/8, ::1/128)"));
  }
  if (within(ip, LINK_LOCAL)) {
    errors.push(invalid(at, text, "may not be in the link-local range (169.254.0.0/16, fe80::/10)"));
  }
  if (within(ip, LINK_LOCAL_MULTICAST)) {
    errors.push(invalid(at, text, "may not be in the link-local multicast range (224.0.0.0/24, ff02::/10)"));
  }
}

function within(ip: IpAddress, ranges: readonly IpNetwork[]): boolean {
  return ranges.some((range) => contains(range, ip));
}

function checkPort(errors: Errors, at: Path, port: EndpointPort, named: boolean): void {
  const { name = "", port: number, protocol, appProtocol } = port;
  if (name !== "") add(errors, at.child("name"), name, isDNS1123Label(name));
  else if (named) errors.push(required(at.child("name")));
  add(errors, at.child("port"), number, isValidPortNum(number));
  if ((protocol as string) === "") errors.push(required(at.child("protocol")));
  else if (!PROTOCOLS.has(protocol)) errors.push(notSupported(at.child("protocol"), protocol, PROTOCOLS));
  if (appProtocol !== undefined) add(errors, at.child("appProtocol"), appProtocol, isQualifiedName(appProtocol));
}
