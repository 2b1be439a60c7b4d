/** What happens to pods and the node, told as Events. */
import type { Pod } from "../api/core/index.ts";
import type { EventRecorder } from "../client/index.ts";
import type { Member } from "./pod/spec.ts";
import { fieldPath } from "./pod/spec.ts";

export type EventType = "Normal" | "Warning";

export class Events {
  readonly #recorder: EventRecorder;
  readonly #nodeName: string;

  constructor(recorder: EventRecorder, nodeName: string) {
    this.#recorder = recorder;
    this.#nodeName = nodeName;
  }

  stop(): void {
    this.#recorder.stop();
  }

  /** Of one container, where `member` is given. */
  pod(pod: Pod, type: EventType, reason: string, message: string, member?: Member): void {
    const { name, namespace, uid, resourceVersion } = pod.metadata;
    const about = { kind: "Pod", apiVersion: "v1", name, namespace, uid, resourceVersion };
    this.#recorder.event(member ? { ...about, fieldPath: fieldPath(member) } : about, type, reason, message);
  }

  /** Upstream's node events carry the node's name as its uid. */
  node(type: EventType, reason: string, message: string): void {
    this.#recorder.event({ kind: "Node", name: this.#nodeName, uid: this.#nodeName }, type, reason, message);
  }
}
