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
} from "../../machinery/field-errors.ts";
import { byteLength, compareText } from "../../machinery/go-text.ts";
import { isDNS1123Subdomain, isQualifiedName } from "../../machinery/names.ts";
import { signOf } from "../../machinery/quantity.ts";
import type { TopologySelectorTerm } from "../core/topology-selector.ts";
import { checkCSIDriverName } from "../core/volume-sources.validation.ts";
import { checkLabelSelector, inOrder, shownSelector } from "../label-selector.validation.ts";
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
  checkProvisioner(errors, path("provisioner"), provisioner);
  if (parameters !== undefined) checkParameters(errors, path("parameters"), parameters);
  if (reclaimPolicy !== "" && !RECLAIM_POLICIES.has(reclaimPolicy))
    errors.push(notSupported("reclaimPolicy", reclaimPolicy, RECLAIM_POLICIES));
  if (!BINDING_MODES.has(volumeBindingMode)) {
    errors.push(notSupported("volumeBindingMode", volumeBindingMode, BINDING_MODES));
  }
  checkTopologies(errors, path("allowedTopologies"), allowedTopologies);
  return errors;
}

function checkProvisioner(errors: Errors, at: Path, provisioner: string): void {
  const name = provisioner.toLowerCase();
  if (name === "") errors.push(required(at));
  else add(errors, at, name, isQualifiedName(name));
}

/** Of many terms that are alike each would have an error for each of the others. */
const MOST_ALIKE = 1000;

/** Upstream compares each with as many empty ones as there are terms, and then with those before it. */
function checkTopologies(errors: Errors, topologies: Path, terms: readonly TopologySelectorTerm[]): void {
  const seen = new Map<string, number>([["", terms.length]]);
  terms.forEach((term, index) => {
    const at = topologies.index(index).child("matchLabelExpressions");
    checkTopology(errors, at, term);
    const shape = shapeOf(term);
    const times = seen.get(shape) ?? 0;
    for (let time = 0; time < times && errors.length < MOST_ALIKE; time++) errors.push(duplicate(at, ""));
    seen.set(shape, times + 1);
  });
}

/** The same for terms that say the same, in whatever order. */
function shapeOf({ matchLabelExpressions = [] }: TopologySelectorTerm): string {
  const keys = new Map(matchLabelExpressions.map(({ key, values }) => [key, [...new Set(values)].toSorted()]));
  return keys.size === 0 ? "" : JSON.stringify([...keys].toSorted(([a], [b]) => compareText(a, b)));
}

export function validateStorageClassUpdate(next: StorageClassParts, before: StorageClassParts): FieldError[] {
  const errors: Errors = [];
  if (!same(next.parameters, before.parameters)) errors.push(immutable("parameters", inOrder(next.parameters)));
  for (const name of ["provisioner", "reclaimPolicy", "volumeBindingMode"] as const) {
    if (next[name] !== before[name]) errors.push(immutable(name, next[name]));
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
  readonly spec: CSIDriverSpec;
}

const SPEC = path("spec");
const FS_GROUP_POLICIES: ReadonlySet<string> = new Set(["File", "None", "ReadWriteOnceWithFSType"]);
const LIFECYCLES: readonly string[] = ["Persistent", "Ephemeral"];

export function validateCSIDriver({ spec }: DriverParts): FieldError[] {
  const errors: Errors = [];
  const { fsGroupPolicy, tokenRequests = [], volumeLifecycleModes = [] } = spec;
  if (!FS_GROUP_POLICIES.has(fsGroupPolicy)) {
    errors.push(notSupported(SPEC.child("fsGroupPolicy"), fsGroupPolicy, FS_GROUP_POLICIES));
  }
  tokenRequests.forEach(({ audience, expirationSeconds }, index) => {
    const at = SPEC.child("tokenRequests").index(index);
    if (tokenRequests.findIndex((other) => other.audience === audience) < index) {
      errors.push(duplicate(at.child("audience"), audience));
      return;
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
    if (!LIFECYCLES.includes(mode)) errors.push(notSupported(SPEC.child("volumeLifecycleModes"), mode, LIFECYCLES));
  }
  const period = spec.nodeAllocatableUpdatePeriodSeconds;
  if (period !== undefined && period < 10) {
    const text = "must be greater than or equal to 10 seconds";
    errors.push(invalid(SPEC.child("nodeAllocatableUpdatePeriodSeconds"), period, text));
  }
  if (spec.serviceAccountTokenInSecrets !== undefined && tokenRequests.length === 0) {
    const text = "serviceAccountTokenInSecrets is set but no tokenRequests are specified";
    errors.push(invalid(SPEC.child("serviceAccountTokenInSecrets"), spec.serviceAccountTokenInSecrets, text));
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
    checkTopologyKeys(errors, at, driver.topologyKeys ?? []);
  });
  return errors;
}

const NODE_ID_LIMIT = 256;

function checkDriver(errors: Errors, at: Path, { name, nodeID, allocatable }: CSINodeDriver): void {
  checkCSIDriverName(errors, at.child("name"), name);
  if (nodeID === "") errors.push(required(at.child("nodeID"), nodeID));
  if (byteLength(nodeID) > NODE_ID_LIMIT) {
    errors.push(invalid(at.child("nodeID"), nodeID, `must be ${NODE_ID_LIMIT} characters or less`));
  }
  if (allocatable?.count !== undefined && allocatable.count < 0) {
    errors.push(invalid(at.child("allocatable", "count"), allocatable.count, NOT_NEGATIVE));
  }
}

/** Upstream does not say of which of the driver's fields it is. */
function checkTopologyKeys(errors: Errors, at: Path, topologyKeys: readonly string[]): void {
  const keys = new Set<string>();
  for (const key of topologyKeys) {
    if (key === "") errors.push(required(at));
    if (keys.has(key)) errors.push(duplicate(at, key));
    keys.add(key);
    add(errors, at, key, isQualifiedName(key));
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
}

export function validateCSIStorageCapacity(object: CapacityParts): FieldError[] {
  const errors: Errors = [];
  checkLabelSelector(errors, path("nodeTopology"), object.nodeTopology);
  add(errors, path("storageClassName"), object.storageClassName, isDNS1123Subdomain(object.storageClassName));
  const { capacity } = object;
  if (capacity !== undefined && signOf(capacity) < 0) errors.push(invalid("capacity", capacity, NOT_NEGATIVE));
  return errors;
}

export function validateCSIStorageCapacityUpdate(next: CapacityParts, before: CapacityParts): FieldError[] {
  const errors: Errors = [];
  if (!same(next.nodeTopology, before.nodeTopology)) {
    errors.push(immutable("nodeTopology", next.nodeTopology === undefined ? null : shownSelector(next.nodeTopology)));
  }
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
  checkProvisioner(errors, path("driverName"), driverName);
  checkParameters(errors, path("parameters"), parameters);
  if (Object.keys(parameters).length === 0) {
    errors.push(required("parameters", "must contain at least one key/value pair"));
  }
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
