import { toJson } from "../../machinery/exact-json.ts";
import { STATUS, defineKind } from "../../machinery/define-kind.ts";
import type { ObjectOf } from "../../machinery/define-kind.ts";
import type { Draft } from "../../machinery/kind.ts";
import type { ObjectMeta } from "../../machinery/meta/object-meta.ts";
import { LabelSelector } from "../../machinery/meta/label-selector.ts";
import { field, int32, int64, intOrString, list, message, string } from "../../machinery/schema/builders.ts";
import type { TypeOf } from "../../machinery/schema/schema.ts";
import { conditionFields } from "../conditions.ts";
import { PodTemplateSpec } from "../core/pod-template-spec.ts";
import { defaultPodSpec } from "../core/pod-defaults.ts";
import type { Workload } from "./workload.ts";
import { ageColumn, labelsText, nameColumn, selectorText, wideTemplateColumns } from "../columns.ts";
import { validateDaemonSet } from "./daemon-set.validation.ts";
import { selectorChangeErrors } from "../label-selector.validation.ts";
import { collisionErrors } from "./replica-counts.validation.ts";
import { templateWarnings } from "../core/pod.warnings.ts";
import { podSpecFeatures } from "../core/pod-features.ts";
import { path } from "../../machinery/field-errors.ts";

export const DaemonSetCondition = message("io.k8s.api.apps.v1.DaemonSetCondition", conditionFields, {
  doc: "One thing that is true or not of the object now, and since when.",
});
export type DaemonSetCondition = TypeOf<typeof DaemonSetCondition>;

export const RollingUpdateDaemonSet = message(
  "io.k8s.api.apps.v1.RollingUpdateDaemonSet",
  {
    maxUnavailable: field(
      1,
      intOrString(),
      "Nodes that may be without an available pod meanwhile, a number or a share. Default 1; not 0 together with `maxSurge`.",
    ).keepEmpty(),
    maxSurge: field(
      2,
      intOrString(),
      "Nodes on which the new pod may start before the old one ends, a number or a share such as `10%`. Default 0.",
    ).keepEmpty(),
  },
  { doc: "How many nodes may be between the old pod and the new one." },
);
export type RollingUpdateDaemonSet = TypeOf<typeof RollingUpdateDaemonSet>;

export const DaemonSetUpdateStrategy = message(
  "io.k8s.api.apps.v1.DaemonSetUpdateStrategy",
  {
    type: field(
      1,
      string().enum("OnDelete", "RollingUpdate").silentDefault("RollingUpdate"),
      "`RollingUpdate` (the default), or `OnDelete`: only when somebody deletes the old pod.",
    ),
    rollingUpdate: field(2, RollingUpdateDaemonSet, "How many at a time, for the type `RollingUpdate`."),
  },
  { doc: "How a daemon set replaces its pods." },
);
export type DaemonSetUpdateStrategy = TypeOf<typeof DaemonSetUpdateStrategy>;

export const DaemonSetSpec = message(
  "io.k8s.api.apps.v1.DaemonSetSpec",
  {
    selector: field(
      1,
      LabelSelector,
      "Which pods belong to the set; must fit the template's labels. Cannot be changed.",
    )
      .required()
      .orNull(),
    template: field(
      2,
      PodTemplateSpec,
      "What the pod on each node looks like. It runs on all nodes that its node selector and tolerations fit.",
    ).required(),
    updateStrategy: field(3, DaemonSetUpdateStrategy, "How pods are replaced when the template changes.").always(),
    minReadySeconds: field(4, int32(), "Seconds a new pod must be ready before it counts as available. Default 0."),
    revisionHistoryLimit: field(
      6,
      int32().silentDefault(10),
      "How many earlier templates are kept for a rollback. Default 10.",
    ).keepEmpty(),
  },
  { doc: "What a daemon set wants." },
);
export type DaemonSetSpec = TypeOf<typeof DaemonSetSpec>;

export const DaemonSetStatus = message(
  "io.k8s.api.apps.v1.DaemonSetStatus",
  {
    currentNumberScheduled: field(1, int32(), "Nodes that run the pod and should.").required(),
    numberMisscheduled: field(2, int32(), "Nodes that run the pod and should not.").required(),
    desiredNumberScheduled: field(3, int32(), "Nodes that should run the pod.").required(),
    numberReady: field(4, int32(), "Nodes whose pod is ready.").required(),
    observedGeneration: field(5, int64(), "The generation the controller has seen."),
    updatedNumberScheduled: field(6, int32(), "Nodes whose pod is of the newest template."),
    numberAvailable: field(7, int32(), "Nodes whose pod has been ready for `minReadySeconds`."),
    numberUnavailable: field(8, int32(), "Nodes that should run the pod and have none that is available."),
    collisionCount: field(
      9,
      int32(),
      "How often a name for a revision was taken already; part of the next one's.",
    ).keepEmpty(),
    conditions: field(10, list(DaemonSetCondition).mapKey("type").patch("merge", "type"), "States of the set."),
  },
  { doc: "How a daemon set is getting on." },
);
export type DaemonSetStatus = TypeOf<typeof DaemonSetStatus>;

