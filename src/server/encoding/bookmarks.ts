/** What a bookmark carries: an object of its resource in which nothing is set, not even defaults, but how far the watch has come. */
import type { Kind, KubeObject } from "../../machinery/kind.ts";
import { emptyMessage } from "../../machinery/schema/empty.ts";
import type { Resource } from "../resource.ts";
import { TEMPLATE_GENERATION } from "./transform.ts";

/** Kinds whose replicas upstream keeps as a plain number, and so always tells. */
const COUNTED: ReadonlySet<string> = new Set(["Deployment", "ReplicaSet", "StatefulSet"]);

export function bookmarkOf({ kind, apiVersion }: Resource, revision: number, initialEventsEnd: boolean): KubeObject {
  const metadata = {
    resourceVersion: String(revision),
    ...(initialEventsEnd && { annotations: { "k8s.io/initial-events-end": "true" } }),
  };
  const object = { kind: kind.kind, apiVersion, ...emptyObject(kind), metadata };
  if (kind.group !== "apps" || kind.schema.custom) return object as KubeObject;
  if (kind.kind === "DaemonSet") {
    const annotations = { ...metadata.annotations, [TEMPLATE_GENERATION]: "0" };
    return { ...object, metadata: { ...metadata, annotations } } as unknown as KubeObject;
  }
  const { spec } = object as { spec?: object };
  return (COUNTED.has(kind.kind) ? { ...object, spec: { replicas: 0, ...spec } } : object) as KubeObject;
}

/** Custom resources have only what somebody set. */
export const emptyObject = ({ schema }: Kind): object => (schema.custom ? {} : emptyMessage(schema));
