/** Where a kubelet hears of its pods. */
import { Pod } from "../api/core/index.ts";
import type { Informers } from "../client/index.ts";

export interface PodSource {
  /** Resolves when all pods that exist have been told. */
  readonly synced: Promise<void>;
  /** Calls for each change of a pod of that node, first for those that are there. Returns how to stop. */
  subscribe(nodeName: string, handler: PodHandler): () => void;
}

export interface PodHandler {
  present(pod: Pod): void;
  gone(pod: Pod): void;
}

/** Only the node's own pods are asked for: what a kubelet on a machine of its own does. */
export function ownPods(informers: Informers, nodeName: string): PodSource {
  const informer = informers.of(Pod, { fieldSelector: `spec.nodeName=${nodeName}` });
  return {
    synced: informer.synced,
    subscribe: (_, handler) =>
      informer.subscribe(({ type, object, previous }) => {
        if (previous && previous.metadata.uid !== object.metadata.uid) handler.gone(previous);
        if (type === "DELETED") handler.gone(object);
        else handler.present(object);
      }),
  };
}

/** One informer of all pods for all the nodes that live in this process. */
export function podsByNode(informers: Informers): PodSource {
  const informer = informers.of(Pod, { indices: { node: (pod) => [pod.spec.nodeName ?? ""] } });
  const handlers = new Map<string, PodHandler>();
  informer.subscribe(({ type, object, previous }) => {
    const handler = handlers.get(object.spec.nodeName ?? "");
    if (!handler) return;
    if (previous && previous.metadata.uid !== object.metadata.uid) handler.gone(previous);
    if (type === "DELETED") handler.gone(object);
    else handler.present(object);
  });
  return {
    synced: informer.synced,
    subscribe(nodeName, handler) {
      handlers.set(nodeName, handler);
      for (const pod of informer.byIndex("node", nodeName)) handler.present(pod);
      return () => void handlers.delete(nodeName);
    },
  };
}
