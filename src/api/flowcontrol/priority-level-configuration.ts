import { STATUS, defineKind } from "../../machinery/define-kind.ts";
import type { ObjectOf } from "../../machinery/define-kind.ts";
import { field, int32, list, message, string } from "../../machinery/schema/builders.ts";
import type { TypeOf } from "../../machinery/schema/schema.ts";
import { optionalConditionFields } from "../conditions.ts";
import { NONE, ageColumn, nameColumn } from "../columns.ts";
import { validatePriorityLevel } from "./priority-level.validation.ts";

export const ExemptPriorityLevelConfiguration = message(
  "io.k8s.api.flowcontrol.v1.ExemptPriorityLevelConfiguration",
  {
    nominalConcurrencyShares: field(
      1,
      int32().silentDefault(0),
      "Its share of the server's seats, which others then do not get. Default 0.",
    ).keepEmpty(),
    lendablePercent: field(
      2,
      int32().silentDefault(0),
      "How much of its seats others may borrow, in percent. Default 0.",
    ).keepEmpty(),
  },
  { doc: "A level whose requests never wait." },
);
export type ExemptPriorityLevelConfiguration = TypeOf<typeof ExemptPriorityLevelConfiguration>;

export const QueuingConfiguration = message(
  "io.k8s.api.flowcontrol.v1.QueuingConfiguration",
  {
    queues: field(1, int32().silentDefault(64), "How many queues. Default 64.").always(),
    handSize: field(
      2,
      int32().silentDefault(8),
      "Among how many queues a flow's are spread, so that one that sends much does not block others. Default 8.",
    ).always(),
    queueLengthLimit: field(
      3,
      int32().silentDefault(50),
      "How many may wait in a queue; more are refused. Default 50.",
    ).always(),
  },
  { doc: "How requests wait for a seat." },
);
export type QueuingConfiguration = TypeOf<typeof QueuingConfiguration>;

export const LimitResponse = message(
  "io.k8s.api.flowcontrol.v1.LimitResponse",
  {
    type: field(1, string(), "`Queue`, or `Reject` at once.").required(),
    queuing: field(2, QueuingConfiguration, "How they wait, for the type `Queue`."),
  },
  {
    doc: "What becomes of requests for which there is no seat.",
    unions: [{ discriminator: "type", fields: { queuing: "Queuing" } }],
  },
);
export type LimitResponse = TypeOf<typeof LimitResponse>;

export const LimitedPriorityLevelConfiguration = message(
  "io.k8s.api.flowcontrol.v1.LimitedPriorityLevelConfiguration",
  {
    nominalConcurrencyShares: field(
      1,
      int32().silentDefault(30),
      "Its share of the server's seats, against those of other levels. Default 30.",
    )
      .orNull()
      .keepEmpty(),
    limitResponse: field(2, LimitResponse, "What becomes of requests for which there is no seat.").always(),
    lendablePercent: field(
      3,
      int32().silentDefault(0),
      "How much of its seats others may borrow, in percent. Default 0.",
    ).keepEmpty(),
    borrowingLimitPercent: field(
      4,
      int32(),
      "How much it may borrow from other levels, in percent of its own seats. Nothing said: without limit.",
    ).keepEmpty(),
  },
  { doc: "A level with so many seats." },
);
export type LimitedPriorityLevelConfiguration = TypeOf<typeof LimitedPriorityLevelConfiguration>;

export const PriorityLevelConfigurationCondition = message(
  "io.k8s.api.flowcontrol.v1.PriorityLevelConfigurationCondition",
  optionalConditionFields,
  { doc: "One thing that is true or not of the object now, and since when." },
);
export type PriorityLevelConfigurationCondition = TypeOf<typeof PriorityLevelConfigurationCondition>;

export const PriorityLevelConfigurationSpec = message(
  "io.k8s.api.flowcontrol.v1.PriorityLevelConfigurationSpec",
  {
    type: field(1, string(), "`Limited`, or `Exempt`: its requests never wait.").required(),
    limited: field(2, LimitedPriorityLevelConfiguration, "For the type `Limited`."),
    exempt: field(3, ExemptPriorityLevelConfiguration, "For the type `Exempt`."),
  },
  {
    doc: "What a level is like; the field for its type must be set.",
    unions: [{ discriminator: "type", fields: { exempt: "Exempt", limited: "Limited" } }],
  },
);
export type PriorityLevelConfigurationSpec = TypeOf<typeof PriorityLevelConfigurationSpec>;

