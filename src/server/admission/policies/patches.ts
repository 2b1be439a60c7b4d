/** What the expressions of a mutating policy make: configurations to apply, and JSON patches. */
import { typeFaults, mergeTyped } from "../../../machinery/apply/typed.ts";
import { childSchema, isRecord } from "../../../machinery/apply/shape.ts";
import { CelError } from "../../../machinery/cel/index.ts";
import type { Kind, KubeObject } from "../../../machinery/kind.ts";
import type { Schema } from "../../../machinery/schema/schema.ts";
import { PatchFailed, patchedBy } from "../json-patch.ts";
import type { Operation } from "../json-patch.ts";

/** Merged in as server-side apply does; of whatever type it says that it is. Throws {@link CelError} for what cannot be. */
export function applied(kind: Kind, object: KubeObject, said: object): unknown {
  const configuration = { ...said, apiVersion: object.apiVersion, kind: object.kind };
  const faults = typeFaults(kind.schema, configuration);
  if (faults !== undefined) throw failed(`failed to convert patch object to typed object: ${faults}`);
  const atomic = atomicParts(kind.schema, configuration, "");
  if (atomic.length > 0) {
    const why = `may not mutate atomic arrays, maps or structs: ${atomic.join(", ")}`;
    throw failed(`invalid ApplyConfiguration: ${why}`);
  }
  return mergeTyped(kind.schema, object, configuration);
}

const failed = (why: string): CelError => new CelError(`error applying patch: ${why}`);

/** Whoever sets a part of what is only ever set as a whole would take the rest away. */
function atomicParts(schema: Schema, value: unknown, at: string): string[] {
  if (Array.isArray(value)) {
    if (schema.form !== "list") return [];
    const own = schema.listType === "set" || schema.listType === "map" ? [] : [at];
    return [...own, ...value.flatMap((item, index) => atomicParts(schema.item, item, `${at}[${index}]`))];
  }
  if (!isRecord(value) || (schema.form !== "message" && schema.form !== "map")) return [];
  const own = schema.mapType === "atomic" ? [at] : [];
  const below = Object.entries(value).flatMap(([name, each]) => {
    const child = schema.form === "message" ? childSchema(schema, name) : undefined;
    return child === undefined ? [] : atomicParts(child, each, `${at}.${name}`);
  });
  return [...own, ...below];
}

/** The very same object where a `test` of the patch fails. Throws {@link CelError} for what cannot be done. */
export function patched(object: KubeObject, operations: readonly Operation[]): unknown {
  try {
    return patchedBy(operations, object);
  } catch (error) {
    if (!(error instanceof PatchFailed)) throw error;
    if (error.tested) return object;
    throw new CelError(`JSON Patch: ${error.message}`);
  }
}
