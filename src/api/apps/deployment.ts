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
import { validateDeployment } from "./deployment.validation.ts";
import { selectorChangeErrors } from "../label-selector.validation.ts";
import { collisionErrors } from "./replica-counts.validation.ts";
import { templateWarnings } from "../core/pod.warnings.ts";
import { podSpecFeatures } from "../core/pod-features.ts";
import { path } from "../../machinery/field-errors.ts";

export const DeploymentCondition = message(
  "io.k8s.api.apps.v1.DeploymentCondition",
  {
    type: field(1, string(), "Which condition it is.").required(),
    status: field(2, string(), "`True`, `False` or `Unknown`.").required(),
    reason: field(4, string(), "Why, in one CamelCase word for programs."),
    message: field(5, string(), "Why, in a sentence for people."),
    lastUpdateTime: field(6, time(), "When the condition was last looked at and written.").orNull(),
    lastTransitionTime: field(7, time(), "When the status last changed from one value to another.").orNull(),
  },
  { doc: "One thing that is true or not of the object now, and since when." },
);
export type DeploymentCondition = TypeOf<typeof DeploymentCondition>;

export const RollingUpdateDeployment = message(
  "io.k8s.api.apps.v1.RollingUpdateDeployment",
  {
    maxUnavailable: field(
      1,
      intOrString(),
      "Pods that may be missing from the wanted number, a number or a share, rounded down. Default `25%`.",
    ).keepEmpty(),
    maxSurge: field(
      2,
      intOrString(),
      "Pods above the wanted number, a number or a share, rounded up. Default `25%`.",
    ).keepEmpty(),
  },
  { doc: "How many pods more or fewer there may be during a rollout." },
);
export type RollingUpdateDeployment = TypeOf<typeof RollingUpdateDeployment>;

export const DeploymentStrategy = message(
  "io.k8s.api.apps.v1.DeploymentStrategy",
  {
    type: field(
      1,
      string().enum("Recreate", "RollingUpdate").silentDefault("RollingUpdate"),
      "`RollingUpdate` (the default), or `Recreate`: all old ones end before new ones begin.",
    ),
    rollingUpdate: field(2, RollingUpdateDeployment, "How many at a time, for the type `RollingUpdate`."),
  },
  { doc: "How a deployment replaces its pods." },
);
export type DeploymentStrategy = TypeOf<typeof DeploymentStrategy>;

export const DeploymentSpec = message(
  "io.k8s.api.apps.v1.DeploymentSpec",
  {
    replicas: field(1, int32().silentDefault(1), "How many pods should run. Default 1.").keepEmpty(),
    selector: field(
      2,
      LabelSelector,
      "Which pods belong to the deployment; must fit the template's labels. Cannot be changed.",
    )
      .required()
      .orNull(),
    template: field(
      3,
      PodTemplateSpec,
      "What the pods look like. A change of it is a rollout. Its restart policy is `Always`.",
    ).required(),
    strategy: field(4, DeploymentStrategy, "How old pods give way to new ones.").always().patch("retainKeys"),
    minReadySeconds: field(5, int32(), "Seconds a new pod must be ready before it counts as available. Default 0."),
    revisionHistoryLimit: field(
      6,
      int32().silentDefault(10),
      "How many earlier ReplicaSets are kept for a rollback. Default 10.",
    ).keepEmpty(),
    paused: field(7, bool(), "Changes of the template are not rolled out while this is true."),
    progressDeadlineSeconds: field(
      9,
      int32().silentDefault(600),
      "Seconds without progress after which the rollout counts as failed, in the condition `Progressing`. Default 600.",
    ).keepEmpty(),
  },
  { doc: "What a deployment wants." },
);
export type DeploymentSpec = TypeOf<typeof DeploymentSpec>;

export const DeploymentStatus = message(
  "io.k8s.api.apps.v1.DeploymentStatus",
  {
    observedGeneration: field(1, int64(), "The generation the controller has seen."),
    replicas: field(2, int32(), "Pods that are not on their way out, of all templates."),
    updatedReplicas: field(3, int32(), "Pods of the newest template."),
    availableReplicas: field(4, int32(), "Pods that have been ready for `minReadySeconds`."),
    unavailableReplicas: field(5, int32(), "Pods still missing until all that are wanted are available."),
    conditions: field(
      6,
      list(DeploymentCondition).mapKey("type").patch("merge", "type"),
      "States such as `Available` and `Progressing`.",
    ),
    readyReplicas: field(7, int32(), "Pods that are ready."),
    collisionCount: field(
      8,
      int32(),
      "How often a name for a ReplicaSet was taken already; part of the next one's.",
    ).keepEmpty(),
    terminatingReplicas: field(9, int32(), "Pods that are being deleted and are not gone yet.").keepEmpty(),
  },
  { doc: "How a deployment is getting on." },
);
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
  fields: {
    spec: field(2, DeploymentSpec, "How many pods of what kind, and how they are replaced.").always(),
    status: field(3, DeploymentStatus, "How far it has come.").always(),
  },
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
      value: ({ spec, status }) => `${status.readyReplicas ?? 0}/${spec.replicas ?? 0}`,
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
  switchedOff: podSpecFeatures("spec.template.spec"),
  validate: validateDeployment,
  validateUpdate: (next, before, context) => [
    ...selectorChangeErrors(next, before),
    ...collisionErrors(next, before, context),
  ],
  warnings: templateWarnings(path("spec", "template"), ({ spec }) => spec.template),
});
export type Deployment = ObjectOf<typeof Deployment>;
