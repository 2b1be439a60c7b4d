import { STATUS, defineKind } from "../../machinery/define-kind.ts";
import type { ObjectOf } from "../../machinery/define-kind.ts";
import { field } from "../../machinery/schema/builders.ts";
import { PodSpec } from "./pod-spec.ts";
import { PodStatus } from "./pod-status.ts";
import { defaultPod } from "./pod-defaults.ts";
import { podColumns, podRowConditions } from "./pod.columns.ts";
import { beginPod, keepReported, podGracePeriod } from "./pod-strategy.ts";
import { validatePodUpdate } from "./pod-update.validation.ts";
import { validatePod } from "./pod.validation.ts";
import { podFeatures } from "./pod-features.ts";
import { podStatusWarnings, podWarnings } from "./pod.warnings.ts";

export const Pod = defineKind({
  group: "",
  version: "v1",
  kind: "Pod",
  definition: "io.k8s.api.core.v1.Pod",
  names: { plural: "pods", short: ["po"], categories: ["all"] },
  scope: "Namespaced",
  doc: "Containers that run together on one node, with one network address and shared volumes. It is not moved: when its node fails, an owner such as a Deployment makes another.",
  subresources: {
    attach: { verbs: ["create", "get"], speaks: { group: "", version: "v1", kind: "PodAttachOptions" } },
    binding: { verbs: ["create"], speaks: { group: "", version: "v1", kind: "Binding" } },
    ephemeralcontainers: { verbs: ["get", "patch", "update"] },
    eviction: { verbs: ["create"], speaks: { group: "policy", version: "v1", kind: "Eviction" } },
    exec: { verbs: ["create", "get"], speaks: { group: "", version: "v1", kind: "PodExecOptions" } },
    log: { verbs: ["get"] },
    portforward: { verbs: ["create", "get"], speaks: { group: "", version: "v1", kind: "PodPortForwardOptions" } },
    proxy: {
      verbs: ["create", "delete", "get", "patch", "update"],
      speaks: { group: "", version: "v1", kind: "PodProxyOptions" },
    },
    resize: { verbs: ["get", "patch", "update"] },
    ...STATUS,
  },
  fields: {
    spec: field(2, PodSpec, "What should run, and where it may be placed.").always().alike(),
    status: field(
      3,
      PodStatus,
      "What is known about the running pod. Written by the kubelet and other components; read-only for users.",
    ).always(),
  },
  defaults({ spec }, known) {
    if (spec !== known?.spec) defaultPod(spec);
  },
  columns: podColumns,
  rowConditions: podRowConditions,
  returnsDeleted: true,
  selectableFields: {
    "spec.nodeName": ({ spec }) => spec.nodeName ?? "",
    "spec.restartPolicy": ({ spec }) => spec.restartPolicy,
    "spec.schedulerName": ({ spec }) => spec.schedulerName,
    "spec.serviceAccountName": ({ spec }) => spec.serviceAccountName ?? "",
    "spec.hostNetwork": ({ spec }) => String(spec.hostNetwork ?? false),
    "status.phase": ({ status }) => status.phase ?? "",
    "status.podIP": ({ status }) => status.podIPs?.[0]?.ip ?? status.podIP ?? "",
    "status.nominatedNodeName": ({ status }) => status.nominatedNodeName ?? "",
  },
  switchedOff: podFeatures,
  prepareForCreate: beginPod,
  prepareForUpdate: keepReported,
  gracePeriodSeconds: podGracePeriod,
  metadataOnUpdate: ["change", "whole"],
  validate: validatePod,
  validateUpdate: validatePodUpdate,
  warnings: podWarnings,
  statusWarnings: podStatusWarnings,
});
export type Pod = ObjectOf<typeof Pod>;
