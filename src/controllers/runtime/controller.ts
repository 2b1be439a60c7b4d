/**
 * What a controller is, and what the runtime does for it.
 *
 * A controller is level-triggered: woken for an object's key, it looks at what is there now and names what should
 * change. It never learns which event woke it. Three forms, the first where it can be:
 *
 * - `decide(observed)` is pure: it gives the writes, the status and when to look again; the runtime writes.
 * - `reconcile(key, context)` gets a client, for those that must ask midway.
 * - `start(context)` does everything itself, for those that are about no single kind.
 *
 * The runtime makes sure that a key is worked on once at a time, and again only when the informers have seen what it
 * wrote itself, so no controller counts a pod twice or creates one too many.
 */
import type { EventRecorder } from "../../client/event-recorder.ts";
import type { Client } from "../../client/client.ts";
import type { SharedInformers } from "../../client/informers.ts";
import type { Clock } from "../../machinery/clock.ts";
import type { IpNetwork } from "../../machinery/ip.ts";
import type { Kind, KubeObject } from "../../machinery/kind.ts";
import type { Log } from "../../machinery/log.ts";
import type { Random } from "../../machinery/random.ts";
import type { LabelSelector } from "../../machinery/selectors.ts";
import type { CertificateAuthority } from "../certificates/authority.ts";
import type { Cache } from "./cache.ts";
import type { Plan } from "./plan.ts";

/** Patience with a status that nobody acts upon while pods start, in milliseconds: as long as that of such a pod itself. */
export const WHILE_PODS_START = 1000;

/** A right as RBAC words it. */
export interface Right {
  readonly apiGroups: readonly string[];
  readonly resources: readonly string[];
  readonly verbs: readonly string[];
  readonly resourceNames?: readonly string[];
}

interface Common {
  /** Upstream's name, such as `replicaset-controller`. */
  readonly name: string;
  /** Its service account in kube-system, where that has another name. */
  readonly account?: string;
  /** As what it tells events, where upstream has yet another name for that. */
  readonly component?: string;
  /** What it may do; the bootstrap policy's `system:controller:<name>` must grant it. Reading is the informers' own right. */
  readonly rbac: readonly Right[];
}

/** A controller of one kind's objects. */
interface ObjectController<T extends KubeObject> extends Common {
  readonly kind: Kind<T>;
  /** Kinds whose objects wake the object that controls them; those that nobody controls wake all whose selector matches. */
  readonly owns?: readonly Kind[];
  /** Needed with `owns` where orphans are adopted. */
  readonly selector?: (object: T) => LabelSelector | undefined | null;
  readonly watches?: readonly Watch[];
  /** How many keys are worked on at once. Default 10. */
  readonly workers?: number;
  /**
   * The least time between two rounds of an object, in milliseconds, when only other objects changed: many of their
   * changes then make one round. A change of the object itself never waits. Default 0.
   */
  readonly pace?: (object: T) => number;
}

export interface DecidingController<T extends KubeObject, O extends object = object> extends ObjectController<T> {
  /** Everything `decide` looks at, read from the cache. */
  observe(object: T, cache: Cache): O;
  decide(observed: Observed<T> & O): Plan;
  /**
   * How long a status may wait for the next one, in milliseconds, because it only tells how far something is that goes on:
   * where the next one comes soon enough it is never written. Default 0: none waits.
   */
  patience?(object: T, status: T extends { readonly status?: infer S } ? NonNullable<S> : never): number;
}

export interface ReconcilingController<T extends KubeObject> extends ObjectController<T> {
  /** The object may be gone: then `cache.get` has none. A throw is tried again, later each time. */
  reconcile(key: ObjectKey, context: ReconcileContext): Promise<Outcome | void>;
}

export interface FreeController extends Common {
  /** Begins to work; gives how to stop. */
  start(context: ControllerContext): () => void;
}

/** Any of them: what it is about is known to itself alone. */
export type Controller = DecidingController<any, any> | ReconcilingController<any> | FreeController;

export interface Observed<T> {
  readonly object: T;
  /** Milliseconds since the epoch. */
  readonly now: number;
}

export interface ObjectKey {
  readonly name: string;
  readonly namespace: string | undefined;
}

export interface Outcome {
  /** Milliseconds since the epoch. */
  readonly recheckAt?: number;
}

/** What all controllers are given. */
export interface ControllerContext {
  /** Acts as the controller's service account. */
  readonly client: Client;
  readonly informers: SharedInformers;
  readonly cache: Cache;
  readonly events: EventRecorder;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly settings: ControllerSettings;
}

export interface ReconcileContext extends ControllerContext {
  /** As {@link ControllerContext.client}, and what it writes carries the cause and is waited for. */
  readonly client: Client;
  readonly now: number;
}

/** What a cluster may set; upstream's flags of kube-controller-manager. */
export interface ControllerSettings {
  /** PEM, for kube-root-ca.crt. Absent: not published. */
  readonly rootCertificate?: string;
  /** Signs what was approved. Absent: certificates are somebody else's business. */
  readonly certificates?: CertificateAuthority;
  /** Nodes get networks for their pods out of these. Absent: that is somebody else's business. */
  readonly nodeNetworks?: NodeNetworks;
  /** Milliseconds without a heartbeat until a node is unknown. Default 50 s. */
  readonly nodeMonitorGracePeriod?: number;
  /** Nodes a second whose pods may be evicted. Default 0.1; and 0.01 in a zone that is partly down. */
  readonly nodeEvictionRate?: number;
  readonly secondaryNodeEvictionRate?: number;
  /** Zones of up to this many nodes are not slowed but stopped when they are mostly down. Default 50. */
  readonly largeClusterSizeThreshold?: number;
  readonly unhealthyZoneThreshold?: number;
  /** Finished pods kept in all. Default 12500. */
  readonly terminatedPodThreshold?: number;
  /** Endpoints in one slice. Default 100. */
  readonly maxEndpointsPerSlice?: number;
}

export interface NodeNetworks {
  /** Of all pods. */
  readonly cluster: IpNetwork;
  /** The prefix length of a node's. */
  readonly mask: number;
}

/** Other kinds a controller looks at: which keys of its own kind a change of one wakes. */
export interface Watch<T extends KubeObject = KubeObject> {
  readonly kind: Kind<T>;
  keys(change: Changed<T>, cache: Cache, now: number): Iterable<string>;
}

export interface Changed<T> {
  readonly type: "ADDED" | "MODIFIED" | "DELETED";
  readonly object: T;
  readonly previous?: T;
}

/** Types a watch by its kind. */
export function watch<T extends KubeObject>(kind: Kind<T>, keys: Watch<T>["keys"]): Watch {
  return { kind, keys } as unknown as Watch;
}

export function defineController<T extends KubeObject, O extends object>(
  controller: DecidingController<T, O>,
): DecidingController<T, O>;
export function defineController<T extends KubeObject>(controller: ReconcilingController<T>): ReconcilingController<T>;
export function defineController(controller: FreeController): FreeController;
export function defineController(controller: unknown): unknown {
  return controller;
}

/** A rule in few words: `right("create delete", "core", "pods pods/status")`. */
export function right(verbs: string, groups: string, resources: string, names?: string): Right {
  const apiGroups = groups.split(" ").map((group) => (group === "core" ? "" : group));
  const resourceNames = names?.split(" ");
  return {
    verbs: verbs.split(" "),
    apiGroups,
    resources: resources.split(" "),
    ...(resourceNames && { resourceNames }),
  };
}

/** Every controller that tells events needs this one. */
export const tellsEvents = right("create patch update", "core events.k8s.io", "events");