export const DaemonSet = defineKind({
  group: "apps",
  version: "v1",
  kind: "DaemonSet",
  definition: "io.k8s.api.apps.v1.DaemonSet",
  names: { plural: "daemonsets", short: ["ds"], categories: ["all"] },
  scope: "Namespaced",
  doc: "Runs one pod on each node that fits.",
  subresources: { ...STATUS },
  fields: {
    spec: field(2, DaemonSetSpec, "Which pod is to run on which nodes.").always(),
    status: field(3, DaemonSetStatus, "How many nodes have it.").always(),
  },
  defaults({ metadata, spec }) {
    // In upstream a field that is always there: what is said of it on the wire is a manager's, too.
    if (metadata.annotations?.[TEMPLATE_GENERATION] === undefined) countTemplates(metadata, 0);
    defaultPodSpec(spec.template.spec);
    if (spec.updateStrategy.type !== "RollingUpdate") return;
    spec.updateStrategy.rollingUpdate = { maxUnavailable: 1, maxSurge: 0, ...spec.updateStrategy.rollingUpdate };
  },
  columns: [
    nameColumn,
    {
      name: "Desired",
      type: "integer",
      doc: "The total number of nodes that should be running the daemon pod (including nodes correctly running the daemon pod). More info: https://kubernetes.io/docs/concepts/workloads/controllers/daemonset/",
      value: ({ status }) => status.desiredNumberScheduled,
    },
    {
      name: "Current",
      type: "integer",
      doc: "The number of nodes that are running at least 1 daemon pod and are supposed to run the daemon pod. More info: https://kubernetes.io/docs/concepts/workloads/controllers/daemonset/",
      value: ({ status }) => status.currentNumberScheduled,
    },
    {
      name: "Ready",
      type: "integer",
      doc: "numberReady is the number of nodes that should be running the daemon pod and have one or more of the daemon pod running with a Ready Condition.",
      value: ({ status }) => status.numberReady,
    },
    {
      name: "Up-to-date",
      type: "integer",
      doc: "The total number of nodes that are running updated daemon pod",
      value: ({ status }) => status.updatedNumberScheduled ?? 0,
    },
    {
      name: "Available",
      type: "integer",
      doc: "The number of nodes that should be running the daemon pod and have one or more of the daemon pod running and available (ready for at least spec.minReadySeconds)",
      value: ({ status }) => status.numberAvailable ?? 0,
    },
    {
      name: "Node Selector",
      type: "string",
      doc: "NodeSelector is a selector which must be true for the pod to fit on a node. Selector which must match a node's labels for the pod to be scheduled on that node. More info: https://kubernetes.io/docs/concepts/configuration/assign-pod-node/",
      value: ({ spec }) => labelsText(spec.template.spec.nodeSelector),
    },
    ageColumn,
    ...wideTemplateColumns<Workload>(
      ({ spec }) => spec.template,
      ({ spec }) => selectorText(spec.selector),
      "A label query over pods that are managed by the daemon set. Must match in order to be controlled. It must match the pod template's labels. More info: https://kubernetes.io/docs/concepts/overview/working-with-objects/labels/#label-selectors",
    ),
  ],
  switchedOff: podSpecFeatures("spec.template.spec"),
  prepareForCreate: ({ metadata }) => countTemplates(metadata, 1),
  prepareForUpdate(draft, previous) {
    const count = Number(previous.metadata.annotations?.[TEMPLATE_GENERATION] ?? 1);
    const same = toJson(draft.spec.template) === toJson(previous.spec.template);
    countTemplates(draft.metadata, same ? count : count + 1);
  },
  changesFirst: true,
  validate: validateDaemonSet,
  validateUpdate: (next, before, context) => [
    ...selectorChangeErrors(next, before),
    ...collisionErrors(next, before, context),
  ],
  warnings: templateWarnings(path("spec", "template"), ({ spec }) => spec.template, false),
});
export type DaemonSet = ObjectOf<typeof DaemonSet>;

/** An annotation from before apps/v1 that old clients still read: how often the template has changed. */
export const TEMPLATE_GENERATION = "deprecated.daemonset.template.generation";

function countTemplates(metadata: Draft<ObjectMeta>, count: number): void {
  metadata.annotations = { ...metadata.annotations, [TEMPLATE_GENERATION]: String(count) };
}
