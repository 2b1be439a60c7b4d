/** Rules on what a claim was given, who uses it, and what drivers tell of its devices. */
import type { FieldError, Path } from "../../machinery/field-errors.ts";
import {
  forbidden,
  immutable,
  invalid,
  notSupported,
  path,
  required,
  tooLong,
  tooMany,
} from "../../machinery/field-errors.ts";
import { byteLength } from "../../machinery/go-text.ts";
import { formatIP, parseCIDR } from "../../machinery/ip.ts";
import type { KubeObject } from "../../machinery/kind.ts";
import { isDNS1123Label, isDNS1123Subdomain } from "../../machinery/names.ts";
import { checkConditions } from "../conditions.validation.ts";
import { checkNodeSelector } from "../core/affinity.validation.ts";
import { checkCSIDriverName } from "../core/volume-sources.validation.ts";
import type { Errors } from "../rules.ts";
import { add, same } from "../rules.ts";
import type { ResourceClaimSpec } from "./device-claim.ts";
import type { RequestNames } from "./device-claim.validation.ts";
import {
  checkBinding,
  checkDeviceToleration,
  checkOpaque,
  checkRaw,
  checkReference,
  checkReferences,
  checkSet,
  requestNames,
} from "./device-claim.validation.ts";
import type {
  AllocatedDeviceStatus,
  DeviceAllocationConfiguration,
  DeviceRequestAllocationResult,
  NetworkDeviceData,
  ResourceClaimConsumerReference,
  ResourceClaimStatus,
} from "./resource-claim.ts";
import { AllocationResult } from "./resource-claim.ts";
import { goStruct } from "../go-struct.ts";
import type { MessageSchema } from "../../machinery/schema/schema.ts";

export interface ClaimParts {
  readonly metadata?: Pick<KubeObject["metadata"], "deletionTimestamp">;
  readonly spec: ResourceClaimSpec;
  readonly status: ResourceClaimStatus;
}

const STATUS = path("status");
const MOST_USERS = 256;
const MOST_RESULTS = 32;
const MOST_CONFIGURATIONS = 64;
const MOST_CONDITIONS = 8;
const MOST_ADDRESSES = 16;
const POOL_NAME_LIMIT = 253;
const SOURCES = ["FromClaim", "FromClass"];
const UID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

export function claimStatusErrors(claim: ClaimParts, previous: ClaimParts | undefined): FieldError[] {
  const errors: Errors = [];
  const { allocation, devices = [] } = claim.status;
  checkUsers(errors, claim.status.reservedFor ?? []);
  checkDevices(errors, STATUS.child("devices"), devices, new Set(allocation?.devices?.results?.map(deviceName)));
  checkUse(errors, claim, previous?.status.reservedFor ?? []);
  const before = previous?.status.allocation;
  if (allocation === undefined) return errors;
  const at = STATUS.child("allocation");
  if (before === undefined) checkAllocation(errors, at, allocation, requestNames(claim.spec.devices));
  else if (!same(allocation, before))
    errors.push(immutable(at, goStruct(AllocationResult as MessageSchema, allocation)));
  return errors;
}

function checkUsers(errors: Errors, users: readonly ResourceClaimConsumerReference[]): void {
  checkSet(errors, STATUS.child("reservedFor"), users, MOST_USERS, {
    check: (here, user) => {
      for (const name of ["resource", "name", "uid"] as const) {
        if (user[name] === "") errors.push(required(here.child(name)));
      }
    },
    key: ({ uid }) => uid,
  });
}

/** Nobody may start to use a claim that is on its way out. */
function checkUse(errors: Errors, claim: ClaimParts, before: readonly ResourceClaimConsumerReference[]): void {
  const { allocation, reservedFor = [] } = claim.status;
  const at = STATUS.child("reservedFor");
  if (reservedFor.length === 0) return;
  if (allocation === undefined) errors.push(forbidden(at, "may not be specified when `allocated` is not set"));
  else if (claim.metadata?.deletionTimestamp && reservedFor.some((user) => !before.some((each) => same(each, user)))) {
    const text = "new entries may not be added while `deallocationRequested` or `deletionTimestamp` are set";
    errors.push(forbidden(at, text));
  }
}

interface DeviceID {
  readonly driver: string;
  readonly pool: string;
  readonly device: string;
  readonly shareID?: string;
}

function deviceName({ driver, pool, device, shareID }: DeviceID): string {
  return [driver, pool, device, ...(shareID === undefined ? [] : [shareID])].join("/");
}

export function checkPoolName(errors: Errors, at: Path, name: string): void {
  if (name === "") {
    errors.push(required(at));
    return;
  }
  if (name.length > POOL_NAME_LIMIT) errors.push(tooLong(at, POOL_NAME_LIMIT));
  for (const part of name.split("/")) add(errors, at, part, isDNS1123Subdomain(part));
}