export const PriorityLevelConfigurationStatus = message(
  "io.k8s.api.flowcontrol.v1.PriorityLevelConfigurationStatus",
  {
    conditions: field(
      1,
      list(PriorityLevelConfigurationCondition).mapKey("type").patch("merge", "type"),
      "States of the level.",
    ),
  },
  { doc: "What the server found out about a level." },
);
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
    spec: field(2, PriorityLevelConfigurationSpec, "How many requests may run, and how others wait.").always(),
    status: field(3, PriorityLevelConfigurationStatus, "What the server found out about the level.").always(),
  },
  columns: [
    nameColumn,
    {
      name: "Type",
      type: "string",
      doc: '`type` indicates whether this priority level is subject to limitation on request execution.  A value of `"Exempt"` means that requests of this priority level are not subject to a limit (and thus are never queued) and do not detract from the capacity made available to other priority levels.  A value of `"Limited"` means that (a) requests of this priority level _are_ subject to limits and (b) some of the server\'s limited capacity is made available exclusively to this priority level. Required.',
      value: ({ spec }) => spec.type,
    },
    {
      name: "NominalConcurrencyShares",
      type: "string",
      doc: '`nominalConcurrencyShares` (NCS) contributes to the computation of the NominalConcurrencyLimit (NominalCL) of this level. This is the number of execution seats available at this priority level. This is used both for requests dispatched from this priority level as well as requests dispatched from other priority levels borrowing seats from this level. The server\'s concurrency limit (ServerCL) is divided among the Limited priority levels in proportion to their NCS values:\n\nNominalCL(i)  = ceil( ServerCL * NCS(i) / sum_ncs ) sum_ncs = sum[priority level k] NCS(k)\n\nBigger numbers mean a larger nominal concurrency limit, at the expense of every other priority level.\n\nIf not specified, this field defaults to a value of 30.\n\nSetting this field to zero supports the construction of a "jail" for this priority level that is used to hold some request(s)',
      value: ({ spec }) => spec.limited?.nominalConcurrencyShares ?? NONE,
    },
    {
      name: "Queues",
      type: "string",
      doc: "`queues` is the number of queues for this priority level. The queues exist independently at each apiserver. The value must be positive.  Setting it to 1 effectively precludes shufflesharding and thus makes the distinguisher method of associated flow schemas irrelevant.  This field has a default value of 64.",
      value: ({ spec }) => spec.limited?.limitResponse.queuing?.queues ?? NONE,
    },
    {
      name: "HandSize",
      type: "string",
      doc: "`handSize` is a small positive number that configures the shuffle sharding of requests into queues.  When enqueuing a request at this priority level the request's flow identifier (a string pair) is hashed and the hash value is used to shuffle the list of queues and deal a hand of the size specified here.  The request is put into one of the shortest queues in that hand. `handSize` must be no larger than `queues`, and should be significantly smaller (so that a few heavy flows do not saturate most of the queues).  See the user-facing documentation for more extensive guidance on setting this field.  This field has a default value of 8.",
      value: ({ spec }) => spec.limited?.limitResponse.queuing?.handSize ?? NONE,
    },
    {
      name: "QueueLengthLimit",
      type: "string",
      doc: "`queueLengthLimit` is the maximum number of requests allowed to be waiting in a given queue of this priority level at a time; excess requests are rejected.  This value must be positive.  If not specified, it will be defaulted to 50.",
      value: ({ spec }) => spec.limited?.limitResponse.queuing?.queueLengthLimit ?? NONE,
    },
    ageColumn,
  ],
  metadataOnUpdate: (subresource) => (subresource === "status" ? [] : ["whole"]),
  validate: validatePriorityLevel,
});
export type PriorityLevelConfiguration = ObjectOf<typeof PriorityLevelConfiguration>;
