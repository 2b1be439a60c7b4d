import { STATUS, defineKind } from "../../machinery/define-kind.ts";
import type { ObjectOf } from "../../machinery/define-kind.ts";
import { compareText } from "../../machinery/go-text.ts";
import { bool, field, int32, list, message, string } from "../../machinery/schema/builders.ts";
import type { TypeOf } from "../../machinery/schema/schema.ts";
import { optionalConditionFields } from "../conditions.ts";
import { NONE, ageColumn, nameColumn } from "../columns.ts";
import { validateFlowSchema } from "./flow-schema.validation.ts";

export const FlowDistinguisherMethod = message(
  "io.k8s.api.flowcontrol.v1.FlowDistinguisherMethod",
  {
    type: field(1, string(), "`ByUser` or `ByNamespace`.").required(),
  },
  { doc: "How requests of one schema are told apart into flows, which share a level fairly." },
);
export type FlowDistinguisherMethod = TypeOf<typeof FlowDistinguisherMethod>;

export const FlowSchemaCondition = message("io.k8s.api.flowcontrol.v1.FlowSchemaCondition", optionalConditionFields, {
  doc: "One thing that is true or not of the object now, and since when.",
});
export type FlowSchemaCondition = TypeOf<typeof FlowSchemaCondition>;

export const PriorityLevelConfigurationReference = message(
  "io.k8s.api.flowcontrol.v1.PriorityLevelConfigurationReference",
  { name: field(1, string(), "The PriorityLevelConfiguration's name.").required() },
  { doc: "A level, by name." },
);
export type PriorityLevelConfigurationReference = TypeOf<typeof PriorityLevelConfigurationReference>;

export const NonResourcePolicyRule = message(
  "io.k8s.api.flowcontrol.v1.NonResourcePolicyRule",
  {
    verbs: field(1, list(string()).set(), "HTTP methods in small letters, or `*`.").required(),
    nonResourceURLs: field(6, list(string()).set(), "Paths, `/foo/*` for all below, `*` for all.").required(),
  },
  { doc: "Requests to paths that are no resources." },
);
export type NonResourcePolicyRule = TypeOf<typeof NonResourcePolicyRule>;

export const ResourcePolicyRule = message(
  "io.k8s.api.flowcontrol.v1.ResourcePolicyRule",
  {
    verbs: field(1, list(string()).set(), "What is done, or `*`.").required(),
    apiGroups: field(2, list(string()).set(), "API groups, or `*`.").required(),
    resources: field(3, list(string()).set(), "Resources and subresources, such as `nodes/status`, or `*`.").required(),
    clusterScope: field(4, bool(), "True: also requests without a namespace."),
    namespaces: field(5, list(string()).set(), "Namespaces, or `*`.").orNull(),
  },
  { doc: "Requests about resources; all that is said must fit." },
);
export type ResourcePolicyRule = TypeOf<typeof ResourcePolicyRule>;

export const GroupSubject = message(
  "io.k8s.api.flowcontrol.v1.GroupSubject",
  { name: field(1, string(), "The group, or `*` for all.").required() },
  { doc: "A group of users." },
);
export type GroupSubject = TypeOf<typeof GroupSubject>;

export const ServiceAccountSubject = message(
  "io.k8s.api.flowcontrol.v1.ServiceAccountSubject",
  {
    namespace: field(1, string(), "Its namespace.").required(),
    name: field(2, string(), "Its name, or `*` for all of the namespace.").required(),
  },
  { doc: "A service account." },
);
export type ServiceAccountSubject = TypeOf<typeof ServiceAccountSubject>;

export const UserSubject = message(
  "io.k8s.api.flowcontrol.v1.UserSubject",
  { name: field(1, string(), "The user, or `*` for all.").required() },
  { doc: "A user." },
);
export type UserSubject = TypeOf<typeof UserSubject>;

export const FlowSchemaSubject = message(
  "io.k8s.api.flowcontrol.v1.Subject",
  {
    kind: field(1, string(), "`User`, `Group` or `ServiceAccount`.").required(),
    user: field(2, UserSubject, "For the kind `User`."),
    group: field(3, GroupSubject, "For the kind `Group`."),
    serviceAccount: field(4, ServiceAccountSubject, "For the kind `ServiceAccount`."),
  },
  {
    doc: "Who asks; the field for its kind must be set.",
    unions: [{ discriminator: "kind", fields: { group: "Group", serviceAccount: "ServiceAccount", user: "User" } }],
  },
);
export type FlowSchemaSubject = TypeOf<typeof FlowSchemaSubject>;

