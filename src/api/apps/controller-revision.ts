import type { ObjectMeta } from "../../machinery/meta/object-meta.ts";
import { parseApiVersion } from "../../machinery/scheme.ts";
import { defineKind } from "../../machinery/define-kind.ts";
import type { ObjectOf } from "../../machinery/define-kind.ts";
import { field, int64, rawExtension } from "../../machinery/schema/builders.ts";
import { NONE, ageColumn, nameColumn } from "../columns.ts";
import { validateControllerRevision, validateControllerRevisionUpdate } from "./controller-revision.validation.ts";

export const ControllerRevision = defineKind({
  group: "apps",
  version: "v1",
  kind: "ControllerRevision",
  definition: "io.k8s.api.apps.v1.ControllerRevision",
  names: { plural: "controllerrevisions" },
  scope: "Namespaced",
  doc: "One remembered state of a StatefulSet or DaemonSet, to roll back to.",
  fields: {
    data: field(2, rawExtension(), "The state that is remembered, such as a pod template. Cannot be changed.").orNull(),
    revision: field(3, int64(), "Which state it is; grows with each change.").required(),
  },
  columns: [
    nameColumn,
    {
      name: "Controller",
      type: "string",
      doc: "Controller of the object",
      value: ({ metadata }) => controllerText(metadata),
    },
    {
      name: "Revision",
      type: "string",
      doc: "Revision indicates the revision of the state represented by Data.",
      value: ({ revision }) => revision,
    },
    ageColumn,
  ],
  metadataOnUpdate: ["change", "whole"],
  validate: validateControllerRevision,
  validateUpdate: validateControllerRevisionUpdate,
});
export type ControllerRevision = ObjectOf<typeof ControllerRevision>;

/** `deployment.apps/web` */
function controllerText({ ownerReferences }: ObjectMeta): string {
  const owner = ownerReferences?.find(({ controller }) => controller === true);
  if (owner === undefined) return NONE;
  const { group } = parseApiVersion(owner.apiVersion);
  return `${owner.kind.toLowerCase()}${group === "" ? "" : `.${group}`}/${owner.name}`;
}
