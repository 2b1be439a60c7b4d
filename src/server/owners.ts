/** Owners that an object names twice are kept once, and the client is told. */
import type { Draft, ObjectMeta, OwnerReference } from "../machinery/kind.ts";
import type { Exchange } from "./exchange.ts";

const FIX =
  "API server dedups owner references in 1.20+, and may reject such requests as early as 1.24; please fix your requests; duplicate UID(s) observed:";

/** `admitted`: admission has been at it, and may be whose doing it is. */
export function nameOwnersOnce(exchange: Exchange, meta: Draft<ObjectMeta> | undefined, admitted: boolean): void {
  const owners = meta?.ownerReferences ?? [];
  if (owners.length < 2) return;
  const kept = new Map<string, OwnerReference>();
  const twice: string[] = [];
  for (const owner of owners) {
    // A client may name tens of thousands: they cannot be compared with each other.
    const text = textOf(owner);
    if (kept.has(text)) twice.push(owner.uid);
    else kept.set(text, owner);
  }
  if (twice.length === 0) return;
  const when = admitted ? " after mutating admission happens" : "";
  exchange.warn(`.metadata.ownerReferences contains duplicate entries${when}; ${FIX} ${twice.join(", ")}`);
  meta!.ownerReferences = [...kept.values()];
}

/** The same of the same owner, whatever the order of its fields. */
function textOf({ apiVersion, kind, name, uid, controller, blockOwnerDeletion }: OwnerReference): string {
  return JSON.stringify([apiVersion, kind, name, uid, controller, blockOwnerDeletion]);
}
