/**
 * Tells kubelets how long they may keep what they read (secrets, config maps), by the size of the cluster: the larger,
 * the longer. A border is crossed upwards later than downwards, so that one node more or less changes nothing.
 */
import { Node } from "../api/core/index.ts";
import { defineController, right, tellsEvents, watch } from "./runtime/controller.ts";
import type { Observed } from "./runtime/controller.ts";
import { patch } from "./runtime/plan.ts";
import type { Plan } from "./runtime/plan.ts";

const ANNOTATION = "node.alpha.kubernetes.io/ttl";

/** From so many nodes on, down to so many: seconds. */
const STEPS = [
  { least: 0, most: 100, seconds: 0 },
  { least: 90, most: 500, seconds: 15 },
  { least: 450, most: 1000, seconds: 30 },
  { least: 900, most: 2000, seconds: 60 },
  { least: 1800, most: Infinity, seconds: 300 },
] as const;

export interface TtlView {
  readonly nodes: number;
}

export const ttlController = defineController<Node, TtlView>({
  name: "ttl-controller",
  kind: Node,
  watches: [
    watch(Node, function* ({ type }, cache) {
      const count = cache.of(Node).size;
      const crossed = STEPS.some(({ least, most }) => count === least - 1 || count === most + 1);
      if (type === "MODIFIED" || !crossed) return;
      for (const { metadata } of cache.of(Node).list()) yield metadata.name;
    }),
  ],
  rbac: [right("list patch update watch", "core", "nodes"), tellsEvents],
  observe: (_, cache) => ({ nodes: cache.of(Node).size }),
  decide,
});

export function decide({ object: node, nodes }: Observed<Node> & TtlView): Plan {
  const present = node.metadata.annotations?.[ANNOTATION];
  const fitting = STEPS.filter(({ least, most }) => nodes >= least && nodes <= most);
  if (fitting.some(({ seconds }) => String(seconds) === present)) return { writes: [] };
  const body = { metadata: { annotations: { [ANNOTATION]: String(fitting[0]!.seconds) } } };
  return { writes: [patch(Node, node, { type: "strategic", body })] };
}