export const PolicyRulesWithSubjects = message(
  "io.k8s.api.flowcontrol.v1.PolicyRulesWithSubjects",
  {
    subjects: field(1, list(FlowSchemaSubject).atomic(), "Who asks; at least one.").required(),
    resourceRules: field(2, list(ResourcePolicyRule).atomic(), "Resources."),
    nonResourceRules: field(3, list(NonResourcePolicyRule).atomic(), "Paths that are no resources."),
  },
  { doc: "Requests of certain users for certain things." },
);
export type PolicyRulesWithSubjects = TypeOf<typeof PolicyRulesWithSubjects>;

export const FlowSchemaSpec = message(
  "io.k8s.api.flowcontrol.v1.FlowSchemaSpec",
  {
    priorityLevelConfiguration: field(1, PriorityLevelConfigurationReference, "The level they go to.").required(),
    matchingPrecedence: field(
      2,
      int32().silentDefault(1000),
      "Of several schemas that fit, the one with the lowest number takes the request. 1 to 10000, default 1000.",
    ).always(),
    distinguisherMethod: field(
      3,
      FlowDistinguisherMethod,
      "How they are told apart into flows. Nothing said: they are one.",
    ),
    rules: field(4, list(PolicyRulesWithSubjects).atomic(), "Requests that fit one of these. Nothing said fits none."),
  },
  { doc: "Which requests go to which level." },
);
export type FlowSchemaSpec = TypeOf<typeof FlowSchemaSpec>;

export const FlowSchemaStatus = message(
  "io.k8s.api.flowcontrol.v1.FlowSchemaStatus",
  {
    conditions: field(
      1,
      list(FlowSchemaCondition).mapKey("type").patch("merge", "type"),
      "States such as `Dangling`: the level it names is not there.",
    ),
  },
  { doc: "What the server found out about a schema." },
);
export type FlowSchemaStatus = TypeOf<typeof FlowSchemaStatus>;

export const FlowSchema = defineKind({
  group: "flowcontrol.apiserver.k8s.io",
  version: "v1",
  kind: "FlowSchema",
  definition: "io.k8s.api.flowcontrol.v1.FlowSchema",
  names: { plural: "flowschemas" },
  scope: "Cluster",
  doc: "Sorts requests into priority levels.",
  subresources: { ...STATUS },
  fields: {
    spec: field(2, FlowSchemaSpec, "Which requests go to which level.").always(),
    status: field(3, FlowSchemaStatus, "What the server found out about the schema.").always(),
  },
  columns: [
    nameColumn,
    {
      name: "PriorityLevel",
      type: "string",
      doc: "`name` is the name of the priority level configuration being referenced Required.",
      value: ({ spec }) => spec.priorityLevelConfiguration.name,
    },
    {
      name: "MatchingPrecedence",
      type: "string",
      doc: "`matchingPrecedence` is used to choose among the FlowSchemas that match a given request. The chosen FlowSchema is among those with the numerically lowest (which we take to be logically highest) MatchingPrecedence.  Each MatchingPrecedence value must be ranged in [1,10000]. Note that if the precedence is not specified, it will be set to 1000 as default.",
      value: ({ spec }) => spec.matchingPrecedence,
    },
    {
      name: "DistinguisherMethod",
      type: "string",
      doc: "`distinguisherMethod` defines how to compute the flow distinguisher for requests that match this schema. `nil` specifies that the distinguisher is disabled and thus will always be the empty string.",
      value: ({ spec }) => spec.distinguisherMethod?.type ?? NONE,
    },
    ageColumn,
    {
      name: "MissingPL",
      type: "string",
      doc: "references a broken or non-existent PriorityLevelConfiguration",
      value: ({ status }) => status.conditions?.find(({ type }) => type === "Dangling")?.status ?? "?",
    },
  ],
  // As the server tries them.
  rowOrder: (a, b) =>
    a.spec.matchingPrecedence - b.spec.matchingPrecedence || compareText(a.metadata.name, b.metadata.name),
  metadataOnUpdate: (subresource) => (subresource === "status" ? [] : ["whole"]),
  validate: validateFlowSchema,
});
export type FlowSchema = ObjectOf<typeof FlowSchema>;
