/**
 * All controllers, and how to start them. A new one costs its file, its test and a line here.
 */
import { createEventRecorder } from "../client/event-recorder.ts";
import type { Client } from "../client/client.ts";
import type { SharedInformers } from "../client/informers.ts";
import type { Clock } from "../machinery/clock.ts";
import type { UserInfo } from "../machinery/door.ts";
import type { Log } from "../machinery/log.ts";
import type { Random } from "../machinery/random.ts";
import { serviceAccountGroups, serviceAccountName } from "../machinery/service-accounts.ts";
import { csrApprover } from "./certificates/approver.ts";
import { csrCleaner } from "./certificates/cleaner.ts";
import { csrSigner } from "./certificates/signer.ts";
import { clusterRoleAggregationController } from "./clusterrole-aggregation.ts";
import { cronJobController } from "./cronjob/cronjob.ts";
import { daemonSetController } from "./daemonset/daemonset.ts";
import { deploymentController } from "./deployment/deployment.ts";
import { disruptionController } from "./disruption.ts";
import { endpointsController } from "./endpoints/endpoints.ts";
import { endpointSliceController } from "./endpoints/endpointslice.ts";
import { endpointSliceMirroringController } from "./endpoints/mirroring.ts";
import { garbageCollector } from "./garbage-collector/garbage-collector.ts";
import { jobController } from "./job/job.ts";
import { orphanedJobPods } from "./job/orphaned-pods.ts";
import { namespaceController } from "./namespace/namespace.ts";
import { nodeIpamController } from "./node-ipam/node-ipam.ts";
import { nodeLifecycleController } from "./node-lifecycle/node-lifecycle.ts";
import { taintEvictionController } from "./node-lifecycle/taint-eviction.ts";
import { podGarbageCollector } from "./pod-gc.ts";
import { replicaSetController } from "./replicaset/replicaset.ts";
import { replicationController } from "./replicationcontroller.ts";
import { resourceQuotaController } from "./resourcequota/resourcequota.ts";
import { rootCaController } from "./root-ca.ts";
import { Cache } from "./runtime/cache.ts";
import type { Controller, ControllerContext, ControllerSettings } from "./runtime/controller.ts";
import { runController } from "./runtime/run-controller.ts";
import type { RoundListener } from "./runtime/run-controller.ts";
import { serviceAccountController } from "./serviceaccount.ts";
import { ephemeralVolumeController } from "./storage/ephemeral-volume.ts";
import { persistentVolumeBinder } from "./storage/persistentvolume-binder.ts";
import { persistentVolumeRelease } from "./storage/persistentvolume-release.ts";
import { pvProtectionController } from "./storage/pv-protection.ts";
import { pvcProtectionController } from "./storage/pvc-protection.ts";
import { staleDisruptions } from "./stale-disruptions.ts";
import { statefulSetController } from "./statefulset/statefulset.ts";
import { tokenCleaner } from "./token-cleaner.ts";
import { ttlController } from "./ttl.ts";
import { ttlAfterFinishedController } from "./ttl-after-finished.ts";
import { validatingAdmissionPolicyStatusController } from "./validatingadmissionpolicy-status/validatingadmissionpolicy-status.ts";

export type { Controller, ControllerSettings, NodeNetworks, Right } from "./runtime/controller.ts";

/** Those that `settings` allow, in the order they start. */
export function controllersFor(settings: ControllerSettings): readonly Controller[] {
  const { rootCertificate, certificates, nodeNetworks } = settings;
  return [
    namespaceController,
    serviceAccountController,
    ...(rootCertificate === undefined ? [] : [rootCaController(rootCertificate)]),
    clusterRoleAggregationController,
    replicaSetController,
    deploymentController,
    replicationController,
    daemonSetController,
    statefulSetController,
    jobController,
    orphanedJobPods,
    cronJobController,
    ttlAfterFinishedController,
    disruptionController,
    staleDisruptions,
    resourceQuotaController,
    garbageCollector,
    endpointSliceController(settings.maxEndpointsPerSlice),
    endpointsController,
    endpointSliceMirroringController,
    nodeLifecycleController(settings),
    ...(nodeNetworks === undefined ? [] : [nodeIpamController(nodeNetworks)]),
    taintEvictionController,
    podGarbageCollector,
    ephemeralVolumeController,
    persistentVolumeBinder,
    persistentVolumeRelease,
    pvcProtectionController,
    pvProtectionController,
    ttlController,
    tokenCleaner,
    ...(certificates === undefined ? [] : [csrApprover, csrSigner(certificates)]),
    csrCleaner,
    validatingAdmissionPolicyStatusController,
  ];
}

export interface ControllersOptions {
  /** Used where `clientFor` says nothing. */
  readonly client: Client;
  /** A client that acts as a service account of kube-system; see {@link controllerUser}. */
  readonly clientFor?: (account: string) => Client;
  /** Reads everything: upstream's `system:kube-controller-manager`. */
  readonly informers: SharedInformers;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  /** Names of those to run, as `--controllers`: all when nothing is said. */
  readonly only?: readonly string[];
  readonly settings?: ControllerSettings;
  readonly listener?: RoundListener;
}

export interface RunningControllers {
  readonly names: readonly string[];
  stop(): void;
}

/** Returns at once; each works as soon as its informers have synced. */
export function startControllers(options: ControllersOptions): RunningControllers {
  const { only, settings = {} } = options;
  const chosen = controllersFor(settings).filter(({ name }) => only === undefined || only.includes(name));
  const ends = chosen.map((controller) => startOne(controller, options, settings));
  return {
    names: chosen.map(({ name }) => name),
    stop: () => {
      for (const end of ends) end();
    },
  };
}

function startOne(controller: Controller, options: ControllersOptions, settings: ControllerSettings): () => void {
  const { clock, random, informers, listener } = options;
  const log = options.log.child({ controller: controller.name });
  const client = options.clientFor?.(controller.account ?? controller.name) ?? options.client;
  const { component = controller.name } = controller;
  const events = createEventRecorder({ client, component, clock, random, log });
  const cache = new Cache(informers);
  const context: ControllerContext = { client, informers, cache, events, clock, random, log, settings };
  return "start" in controller ? controller.start(context) : runController(controller, context, listener);
}

/** Who a controller is: a service account in kube-system. */
export function controllerUser(account: string): UserInfo {
  return {
    username: serviceAccountName("kube-system", account),
    groups: [...serviceAccountGroups("kube-system"), "system:authenticated"],
  };
}

/** Who reads for all of them. */
export const CONTROLLER_MANAGER: UserInfo = {
  username: "system:kube-controller-manager",
  groups: ["system:authenticated"],
};
