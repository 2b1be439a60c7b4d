import { Pod } from "../../api/core/index.ts";
import type { Cache } from "../runtime/cache.ts";

/** All pods bound to a node. */
export function podsOnNode(cache: Cache, node: string): readonly Pod[] {
  return cache.indexed(Pod, "node", byNode).byIndex("node", node);
}

function byNode({ spec: { nodeName } }: Pod): readonly string[] {
  return nodeName === undefined || nodeName === "" ? [] : [nodeName];
}
