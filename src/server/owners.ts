/** Owners that an object names twice are kept once, and the client is told. */
import type { Draft, ObjectMeta, OwnerReference } from "../machinery/kind.ts";
import type { Exchange } from "./exchange.ts";
import { deepEqual } from "./objects.ts";

const FIX =
  "API server dedups owner references in 1.20+, and may reject such requests as early as 1.24; please fix your requests; duplicate UID(s) observed:";

/** `admitted`: admission has been at it, and may be whose doing it is. */
export function nameOwnersOnce(exchange: Exchange, meta: Draft<ObjectMeta> | undefined, admitted: boolean): void {
  const owners = meta?.ownerReferences ?? [];
  if (owners.length < 2) return;
  const kept: OwnerReference[] = [];
  const twice: string[] = [];
  for (const owner of owners) {
    if (kept.some((other) => other.uid === owner.uid && deepEqual(other, owner))) twice.push(owner.uid);
    else kept.push(owner);
  }
  if (twice.length === 0) return;
  const when = admitted ? " after mutating admission happens" : "";
  exchange.warn(`.metadata.ownerReferences contains duplicate entries${when}; ${FIX} ${twice.join(", ")}`);
  meta!.ownerReferences = kept;
}
