/** Short ways to make objects as the server would have them, and to say a plan in words. */
import type { ReplicaSet } from "../../api/apps/index.ts";
import type { Pod } from "../../api/core/index.ts";
import type { OwnerReference } from "../../machinery/kind.ts";
import type { Plan } from "../runtime/plan.ts";

export const NOW = Date.UTC(2026, 0, 1);
const CREATED = "2025-12-31T00:00:00Z";

export interface PodSketch {
  readonly labels?: Readonly<Record<string, string>>;
  readonly owner?: OwnerReference;
  readonly node?: string;
  readonly phase?: string;
  readonly ready?: boolean;
  /** Seconds before NOW. */
  readonly readySince?: number;
  readonly deleting?: boolean;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly restarts?: number;
}

export function pod(name: string, sketch: PodSketch = {}): Pod {
  const { labels = { app: "web" }, owner, node = "n1", phase = "Running", ready = true, readySince = 3600 } = sketch;
  return {
    apiVersion: "v1",
    kind: "Pod",
    metadata: {
      name,
      namespace: "default",
      uid: name,
      resourceVersion: "1",
      creationTimestamp: CREATED,
      labels,
      ...(sketch.annotations !== undefined && { annotations: sketch.annotations }),
      ...(owner !== undefined && { ownerReferences: [owner] }),
      ...(sketch.deleting === true && { deletionTimestamp: CREATED }),
    },
    spec: { nodeName: node, containers: [] },
    status: {
      phase,
      conditions: [
        {
          type: "Ready",
          status: ready ? "True" : "False",
          lastTransitionTime: new Date(NOW - readySince * 1000).toISOString(),
        },
      ],
      ...(sketch.restarts !== undefined && { containerStatuses: [{ restartCount: sketch.restarts }] }),
    },
  } as unknown as Pod;
}

export function replicaSet(replicas: number, more: object = {}): ReplicaSet {
  return {
    apiVersion: "apps/v1",
    kind: "ReplicaSet",
    metadata: {
      name: "web",
      namespace: "default",
      uid: "rs",
      resourceVersion: "1",
      generation: 1,
      creationTimestamp: CREATED,
    },
    spec: {
      replicas,
      selector: { matchLabels: { app: "web" } },
      template: { metadata: { labels: { app: "web" } }, spec: { containers: [] } },
      ...more,
    },
    status: { replicas: 0 },
  } as unknown as ReplicaSet;
}

/** `create Pod`, `delete Pod a`, `patch Pod a`, in order. */
export function said({ writes }: Plan): string[] {
  return writes.map((write) =>
    write.verb === "create"
      ? `create ${write.kind.kind}`
      : `${write.verb} ${write.kind.kind} ${write.object.metadata.name}`,
  );
}

/** The status a plan asks for when nothing failed. */
export function statusIn({ status }: Plan): Record<string, unknown> {
  return (typeof status === "function" ? status([]) : status) as Record<string, unknown>;
}
