import { SCALE, STATUS, defineKind } from "../../machinery/define-kind.ts";
import type { ObjectOf } from "../../machinery/define-kind.ts";
import { LabelSelector } from "../../machinery/meta/label-selector.ts";
import {
  bool,
  field,
  int32,
  int64,
  intOrString,
  list,
  message,
  string,
  time,
} from "../../machinery/schema/builders.ts";
import type { TypeOf } from "../../machinery/schema/schema.ts";
import { PodTemplateSpec } from "../core/pod-template-spec.ts";
import { defaultPodSpec } from "../core/pod-defaults.ts";
import type { Workload } from "./workload.ts";
import { ageColumn, nameColumn, selectorText, wideTemplateColumns } from "../columns.ts";
import { validateDeployment, validateDeploymentUpdate } from "./deployment.validation.ts";
import { templateWarnings } from "../core/pod.warnings.ts";
import { path } from "../../machinery/field-errors.ts";

export const DeploymentCondition = message("io.k8s.api.apps.v1.DeploymentCondition", {
  type: field(1, string()).required(),
  status: field(2, string()).required(),
  reason: field(4, string()),
  message: field(5, string()),
  lastUpdateTime: field(6, time()).orNull(),
  lastTransitionTime: field(7, time()).orNull(),
});
export type DeploymentCondition = TypeOf<typeof DeploymentCondition>;

export const RollingUpdateDeployment = message("io.k8s.api.apps.v1.RollingUpdateDeployment", {
  maxUnavailable: field(1, intOrString()).keepEmpty(),
  maxSurge: field(2, intOrString()).keepEmpty(),
});
export type RollingUpdateDeployment = TypeOf<typeof RollingUpdateDeployment>;

export const DeploymentStrategy = message("io.k8s.api.apps.v1.DeploymentStrategy", {
  type: field(1, string().enum("Recreate", "RollingUpdate").silentDefault("RollingUpdate")),
  rollingUpdate: field(2, RollingUpdateDeployment),
});
export type DeploymentStrategy = TypeOf<typeof DeploymentStrategy>;

export const DeploymentSpec = message("io.k8s.api.apps.v1.DeploymentSpec", {
  replicas: field(1, int32().silentDefault(1)).keepEmpty(),
  selector: field(2, LabelSelector).required().orNull(),
  template: field(3, PodTemplateSpec).required(),
  strategy: field(4, DeploymentStrategy).always().patch("retainKeys"),
  minReadySeconds: field(5, int32()),
  revisionHistoryLimit: field(6, int32().silentDefault(10)).keepEmpty(),
  paused: field(7, bool()),
  progressDeadlineSeconds: field(9, int32().silentDefault(600)).keepEmpty(),
});
export type DeploymentSpec = TypeOf<typeof DeploymentSpec>;

export const DeploymentStatus = message("io.k8s.api.apps.v1.DeploymentStatus", {
  observedGeneration: field(1, int64()),
  replicas: field(2, int32()),
  updatedReplicas: field(3, int32()),
  availableReplicas: field(4, int32()),
  unavailableReplicas: field(5, int32()),
  conditions: field(6, list(DeploymentCondition).mapKey("type").patch("merge", "type")),
  readyReplicas: field(7, int32()),
  collisionCount: field(8, int32()).keepEmpty(),
  terminatingReplicas: field(9, int32()).keepEmpty(),
});
export type DeploymentStatus = TypeOf<typeof DeploymentStatus>;

export const Deployment = defineKind({
  group: "apps",
  version: "v1",
  kind: "Deployment",
  definition: "io.k8s.api.apps.v1.Deployment",
  names: { plural: "deployments", short: ["deploy"], categories: ["all"] },
  scope: "Namespaced",
  doc: "Rolls out a pod template over ReplicaSets and keeps it running.",
  subresources: { ...SCALE, ...STATUS },
  fields: { spec: field(2, DeploymentSpec).always(), status: field(3, DeploymentStatus).always() },
  defaults({ spec }) {
    defaultPodSpec(spec.template.spec);
    if (spec.strategy.type !== "RollingUpdate") return;
    spec.strategy.rollingUpdate = { maxUnavailable: "25%", maxSurge: "25%", ...spec.strategy.rollingUpdate };
  },
  columns: [
    nameColumn,
    {
      name: "Ready",
      type: "string",
      doc: "Number of the pod with ready state",
      value: ({ spec, status }) => `${status.readyReplicas ?? 0}/${spec.replicas}`,
    },
    {
      name: "Up-to-date",
      type: "string",
      doc: "Total number of non-terminating pods targeted by this deployment that have the desired template spec.",
      value: ({ status }) => status.updatedReplicas ?? 0,
    },
    {
      name: "Available",
      type: "string",
      doc: "Total number of available non-terminating pods (ready for at least minReadySeconds) targeted by this deployment.",
      value: ({ status }) => status.availableReplicas ?? 0,
    },
    ageColumn,
    ...wideTemplateColumns<Workload>(
      ({ spec }) => spec.template,
      ({ spec }) => selectorText(spec.selector),
      "Label selector for pods. Existing ReplicaSets whose pods are selected by this will be the ones affected by this deployment. It must match the pod template's labels.",
    ),
  ],
  immutable: ["spec.selector"],
  validate: validateDeployment,
  validateUpdate: validateDeploymentUpdate,
  warnings: templateWarnings(path("spec", "template"), ({ spec }) => spec.template),
});
export type Deployment = ObjectOf<typeof Deployment>;
