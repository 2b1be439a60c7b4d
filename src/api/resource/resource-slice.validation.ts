/** Rules on ResourceSlices: whose devices they are, where, and what the devices share. */
import type { FieldError, Path } from "../../machinery/field-errors.ts";
import { immutable, invalid, path, required } from "../../machinery/field-errors.ts";
import type { StrategyContext } from "../../machinery/kind.ts";
import { isDNS1123Subdomain } from "../../machinery/names.ts";
import { checkNodeSelector } from "../core/affinity.validation.ts";
import { checkCSIDriverName } from "../core/volume-sources.validation.ts";
import type { Errors } from "../rules.ts";
import { add } from "../rules.ts";
import { checkPoolName } from "./claim-status.validation.ts";
import { checkSet } from "./device-claim.validation.ts";
import { UNSET_OR_TRUE, checkCounterSet, checkDevice } from "./device.validation.ts";
import type { ResourcePool, ResourceSliceSpec } from "./resource-slice.ts";

interface SliceParts {
  readonly spec: ResourceSliceSpec;
}

const SPEC = path("spec");
const MOST_DEVICES = 128;
/** Where some have taints, lists of values or take of counters. */
const MOST_DEMANDING_DEVICES = 64;
const MOST_SETS = 8;

export function validateResourceSlice({ spec }: SliceParts, { previous }: StrategyContext): FieldError[] {
  const errors: Errors = [];
  const before = (previous as SliceParts | undefined)?.spec;
  const { devices, sharedCounters, perDeviceNodeSelection: placed = false } = spec;
  checkCSIDriverName(errors, SPEC.child("driver"), spec.driver);
  checkPool(errors, SPEC.child("pool"), spec.pool);
  if (before !== undefined) checkStays(errors, spec, before);
  checkPlace(errors, spec);
  if (sharedCounters !== undefined && devices !== undefined) {
    errors.push(invalid(SPEC, "", "only one of `sharedCounters` or `devices` is allowed"));
  }
  const most = (devices ?? []).some(isDemanding) ? MOST_DEMANDING_DEVICES : MOST_DEVICES;
  checkSet(errors, SPEC.child("devices"), devices ?? [], most, {
    check: (at, device) => {
      checkDevice(errors, at, device, { before: before?.devices?.find(({ name }) => name === device.name), placed });
    },
    key: ({ name }) => name,
  });
  checkSet(errors, SPEC.child("sharedCounters"), sharedCounters ?? [], MOST_SETS, {
    check: (at, set) => checkCounterSet(errors, at, set),
    key: ({ name }) => name,
  });
  return errors;
}

type Device = NonNullable<ResourceSliceSpec["devices"]>[number];

function isDemanding({ taints = [], consumesCounters = [], attributes = {} }: Device): boolean {
  if (taints.length > 0 || consumesCounters.length > 0) return true;
  return Object.values(attributes).some(
    ({ bools, ints, strings, versions }) => (bools ?? ints ?? strings ?? versions) !== undefined,
  );
}

/** Who offers devices, of which pool and where, stays. */
function checkStays(errors: Errors, spec: ResourceSliceSpec, before: ResourceSliceSpec): void {
  if (spec.pool.name !== before.pool.name) errors.push(immutable(SPEC.child("pool", "name"), spec.pool.name));
  if (spec.driver !== before.driver) errors.push(immutable(SPEC.child("driver"), spec.driver));
  if (spec.nodeName !== before.nodeName) errors.push(immutable(SPEC.child("nodeName"), spec.nodeName ?? null));
}

function checkPool(errors: Errors, at: Path, { name, generation, resourceSliceCount: count }: ResourcePool): void {
  checkPoolName(errors, at.child("name"), name);
  if (count <= 0) errors.push(invalid(at.child("resourceSliceCount"), count, "must be greater than zero"));
  if (generation < 0) {
    errors.push(invalid(at.child("generation"), generation, "must be greater than or equal to zero"));
  }
}

/** Exactly one way of saying which nodes reach the devices. */
function checkPlace(errors: Errors, spec: ResourceSliceSpec): void {
  const { nodeName, nodeSelector, allNodes, perDeviceNodeSelection } = spec;
  const said: string[] = [];
  if (nodeName === "") {
    errors.push(invalid(SPEC.child("nodeName"), nodeName, "must be either unset or set to a non-empty string"));
  } else if (nodeName !== undefined) {
    said.push("`nodeName`");
    add(errors, SPEC.child("nodeName"), nodeName, isDNS1123Subdomain(nodeName));
  }
  if (nodeSelector !== undefined) {
    said.push("`nodeSelector`");
    checkNodeSelector(errors, SPEC.child("nodeSelector"), nodeSelector);
    const terms = nodeSelector.nodeSelectorTerms ?? [];
    if (terms.length !== 1) {
      const here = SPEC.child("nodeSelector", "nodeSelectorTerms");
      errors.push(invalid(here, terms, "must have exactly one node selector term"));
    }
  }
  for (const [name, value] of Object.entries({ allNodes, perDeviceNodeSelection })) {
    if (value === true) said.push(`\`${name}\``);
    else if (value === false) errors.push(invalid(SPEC.child(name), value, UNSET_OR_TRUE));
  }
  const names = "`nodeName`, `nodeSelector`, `allNodes`, `perDeviceNodeSelection`";
  if (said.length === 0) errors.push(required(SPEC, `exactly one of ${names} is required`));
  else if (said.length > 1) {
    const text = `exactly one of ${names} is required, but multiple fields are set`;
    errors.push(invalid(SPEC, `{${said.join(", ")}}`, text));
  }
}
