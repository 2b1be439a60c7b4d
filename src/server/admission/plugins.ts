/** The admission plugins that are on by default, in the order in which they see a request. */
import type { Random } from "../../machinery/random.ts";
import type { Scheme } from "../../machinery/scheme.ts";
import type { Store } from "../../store/store.ts";
import type { Authorizer } from "../authorization/authorizer.ts";
import type { RbacAuthorizer } from "../authorization/rbac.ts";
import type { AdmissionPlugin } from "./admission.ts";
import { certificateApproval, certificateSigning, certificateSubjectRestriction } from "./certificates.ts";
import { defaultIngressClass } from "./default-ingress-class.ts";
import { defaultTolerationSeconds } from "./default-toleration-seconds.ts";
import { limitRanger } from "./limit-ranger.ts";
import { namespaceLifecycle } from "./namespace-lifecycle.ts";
import { nodeRestriction } from "./node-restriction/node-restriction.ts";
import { mutatingPolicies } from "./policies/mutating.ts";
import { paramAccess } from "./policies/param-access.ts";
import { validatingPolicies } from "./policies/validating.ts";
import type { PodSecurityConfiguration } from "./pod-security/configuration.ts";
import { podSecurity } from "./pod-security/pod-security.ts";
import { podTopologyLabels } from "./pod-topology-labels.ts";
import { priority } from "./priority.ts";
import { rbacEscalation } from "./rbac-escalation.ts";
import { resourceQuota } from "./resource-quota.ts";
import { runtimeClass } from "./runtime-class.ts";
import { serviceAccount } from "./service-account.ts";
import { defaultStorageClass, persistentVolumeClaimResize, storageObjectInUseProtection } from "./storage.ts";
import type { WebhookHost } from "./webhooks/host.ts";
import { mutatingWebhooks } from "./webhooks/mutating.ts";
import { validatingWebhooks } from "./webhooks/validating.ts";
import { taintNodesByCondition } from "./taint-nodes-by-condition.ts";

export interface AdmissionOptions {
  readonly store: Store;
  readonly random: Random;
  readonly rbac: RbacAuthorizer;
  readonly authorizer: Authorizer;
  readonly scheme: Scheme;
  /** Absent: nothing is asked of namespaces that ask nothing, and nobody is exempt. */
  readonly podSecurity?: PodSecurityConfiguration;
  /** Absent: no webhook is ever asked. */
  readonly webhooks?: WebhookHost;
}

/** Quota is last: what a later plugin refuses must not have been counted. */
export function defaultPlugins({
  store,
  random,
  rbac,
  authorizer,
  scheme,
  podSecurity: securityOfPods,
  webhooks,
}: AdmissionOptions): readonly AdmissionPlugin[] {
  const policies = { store, scheme, authorizer };
  return [
    namespaceLifecycle(store),
    limitRanger(store),
    serviceAccount(store, random),
    nodeRestriction(store, authorizer),
    taintNodesByCondition,
    podSecurity(store, securityOfPods),
    priority(store),
    defaultTolerationSeconds,
    defaultStorageClass(store),
    storageObjectInUseProtection,
    persistentVolumeClaimResize(store),
    runtimeClass(store),
    certificateApproval(authorizer),
    certificateSigning(authorizer),
    certificateSubjectRestriction,
    defaultIngressClass(store),
    podTopologyLabels(store),
    paramAccess(policies),
    mutatingPolicies(policies),
    ...(webhooks ? [mutatingWebhooks(webhooks)] : []),
    rbacEscalation(rbac, authorizer),
    validatingPolicies(policies),
    ...(webhooks ? [validatingWebhooks(webhooks)] : []),
    resourceQuota(store),
  ];
}
