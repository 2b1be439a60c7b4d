/** All kinds that are built in. A new one costs its file and a line in its group's index. */
import type { Kind } from "../machinery/kind.ts";
import { coreKinds } from "./core/index.ts";
import { appsKinds } from "./apps/index.ts";
import { batchKinds } from "./batch/index.ts";
import { autoscalingKinds } from "./autoscaling/index.ts";
import { networkingKinds } from "./networking/index.ts";
import { discoveryKinds } from "./discovery/index.ts";
import { policyKinds } from "./policy/index.ts";
import { rbacKinds } from "./rbac/index.ts";
import { storageKinds } from "./storage/index.ts";
import { schedulingKinds } from "./scheduling/index.ts";
import { coordinationKinds } from "./coordination/index.ts";
import { nodeKinds } from "./node/index.ts";
import { certificatesKinds } from "./certificates/index.ts";
import { admissionregistrationKinds } from "./admissionregistration/index.ts";
import { apiextensionsKinds } from "./apiextensions/index.ts";
import { apiregistrationKinds } from "./apiregistration/index.ts";
import { authenticationKinds } from "./authentication/index.ts";
import { authorizationKinds } from "./authorization/index.ts";
import { eventsKinds } from "./events/index.ts";
import { flowcontrolKinds } from "./flowcontrol/index.ts";
import { resourceKinds } from "./resource/index.ts";

export * from "./core/index.ts";
export * from "./apps/index.ts";
export * from "./batch/index.ts";
export * from "./autoscaling/index.ts";
export * from "./networking/index.ts";
export * from "./discovery/index.ts";
export * from "./policy/index.ts";
export * from "./rbac/index.ts";
export * from "./storage/index.ts";
export * from "./scheduling/index.ts";
export * from "./coordination/index.ts";
export * from "./node/index.ts";
export * from "./certificates/index.ts";
export * from "./admissionregistration/index.ts";
export * from "./apiextensions/index.ts";
export * from "./apiregistration/index.ts";
export * from "./authentication/index.ts";
export * from "./authorization/index.ts";
export * from "./events/index.ts";
export * from "./flowcontrol/index.ts";
export * from "./resource/index.ts";

export const builtinKinds: readonly Kind[] = [
  ...coreKinds,
  ...appsKinds,
  ...batchKinds,
  ...autoscalingKinds,
  ...networkingKinds,
  ...discoveryKinds,
  ...policyKinds,
  ...rbacKinds,
  ...storageKinds,
  ...schedulingKinds,
  ...coordinationKinds,
  ...nodeKinds,
  ...certificatesKinds,
  ...admissionregistrationKinds,
  ...apiextensionsKinds,
  ...apiregistrationKinds,
  ...authenticationKinds,
  ...authorizationKinds,
  ...eventsKinds,
  ...flowcontrolKinds,
  ...resourceKinds,
];
