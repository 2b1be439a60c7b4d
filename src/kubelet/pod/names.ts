/**
 * The names under which the kubelet finds its own things again: labels and annotations on sandboxes and
 * containers, and where pods' files lie. They are upstream's, so `crictl` and log collectors understand them.
 */
import type { Pod } from "../../api/core/index.ts";

export const POD_NAME = "io.kubernetes.pod.name";
export const POD_NAMESPACE = "io.kubernetes.pod.namespace";
export const POD_UID = "io.kubernetes.pod.uid";
export const CONTAINER_NAME = "io.kubernetes.container.name";

export const CONTAINER_HASH = "io.kubernetes.container.hash";
export const RESTART_COUNT = "io.kubernetes.container.restartCount";
export const TERMINATION_MESSAGE_PATH = "io.kubernetes.container.terminationMessagePath";
export const TERMINATION_MESSAGE_POLICY = "io.kubernetes.container.terminationMessagePolicy";
export const PRE_STOP_HANDLER = "io.kubernetes.container.preStopHandler";
export const CONTAINER_PORTS = "io.kubernetes.container.ports";
export const POD_DELETION_GRACE = "io.kubernetes.pod.deletionGracePeriod";
export const POD_TERMINATION_GRACE = "io.kubernetes.pod.terminationGracePeriod";

/** Where a pod comes from: `api`, or `file` for a manifest on the node. */
export const CONFIG_SOURCE = "kubernetes.io/config.source";
export const CONFIG_SEEN = "kubernetes.io/config.seen";
export const CONFIG_HASH = "kubernetes.io/config.hash";
export const CONFIG_MIRROR = "kubernetes.io/config.mirror";

/** `name_namespace(uid)`, as pods are named in messages. */
export function podText(pod: Pod): string {
  return `${pod.metadata.name}_${pod.metadata.namespace ?? ""}(${pod.metadata.uid})`;
}

export function podKey(pod: Pod): string {
  return `${pod.metadata.namespace ?? ""}/${pod.metadata.name}`;
}

/** Where things lie on the node. */
export interface Places {
  /** `/var/lib/kubelet` by default. */
  readonly root: string;
  /** `/var/log/pods` by default. */
  readonly logs: string;
}

export function podDirectory(places: Places, uid: string): string {
  return `${places.root}/pods/${uid}`;
}

/** `/var/log/pods/<namespace>_<name>_<uid>`. */
export function podLogDirectory(places: Places, pod: Pod): string {
  return `${places.logs}/${pod.metadata.namespace ?? ""}_${pod.metadata.name}_${pod.metadata.uid}`;
}

/** Relative to the pod's log directory. */
export function containerLogPath(container: string, attempt: number): string {
  return `${container}/${attempt}.log`;
}

/** FNV-1a, 32 bits, in hex: tells a changed container from an unchanged one across restarts of the kubelet. */
export function hashOf(text: string): string {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) {
    hash ^= text.charCodeAt(i);
    hash = Math.imul(hash, 0x01000193);
  }
  return (hash >>> 0).toString(16);
}