function checkDeviceID(errors: Errors, at: Path, { driver, pool, device }: DeviceID): void {
  checkCSIDriverName(errors, at.child("driver"), driver);
  checkPoolName(errors, at.child("pool"), pool);
  add(errors, at.child("device"), device, isDNS1123Label(device));
}

function checkShareID(errors: Errors, at: Path, id: string | undefined): void {
  if (id === undefined || UID.test(id)) return;
  const text = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(id)
    ? "uid must be in RFC 4122 normalized form, `xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx` with lowercase hexadecimal characters"
    : `error validating uid: invalid UUID ${id.length === 36 ? "format" : `length: ${id.length}`}`;
  errors.push(invalid(at.child("shareID"), id, text));
}

function checkAllocation(errors: Errors, at: Path, allocation: AllocationResult, names: RequestNames): void {
  const { results = [], config = [] } = allocation.devices ?? {};
  const here = at.child("devices");
  checkSet(errors, here.child("results"), results, MOST_RESULTS, {
    check: (place, result) => checkResult(errors, place, result, names),
  });
  checkSet(errors, here.child("config"), config, MOST_CONFIGURATIONS, {
    check: (place, each) => checkConfiguration(errors, place, each, names),
  });
  if (allocation.nodeSelector !== undefined) {
    checkNodeSelector(errors, at.child("nodeSelector"), allocation.nodeSelector);
  }
}

function checkResult(errors: Errors, at: Path, result: DeviceRequestAllocationResult, names: RequestNames): void {
  checkReference(errors, at.child("request"), result.request, names);
  checkDeviceID(errors, at, result);
  checkBinding(errors, at, result);
  result.tolerations?.forEach((each, index) =>
    checkDeviceToleration(errors, at.child("tolerations").index(index), each),
  );
  checkShareID(errors, at, result.shareID);
}

function checkConfiguration(
  errors: Errors,
  at: Path,
  config: DeviceAllocationConfiguration,
  names: RequestNames,
): void {
  const source: string = config.source;
  if (source === "") errors.push(required(at.child("source")));
  else if (!SOURCES.includes(source)) errors.push(notSupported(at.child("source"), source, SOURCES));
  checkReferences(errors, at.child("requests"), config.requests ?? [], names);
  checkOpaque(errors, at.child("opaque"), config.opaque);
}

function checkDevices(
  errors: Errors,
  at: Path,
  devices: readonly AllocatedDeviceStatus[],
  given: ReadonlySet<string>,
): void {
  devices.forEach((device, index) => checkDevice(errors, at.index(index), device, given));
  const seen = new Set<string>();
  devices.forEach((device, index) => {
    const name = deviceName(device);
    if (seen.has(name)) {
      const message = `Duplicate value: ${name}`;
      errors.push({ reason: "FieldValueDuplicate", field: at.index(index).toString(), message });
    }
    seen.add(name);
  });
}

function checkDevice(errors: Errors, at: Path, device: AllocatedDeviceStatus, given: ReadonlySet<string>): void {
  checkDeviceID(errors, at, device);
  checkShareID(errors, at, device.shareID);
  const name = deviceName(device);
  if (!given.has(name)) {
    // Upstream has a type of its own for it, which prints without quotes.
    const message = `Invalid value: ${name}: must be an allocated device in the claim`;
    errors.push({ reason: "FieldValueInvalid", field: at.toString(), message });
  }
  const conditions = device.conditions ?? [];
  if (conditions.length > MOST_CONDITIONS) {
    errors.push(tooMany(at.child("conditions"), conditions.length, MOST_CONDITIONS));
  }
  checkConditions(errors, at.child("conditions"), conditions);
  if (device.data !== undefined) checkRaw(errors, at.child("data"), device.data);
  if (device.networkData !== undefined) checkNetwork(errors, at.child("networkData"), device.networkData);
}

function checkNetwork(errors: Errors, at: Path, network: NetworkDeviceData): void {
  for (const [name, limit] of [
    ["interfaceName", 256],
    ["hardwareAddress", 128],
  ] as const) {
    if (byteLength(network[name] ?? "") > limit) errors.push(tooLong(at.child(name), limit));
  }
  checkSet(errors, at.child("ips"), network.ips ?? [], MOST_ADDRESSES, {
    check: (here, address) => checkInterfaceAddress(errors, here, address),
    key: (address) => address,
  });
}

/** An address with the length of its network. */
function checkInterfaceAddress(errors: Errors, at: Path, text: string): void {
  const parsed = parseCIDR(text);
  if (parsed === undefined) {
    errors.push(invalid(at, text, "must be a valid address in CIDR form, (e.g. 10.9.8.7/24 or 2001:db8::1/64)"));
    return;
  }
  const canonical = `${formatIP(parsed.address)}/${parsed.prefix}`;
  if (text !== canonical) errors.push(invalid(at, text, `must be in canonical form ("${canonical}")`));
}
