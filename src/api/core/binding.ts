import { defineKind } from "../../machinery/define-kind.ts";
import type { ObjectOf } from "../../machinery/define-kind.ts";
import { field } from "../../machinery/schema/builders.ts";
import { ObjectReference } from "./references.ts";

export const Binding = defineKind({
  group: "",
  version: "v1",
  kind: "Binding",
  definition: "io.k8s.api.core.v1.Binding",
  names: { plural: "bindings" },
  scope: "Namespaced",
  doc: "Ties a pod to a node. Schedulers create it; it is not kept.",
  verbs: ["create"],
  fields: { target: field(2, ObjectReference, "The node the pod goes to: its kind `Node` and its name.").required() },
});
export type Binding = ObjectOf<typeof Binding>;
