import { defineKind } from "../../machinery/define-kind.ts";
import type { ObjectOf } from "../../machinery/define-kind.ts";
import { DeleteOptions } from "../../machinery/meta/options.ts";
import { field } from "../../machinery/schema/builders.ts";

export const Eviction = defineKind({
  group: "policy",
  version: "v1",
  kind: "Eviction",
  definition: "io.k8s.api.policy.v1.Eviction",
  names: { plural: "evictions" },
  scope: "Namespaced",
  doc: "Asks for a pod to go, within what its disruption budgets allow.",
  verbs: [],
  fields: {
    deleteOptions: field(2, DeleteOptions, "How the pod is deleted, such as with which grace and on what condition."),
  },
});
export type Eviction = ObjectOf<typeof Eviction>;
