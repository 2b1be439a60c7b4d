import { Binding } from "./binding.ts";
import { ComponentStatus } from "./component-status.ts";
import { ConfigMap } from "./config-map.ts";
import {
  NodeProxyOptions,
  PodAttachOptions,
  PodExecOptions,
  PodLogOptions,
  PodPortForwardOptions,
  PodProxyOptions,
  ServiceProxyOptions,
} from "./connect-options.ts";
import { Endpoints } from "./endpoints.ts";
import { Event } from "./event.ts";
import { LimitRange } from "./limit-range.ts";
import { Namespace } from "./namespace.ts";
import { Node } from "./node.ts";
import { PersistentVolume } from "./persistent-volume.ts";
import { PersistentVolumeClaim } from "./persistent-volume-claim.ts";
import { Pod } from "./pod.ts";
import { PodTemplate } from "./pod-template.ts";
import { ReplicationController } from "./replication-controller.ts";
import { ResourceQuota } from "./resource-quota.ts";
import { Secret } from "./secret.ts";
import { Service } from "./service.ts";
import { ServiceAccount } from "./service-account.ts";

export * from "./affinity.ts";
export * from "./binding.ts";
export * from "./component-status.ts";
export * from "./config-map.ts";
export * from "./connect-options.ts";
export * from "./container.ts";
export * from "./container-status.ts";
export * from "./endpoints.ts";
export * from "./env.ts";
export * from "./event.ts";
export * from "./limit-range.ts";
export * from "./load-balancer-status.ts";
export * from "./namespace.ts";
export * from "./node.ts";
export * from "./node-selector.ts";
export * from "./node-status.ts";
export * from "./persistent-volume.ts";
export * from "./persistent-volume-claim.ts";
export * from "./persistent-volume-claim-spec.ts";
export * from "./persistent-volume-sources.ts";
export * from "./pod.ts";
export * from "./pod-scheduling.ts";
export * from "./pod-spec.ts";
export * from "./pod-status.ts";
export * from "./pod-template.ts";
export * from "./pod-template-spec.ts";
export * from "./probe.ts";
export * from "./projected-volume.ts";
export * from "./references.ts";
export * from "./replication-controller.ts";
export * from "./resource-quota.ts";
export * from "./resource-requirements.ts";
export * from "./scope-selector.ts";
export * from "./secret.ts";
export * from "./security-context.ts";
export * from "./service.ts";
export * from "./service-account.ts";
export * from "./taint.ts";
export * from "./topology-selector.ts";
export * from "./volume.ts";
export * from "./volume-sources.ts";

export const coreKinds = [
  Binding,
  ComponentStatus,
  ConfigMap,
  Endpoints,
  Event,
  LimitRange,
  Namespace,
  Node,
  NodeProxyOptions,
  PersistentVolume,
  PersistentVolumeClaim,
  Pod,
  PodAttachOptions,
  PodExecOptions,
  PodLogOptions,
  PodPortForwardOptions,
  PodProxyOptions,
  PodTemplate,
  ReplicationController,
  ResourceQuota,
  Secret,
  Service,
  ServiceAccount,
  ServiceProxyOptions,
] as const;
