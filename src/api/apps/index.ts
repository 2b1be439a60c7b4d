import { ControllerRevision } from "./controller-revision.ts";
import { DaemonSet } from "./daemon-set.ts";
import { Deployment } from "./deployment.ts";
import { ReplicaSet } from "./replica-set.ts";
import { StatefulSet } from "./stateful-set.ts";

export * from "./controller-revision.ts";
export * from "./daemon-set.ts";
export * from "./deployment.ts";
export * from "./replica-set.ts";
export * from "./stateful-set.ts";

export const appsKinds = [ControllerRevision, DaemonSet, Deployment, ReplicaSet, StatefulSet] as const;
