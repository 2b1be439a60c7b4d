import { STATUS, defineKind } from "../../machinery/define-kind.ts";
import type { ObjectOf } from "../../machinery/define-kind.ts";
import { field, list, message, string, time } from "../../machinery/schema/builders.ts";
import type { TypeOf } from "../../machinery/schema/schema.ts";
import { ageColumn, nameColumn } from "../columns.ts";
import { nameIsDNSLabel } from "../../machinery/names.ts";
import { validateNamespace, validateNamespaceUpdate } from "./namespace.validation.ts";

export const NamespaceCondition = message("io.k8s.api.core.v1.NamespaceCondition", {
  type: field(1, string()).required(),
  status: field(2, string()).required(),
  lastTransitionTime: field(4, time()).orNull(),
  reason: field(5, string()),
  message: field(6, string()),
});
export type NamespaceCondition = TypeOf<typeof NamespaceCondition>;

export const NamespaceSpec = message("io.k8s.api.core.v1.NamespaceSpec", {
  finalizers: field(1, list(string()).atomic()),
});
export type NamespaceSpec = TypeOf<typeof NamespaceSpec>;

export const NamespaceStatus = message("io.k8s.api.core.v1.NamespaceStatus", {
  phase: field(1, string().enum("Active", "Terminating").silentDefault("Active")),
  conditions: field(2, list(NamespaceCondition).mapKey("type").patch("merge", "type")),
});
export type NamespaceStatus = TypeOf<typeof NamespaceStatus>;

export const Namespace = defineKind({
  group: "",
  version: "v1",
  kind: "Namespace",
  definition: "io.k8s.api.core.v1.Namespace",
  names: { plural: "namespaces", short: ["ns"] },
  scope: "Cluster",
  generation: false,
  doc: "A scope for names.",
  verbs: ["create", "delete", "get", "list", "patch", "update", "watch"],
  subresources: { finalize: { verbs: ["update"] }, ...STATUS },
  fields: { spec: field(2, NamespaceSpec).always(), status: field(3, NamespaceStatus).always() },
  defaults({ metadata }) {
    if (metadata.name) metadata.labels = { ...metadata.labels, "kubernetes.io/metadata.name": metadata.name };
  },
  columns: [
    nameColumn,
    { name: "Status", type: "string", doc: "The status of the namespace", value: ({ status }) => status.phase },
    ageColumn,
  ],
  selectableFields: { "status.phase": ({ status }) => status.phase },
  validateName: nameIsDNSLabel,
  validate: validateNamespace,
  validateUpdate: validateNamespaceUpdate,
  prepareForCreate({ spec }) {
    // Keeps the namespace until all that is in it is gone.
    if (spec.finalizers?.includes("kubernetes") !== true) spec.finalizers = [...(spec.finalizers ?? []), "kubernetes"];
  },
  prepareForUpdate(draft, previous, { subresource }) {
    if (subresource === undefined) draft.spec = previous.spec as typeof draft.spec;
  },
});
export type Namespace = ObjectOf<typeof Namespace>;
