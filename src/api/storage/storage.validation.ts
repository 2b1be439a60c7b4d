/** Rules on the kinds of storage.k8s.io but VolumeAttachments. */
import type { FieldError, Path } from "../../machinery/field-errors.ts";
import {
  duplicate,
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
import { isDNS1123Subdomain, isQualifiedName } from "../../machinery/names.ts";
import { signOf } from "../../machinery/quantity.ts";
import type { TopologySelectorTerm } from "../core/topology-selector.ts";
import { checkCSIDriverName } from "../core/volume-sources.validation.ts";
import { checkLabelSelector } from "../label-selector.validation.ts";
import type { LabelSelector } from "../../machinery/selectors.ts";
import type { Errors } from "../rules.ts";
import { NOT_NEGATIVE, add, same } from "../rules.ts";
import type { CSIDriverSpec } from "./csi-driver.ts";
import { CSINodeDriver } from "./csi-node.ts";
import type { CSINodeSpec } from "./csi-node.ts";
import { goStruct } from "../go-struct.ts";
import type { MessageSchema } from "../../machinery/schema/schema.ts";

type Parameters = Readonly<Record<string, string>>;

const PARAMETERS_SIZE = 256 * 1024;
const MOST_PARAMETERS = 512;
const RECLAIM_POLICIES: ReadonlySet<string> = new Set(["Delete", "Retain"]);
const BINDING_MODES: ReadonlySet<string> = new Set(["Immediate", "WaitForFirstConsumer"]);

interface StorageClassParts {
  readonly provisioner: string;
  readonly parameters?: Parameters;
  readonly reclaimPolicy: string;
  readonly volumeBindingMode: string;
  readonly allowedTopologies?: readonly TopologySelectorTerm[];
}

export function validateStorageClass(storageClass: StorageClassParts): FieldError[] {
  const errors: Errors = [];
  const { provisioner, parameters, reclaimPolicy, volumeBindingMode, allowedTopologies = [] } = storageClass;
  if (provisioner === "") errors.push(required("provisioner"));
  else add(errors, path("provisioner"), provisioner, isQualifiedName(provisioner.toLowerCase()));
  if (parameters !== undefined) checkParameters(errors, path("parameters"), parameters);
  if (!RECLAIM_POLICIES.has(reclaimPolicy)) errors.push(notSupported("reclaimPolicy", reclaimPolicy, RECLAIM_POLICIES));
  if (!BINDING_MODES.has(volumeBindingMode)) {
    errors.push(notSupported("volumeBindingMode", volumeBindingMode, BINDING_MODES));
  }
  allowedTopologies.forEach((term, index) => {
    const at = path("allowedTopologies").index(index);
    checkTopology(errors, at.child("matchLabelExpressions"), term);
    if (allowedTopologies.slice(0, index).some((other) => same(other, term))) {
      errors.push(duplicate(at.child("matchLabelExpressions"), ""));
    }
  });
  return errors;
}

export function validateStorageClassUpdate(next: StorageClassParts, before: StorageClassParts): FieldError[] {
  const errors: Errors = [];
  for (const name of ["parameters", "provisioner", "reclaimPolicy", "volumeBindingMode"] as const) {
    if (!same(next[name], before[name])) errors.push(immutable(name, next[name] ?? null));
  }
  return errors;
}

function checkParameters(errors: Errors, at: Path, parameters: Parameters): void {
  const keys = Object.keys(parameters);
  if (keys.length > MOST_PARAMETERS) {
    errors.push(tooLong(at, MOST_PARAMETERS));
    return;
  }
  let size = 0;
  for (const key of keys) {
    if (key === "") errors.push(invalid(at, key, "field can not be empty."));
    size += byteLength(key) + byteLength(parameters[key]!);
  }
  if (size > PARAMETERS_SIZE) errors.push(tooLong(at, PARAMETERS_SIZE));
}

function checkTopology(errors: Errors, at: Path, { matchLabelExpressions = [] }: TopologySelectorTerm): void {
  const keys = new Set<string>();
  matchLabelExpressions.forEach(({ key, values }, index) => {
    const here = at.index(index);
    const list = values ?? [];
    if (list.length === 0) errors.push(required(here.child("values")));
    list.forEach((value, place) => {
      if (list.indexOf(value) < place) errors.push(duplicate(here.child("values").index(place), value));
    });
    add(errors, here.child("key"), key, isQualifiedName(key));
    if (keys.has(key)) errors.push(duplicate(here.child("key"), key));
    keys.add(key);
  });
}

interface DriverParts {
  readonly metadata: { readonly name: string };
  readonly spec: CSIDriverSpec;
}

const SPEC = path("spec");
const FS_GROUP_POLICIES: ReadonlySet<string> = new Set(["File", "None", "ReadWriteOnceWithFSType"]);
const LIFECYCLES: ReadonlySet<string> = new Set(["Ephemeral", "Persistent"]);

export function validateCSIDriver({ metadata, spec }: DriverParts): FieldError[] {
  const errors: Errors = [];
  checkCSIDriverName(errors, path("metadata", "name"), metadata.name);
  const { fsGroupPolicy, tokenRequests = [], volumeLifecycleModes = [] } = spec;
  if (!FS_GROUP_POLICIES.has(fsGroupPolicy)) {
    errors.push(notSupported(SPEC.child("fsGroupPolicy"), fsGroupPolicy, FS_GROUP_POLICIES));
  }
  tokenRequests.forEach(({ audience, expirationSeconds }, index) => {
    const at = SPEC.child("tokenRequests").index(index);
    if (tokenRequests.findIndex((other) => other.audience === audience) < index) {
      errors.push(duplicate(at.child("audience"), audience));
    }
    if (expirationSeconds === undefined) return;
    const here = at.child("expirationSeconds");
    if (expirationSeconds < 600) {
      errors.push(invalid(here, expirationSeconds, "may not specify a duration less than 10 minutes"));
    }
    if (expirationSeconds > 2 ** 32) {
      errors.push(invalid(here, expirationSeconds, "may not specify a duration larger than 2^32 seconds"));
    }
  });
  for (const mode of volumeLifecycleModes) {
    if (!LIFECYCLES.has(mode)) errors.push(notSupported(SPEC.child("volumeLifecycleModes"), mode, LIFECYCLES));
  }
  const period = spec.nodeAllocatableUpdatePeriodSeconds;
  if (period !== undefined && period < 10) {
    const text = "must be greater than or equal to 10 seconds";
    errors.push(invalid(SPEC.child("nodeAllocatableUpdatePeriodSeconds"), period, text));
  }
  return errors;
}

export function validateCSIDriverUpdate({ spec }: DriverParts, { spec: before }: DriverParts): FieldError[] {
  const errors: Errors = [];
  if (spec.attachRequired !== before.attachRequired) {
    // Upstream's path, which is no field.
    errors.push(immutable(SPEC.child("attachedRequired"), spec.attachRequired));
  }
  if (!same(spec.volumeLifecycleModes, before.volumeLifecycleModes)) {
    errors.push(immutable(SPEC.child("volumeLifecycleModes"), spec.volumeLifecycleModes));
  }
  return errors;
}

interface NodeParts {
  readonly spec: CSINodeSpec;
}

const DRIVERS = path("spec", "drivers");

export function validateCSINode({ spec }: NodeParts): FieldError[] {
  const errors: Errors = [];
  const names = new Set<string>();
  spec.drivers?.forEach((driver, index) => {
    const at = DRIVERS.index(index);
    checkDriver(errors, at, driver);
    if (names.has(driver.name)) errors.push(duplicate(at.child("name"), driver.name));
    names.add(driver.name);
  });
  return errors;
}

const NODE_ID_LIMIT = 256;

function checkDriver(errors: Errors, at: Path, { name, nodeID, topologyKeys, allocatable }: CSINodeDriver): void {
  checkCSIDriverName(errors, at.child("name"), name);
  if (nodeID === "") errors.push(required(at.child("nodeID"), nodeID));
  if (byteLength(nodeID) > NODE_ID_LIMIT) {
    errors.push(invalid(at.child("nodeID"), nodeID, `must be ${NODE_ID_LIMIT} characters or less`));
  }
  if (allocatable?.count !== undefined && allocatable.count < 0) {
    errors.push(invalid(at.child("allocatable", "count"), allocatable.count, NOT_NEGATIVE));
  }
  const keys = new Set<string>();
  for (const key of topologyKeys ?? []) {
    if (key === "") errors.push(required(at.child("topologyKeys"), key));
    else if (keys.has(key)) errors.push(duplicate(at.child("topologyKeys"), key));
    keys.add(key);
    if (key !== "") add(errors, at.child("topologyKeys"), key, isQualifiedName(key));
  }
}

/** A driver that stays is described as before; only what it can hold may change. */
export function validateCSINodeUpdate({ spec }: NodeParts, { spec: before }: NodeParts): FieldError[] {
  const errors: Errors = [];
  for (const old of before.drivers ?? []) {
    const driver = spec.drivers?.find(({ name }) => name === old.name);
    if (driver === undefined) continue;
    const { allocatable: _, ...now } = driver;
    const { allocatable: __, ...then } = old;
    if (!same(now, then)) errors.push(immutable(DRIVERS, goStruct(CSINodeDriver as MessageSchema, now)));
  }
  return errors;
}

interface CapacityParts {
  readonly nodeTopology?: LabelSelector;
  readonly storageClassName: string;
  readonly capacity?: string;
  readonly maximumVolumeSize?: string;
}

export function validateCSIStorageCapacity(object: CapacityParts): FieldError[] {
  const errors: Errors = [];
  checkLabelSelector(errors, path("nodeTopology"), object.nodeTopology);
  add(errors, path("storageClassName"), object.storageClassName, isDNS1123Subdomain(object.storageClassName));
  for (const name of ["capacity", "maximumVolumeSize"] as const) {
    const amount = object[name];
    if (amount !== undefined && signOf(amount) < 0) errors.push(invalid(name, amount, NOT_NEGATIVE));
  }
  return errors;
}

export function validateCSIStorageCapacityUpdate(next: CapacityParts, before: CapacityParts): FieldError[] {
  const errors: Errors = [];
  if (!same(next.nodeTopology, before.nodeTopology)) errors.push(immutable("nodeTopology", next.nodeTopology ?? null));
  if (next.storageClassName !== before.storageClassName) {
    errors.push(immutable("storageClassName", next.storageClassName));
  }
  return errors;
}

interface AttributesParts {
  readonly driverName: string;
  readonly parameters?: Parameters;
}

export function validateVolumeAttributesClass({ driverName, parameters = {} }: AttributesParts): FieldError[] {
  const errors: Errors = [];
  checkCSIDriverName(errors, path("driverName"), driverName);
  const at = path("parameters");
  const count = Object.keys(parameters).length;
  if (count === 0) errors.push(required(at, "must contain at least one key/value pair"));
  else if (count > MOST_PARAMETERS) errors.push(tooMany(at, count, MOST_PARAMETERS));
  else checkParameters(errors, at, parameters);
  return errors;
}

export function validateVolumeAttributesClassUpdate(next: AttributesParts, before: AttributesParts): FieldError[] {
  const errors: Errors = [];
  if (next.driverName !== before.driverName) {
    errors.push(forbidden("driverName", "updates to driverName are forbidden."));
  }
  if (!same(next.parameters, before.parameters)) {
    errors.push(forbidden("parameters", "updates to parameters are forbidden."));
  }
  return errors;
}
