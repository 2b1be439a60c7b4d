import { STATUS, defineKind } from "../../machinery/define-kind.ts";
import type { ObjectOf } from "../../machinery/define-kind.ts";
import { field, list, message, string, time } from "../../machinery/schema/builders.ts";
import type { TypeOf } from "../../machinery/schema/schema.ts";
import { ageColumn, nameColumn } from "../columns.ts";
import { nameIsDNSLabel } from "../../machinery/names.ts";
import { validateNamespace, validateNamespaceUpdate } from "./namespace.validation.ts";

export const NamespaceCondition = message(
  "io.k8s.api.core.v1.NamespaceCondition",
  {
    type: field(
      1,
      string(),
      "Which aspect, such as NamespaceContentRemaining or NamespaceFinalizersRemaining.",
    ).required(),
    status: field(2, string(), "True, False or Unknown.").required(),
    lastTransitionTime: field(4, time(), "When `status` last changed.").orNull(),
    reason: field(5, string(), "A word in CamelCase for why the status last changed, meant for programs."),
    message: field(6, string(), "The details, meant for people."),
  },
  { doc: "One obstacle to a namespace's deletion." },
);
export type NamespaceCondition = TypeOf<typeof NamespaceCondition>;

export const NamespaceSpec = message(
  "io.k8s.api.core.v1.NamespaceSpec",
  {
    finalizers: field(
      1,
      list(string()).atomic(),
      "Who must be done before the namespace goes; `kubernetes` until all that is in it is deleted. Only the `finalize` subresource changes it.",
    ),
  },
  { doc: "What keeps a namespace." },
);
export type NamespaceSpec = TypeOf<typeof NamespaceSpec>;

export const NamespaceStatus = message(
  "io.k8s.api.core.v1.NamespaceStatus",
  {
    phase: field(
      1,
      string().enum("Active", "Terminating").silentDefault("Active"),
      "Active, or Terminating: nothing new can be created, and what is there is being deleted.",
    ),
    conditions: field(
      2,
      list(NamespaceCondition).mapKey("type").patch("merge", "type"),
      "What stands in the way of the namespace's deletion, one for each type.",
    ),
  },
  { doc: "Phase and conditions of a namespace." },
);
export type NamespaceStatus = TypeOf<typeof NamespaceStatus>;

export const Namespace = defineKind({
  group: "",
  version: "v1",
  kind: "Namespace",
  definition: "io.k8s.api.core.v1.Namespace",
  names: { plural: "namespaces", short: ["ns"] },
  scope: "Cluster",
  generation: false,
  doc: "A scope for names. Deleting it deletes all that is in it.",
  verbs: ["create", "delete", "get", "list", "patch", "update", "watch"],
  subresources: { finalize: { verbs: ["update"] }, ...STATUS },
  fields: {
    spec: field(2, NamespaceSpec, "What keeps the namespace.").always(),
    status: field(3, NamespaceStatus, "Where the namespace is in its life. Read-only for users.").always(),
  },
  defaults({ metadata }) {
    if (metadata.name) metadata.labels = { ...metadata.labels, "kubernetes.io/metadata.name": metadata.name };
  },
  columns: [
    nameColumn,
    { name: "Status", type: "string", doc: "The status of the namespace", value: ({ status }) => status.phase ?? "" },
    ageColumn,
  ],
  selectableFields: { "status.phase": ({ status }) => status.phase },
  validateName: nameIsDNSLabel,
  metadataOnUpdate: (subresource) => (subresource === "" ? ["whole", "change"] : ["change"]),
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
