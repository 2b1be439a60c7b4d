import type { Exchange } from "../exchange.ts";

/**
 * Where other servers write to the same database, waits until what they had committed before this request came is seen
 * here, too. Not for clients that take any state (`resourceVersion=0`), nor where what they know of has arrived.
 */
export function catchUp({ parts, info, query }: Exchange): void | Promise<void> {
  const { store } = parts;
  if (store.refresh === undefined || !info.isResource) return undefined;
  const asked = query.get("resourceVersion");
  const reads = info.verb === "get" || info.verb === "list" || info.verb === "watch";
  if (reads && asked && query.get("resourceVersionMatch") !== "Exact" && Number(asked) <= store.revision)
    return undefined;
  return store.refresh();
}
