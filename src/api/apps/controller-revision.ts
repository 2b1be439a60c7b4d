import { defineKind } from "../../machinery/define-kind.ts";
import type { ObjectOf } from "../../machinery/define-kind.ts";
import { field, int64, rawExtension } from "../../machinery/schema/builders.ts";

export const ControllerRevision = defineKind({
  group: "apps",
  version: "v1",
  kind: "ControllerRevision",
  definition: "io.k8s.api.apps.v1.ControllerRevision",
  names: { plural: "controllerrevisions" },
  scope: "Namespaced",
  doc: "One remembered state of a StatefulSet or DaemonSet, to roll back to.",
  fields: { data: field(2, rawExtension()).orNull(), revision: field(3, int64()).required() },
});
export type ControllerRevision = ObjectOf<typeof ControllerRevision>;
