import type { KubeObject } from "../../machinery/kind.ts";
import { SCALE, STATUS, defineKind } from "../../machinery/define-kind.ts";
import type { ObjectOf } from "../../machinery/define-kind.ts";
import { field, int32, int64, list, map, message, string, time } from "../../machinery/schema/builders.ts";
import type { TypeOf } from "../../machinery/schema/schema.ts";
import { PodTemplateSpec } from "./pod-template-spec.ts";
import { defaultPodSpec } from "./pod-defaults.ts";
import { labelsFromTemplate } from "./pod-template-spec.ts";
import { ageColumn, labelsText, nameColumn, wideTemplateColumns } from "../columns.ts";

export const ReplicationControllerCondition = message("io.k8s.api.core.v1.ReplicationControllerCondition", {
  type: field(1, string()).required(),
  status: field(2, string()).required(),
  lastTransitionTime: field(3, time()).orNull(),
  reason: field(4, string()),
  message: field(5, string()),
});
export type ReplicationControllerCondition = TypeOf<typeof ReplicationControllerCondition>;

export const ReplicationControllerSpec = message("io.k8s.api.core.v1.ReplicationControllerSpec", {
  replicas: field(1, int32().default(1)).keepEmpty(),
  selector: field(2, map(string()).atomic()),
  template: field(3, PodTemplateSpec),
  minReadySeconds: field(4, int32().default(0)),
});
export type ReplicationControllerSpec = TypeOf<typeof ReplicationControllerSpec>;

export const ReplicationControllerStatus = message("io.k8s.api.core.v1.ReplicationControllerStatus", {
  replicas: field(1, int32()).required(),
  fullyLabeledReplicas: field(2, int32()),
  observedGeneration: field(3, int64()),
  readyReplicas: field(4, int32()),
  availableReplicas: field(5, int32()),
  conditions: field(6, list(ReplicationControllerCondition).mapKey("type").patch("merge", "type")),
});
export type ReplicationControllerStatus = TypeOf<typeof ReplicationControllerStatus>;

export const ReplicationController = defineKind({
  group: "",
  version: "v1",
  kind: "ReplicationController",
  definition: "io.k8s.api.core.v1.ReplicationController",
  names: { plural: "replicationcontrollers", short: ["rc"], categories: ["all"] },
  scope: "Namespaced",
  doc: "Keeps a chosen number of identical pods running; the forerunner of ReplicaSet.",
  subresources: { ...SCALE, ...STATUS },
  fields: {
    spec: field(2, ReplicationControllerSpec).always(),
    status: field(3, ReplicationControllerStatus).always(),
  },
  defaults(draft) {
    const { spec } = draft;
    if (spec.template === undefined) return;
    defaultPodSpec(spec.template.spec);
    labelsFromTemplate({ metadata: draft.metadata, spec: { template: spec.template } });
    const { labels } = spec.template.metadata;
    if (labels !== undefined) spec.selector ??= { ...labels };
  },
  columns: [
    nameColumn,
    { name: "Desired", type: "integer", value: ({ spec }) => spec.replicas },
    { name: "Current", type: "integer", value: ({ status }) => status.replicas },
    { name: "Ready", type: "integer", value: ({ status }) => status.readyReplicas ?? 0 },
    ageColumn,
    ...wideTemplateColumns<ReplicationControllerParts>(
      ({ spec }) => spec.template ?? { spec: {} },
      ({ spec }) => labelsText(spec.selector),
    ),
  ],
  selectableFields: { "status.replicas": ({ status }) => String(status.replicas) },
});
export type ReplicationController = ObjectOf<typeof ReplicationController>;

interface ReplicationControllerParts extends KubeObject {
  readonly spec: ReplicationControllerSpec;
}
