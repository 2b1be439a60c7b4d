import { STATUS, defineKind } from "../../machinery/define-kind.ts";
import type { ObjectOf } from "../../machinery/define-kind.ts";
import { field, int32, list, message, string, time } from "../../machinery/schema/builders.ts";
import type { TypeOf } from "../../machinery/schema/schema.ts";
import { NONE, ageColumn, nameColumn } from "../columns.ts";

export const ExemptPriorityLevelConfiguration = message("io.k8s.api.flowcontrol.v1.ExemptPriorityLevelConfiguration", {
  nominalConcurrencyShares: field(1, int32().silentDefault(0)).keepEmpty(),
  lendablePercent: field(2, int32().silentDefault(0)).keepEmpty(),
});
export type ExemptPriorityLevelConfiguration = TypeOf<typeof ExemptPriorityLevelConfiguration>;

export const QueuingConfiguration = message("io.k8s.api.flowcontrol.v1.QueuingConfiguration", {
  queues: field(1, int32().silentDefault(64)).always(),
  handSize: field(2, int32().silentDefault(8)).always(),
  queueLengthLimit: field(3, int32().silentDefault(50)).always(),
});
export type QueuingConfiguration = TypeOf<typeof QueuingConfiguration>;

export const LimitResponse = message(
  "io.k8s.api.flowcontrol.v1.LimitResponse",
  { type: field(1, string()).required(), queuing: field(2, QueuingConfiguration) },
  { unions: [{ discriminator: "type", fields: { queuing: "Queuing" } }] },
);
export type LimitResponse = TypeOf<typeof LimitResponse>;

export const LimitedPriorityLevelConfiguration = message(
  "io.k8s.api.flowcontrol.v1.LimitedPriorityLevelConfiguration",
  {
    nominalConcurrencyShares: field(1, int32().silentDefault(30)).orNull().keepEmpty(),
    limitResponse: field(2, LimitResponse).always(),
    lendablePercent: field(3, int32().silentDefault(0)).keepEmpty(),
    borrowingLimitPercent: field(4, int32()).keepEmpty(),
  },
);
export type LimitedPriorityLevelConfiguration = TypeOf<typeof LimitedPriorityLevelConfiguration>;

export const PriorityLevelConfigurationCondition = message(
  "io.k8s.api.flowcontrol.v1.PriorityLevelConfigurationCondition",
  {
    type: field(1, string()),
    status: field(2, string()),
    lastTransitionTime: field(3, time()).orNull(),
    reason: field(4, string()),
    message: field(5, string()),
  },
);
export type PriorityLevelConfigurationCondition = TypeOf<typeof PriorityLevelConfigurationCondition>;

export const PriorityLevelConfigurationSpec = message(
  "io.k8s.api.flowcontrol.v1.PriorityLevelConfigurationSpec",
  {
    type: field(1, string()).required(),
    limited: field(2, LimitedPriorityLevelConfiguration),
    exempt: field(3, ExemptPriorityLevelConfiguration),
  },
  { unions: [{ discriminator: "type", fields: { exempt: "Exempt", limited: "Limited" } }] },
);
export type PriorityLevelConfigurationSpec = TypeOf<typeof PriorityLevelConfigurationSpec>;

export const PriorityLevelConfigurationStatus = message("io.k8s.api.flowcontrol.v1.PriorityLevelConfigurationStatus", {
  conditions: field(1, list(PriorityLevelConfigurationCondition).mapKey("type").patch("merge", "type")),
});
export type PriorityLevelConfigurationStatus = TypeOf<typeof PriorityLevelConfigurationStatus>;

export const PriorityLevelConfiguration = defineKind({
  group: "flowcontrol.apiserver.k8s.io",
  version: "v1",
  kind: "PriorityLevelConfiguration",
  definition: "io.k8s.api.flowcontrol.v1.PriorityLevelConfiguration",
  names: { plural: "prioritylevelconfigurations" },
  scope: "Cluster",
  doc: "How many requests of a priority level run at once, and how others wait.",
  subresources: { ...STATUS },
  fields: {
    spec: field(2, PriorityLevelConfigurationSpec).always(),
    status: field(3, PriorityLevelConfigurationStatus).always(),
  },
  columns: [
    nameColumn,
    { name: "Type", type: "string", value: ({ spec }) => spec.type },
    {
      name: "NominalConcurrencyShares",
      type: "string",
      value: ({ spec }) => spec.limited?.nominalConcurrencyShares ?? spec.exempt?.nominalConcurrencyShares ?? NONE,
    },
    { name: "Queues", type: "string", value: ({ spec }) => spec.limited?.limitResponse.queuing?.queues ?? NONE },
    { name: "HandSize", type: "string", value: ({ spec }) => spec.limited?.limitResponse.queuing?.handSize ?? NONE },
    {
      name: "QueueLengthLimit",
      type: "string",
      value: ({ spec }) => spec.limited?.limitResponse.queuing?.queueLengthLimit ?? NONE,
    },
    ageColumn,
  ],
});
export type PriorityLevelConfiguration = ObjectOf<typeof PriorityLevelConfiguration>;
