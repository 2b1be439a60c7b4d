/** Which storage class a claim gets that names none. */
import type { StorageClass } from "./index.ts";

const MARKS = ["storageclass.kubernetes.io/is-default-class", "storageclass.beta.kubernetes.io/is-default-class"];

/** Of several the newest; of those made in the same second the first by name. */
export function defaultClassOf(classes: Iterable<StorageClass>): StorageClass | undefined {
  let found: StorageClass | undefined;
  for (const each of classes) {
    if (!MARKS.some((key) => each.metadata.annotations?.[key] === "true")) continue;
    if (found === undefined || isBefore(each, found)) found = each;
  }
  return found;
}

function isBefore({ metadata: a }: StorageClass, { metadata: b }: StorageClass): boolean {
  if (a.creationTimestamp !== b.creationTimestamp) return a.creationTimestamp > b.creationTimestamp;
  return a.name < b.name;
}
