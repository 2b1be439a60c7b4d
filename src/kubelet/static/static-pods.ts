/**
 * Pods that files on the node ask for, and their mirrors: for each the API has a pod of the same name that only shows
 * it. A mirror that is deleted or stale is made anew; one whose file is gone is deleted when its containers have ended.
 *
 * Everything follows from three maps by full name: what the files want, what runs, and what the API has.
 */
import { Pod } from "../../api/core/index.ts";
import type { Node } from "../../api/core/index.ts";
import type { Client } from "../../client/client.ts";
import type { Clock } from "../../machinery/clock.ts";
import { isReason } from "../../machinery/errors.ts";
import type { Log } from "../../machinery/log.ts";
import { CONFIG_HASH, CONFIG_MIRROR, podKey } from "../pod/names.ts";
import { staticPod } from "./manifest.ts";
import type { Manifest, ManifestFolder } from "./manifest.ts";

export interface StaticPodsPorts {
  readonly client: Client;
  readonly clock: Clock;
  readonly log: Log;
  readonly nodeName: string;
  /** Absent: no pod comes from a file. */
  readonly folder?: ManifestFolder;
  node(): Node | undefined;
  present(pod: Pod): void;
  gone(pod: Pod): void;
  /** The mirror of the static pod `uid` is this one now: its status goes there. */
  mirrored(uid: string, mirror: Pod): void;
}

export function isMirror({ metadata }: Pod): boolean {
  return metadata.annotations?.[CONFIG_MIRROR] !== undefined;
}

export class StaticPods {
  readonly #ports: StaticPodsPorts;
  readonly #wanted = new Map<string, Pod>();
  readonly #running = new Map<string, Pod>();
  readonly #mirrors = new Map<string, Pod>();
  /** Names whose mirror is being written. */
  readonly #writing = new Set<string>();
  /** What was said of a file, so that it is said once. */
  readonly #problems = new Map<string, string>();
  #unwatch: (() => void) | undefined;
  #started = false;

  constructor(ports: StaticPodsPorts) {
    this.#ports = ports;
  }

  /** Resolves when all pods that the files ask for have been told. The API's pods are known by then. */
  async start(): Promise<void> {
    this.#started = true;
    this.#unwatch = this.#ports.folder?.watch(() => void this.look());
    await this.look();
  }

  stop(): void {
    this.#started = false;
    this.#unwatch?.();
  }

  /** Reads the files again, and tries again what failed. */
  async look(): Promise<void> {
    const { folder, log } = this.#ports;
    try {
      const manifests = (await folder?.read()) ?? [];
      if (!this.#started) return;
      this.#wanted.clear();
      for (const manifest of manifests) this.#want(manifest);
      for (const path of this.#problems.keys()) {
        if (!manifests.some((manifest) => manifest.path === path)) this.#problems.delete(path);
      }
      this.#run();
    } catch (error) {
      log.warn("the folder of static pods was not read", { error });
    }
  }

  /** The mirror of a running static pod. */
  mirrorOf(pod: Pod): Pod | undefined {
    const mirror = this.#mirrors.get(podKey(pod));
    return mirror && isMirrorOf(mirror, pod) ? mirror : undefined;
  }

  mirrorSeen(mirror: Pod): void {
    this.#mirrors.set(podKey(mirror), mirror);
    this.#mirror(podKey(mirror));
  }

  mirrorGone(mirror: Pod): void {
    if (this.#mirrors.get(podKey(mirror))?.metadata.uid !== mirror.metadata.uid) return;
    this.#mirrors.delete(podKey(mirror));
    this.#mirror(podKey(mirror));
  }

  /** Nothing of the pod is left on the node: another one of its name may start. */
  ended(pod: Pod): void {
    if (this.#running.get(podKey(pod))?.metadata.uid !== pod.metadata.uid) return;
    this.#running.delete(podKey(pod));
    this.#run();
  }

  #want(manifest: Manifest): void {
    const { log, nodeName, clock } = this.#ports;
    try {
      const pod = staticPod(manifest, nodeName, clock.now());
      const first = this.#wanted.get(podKey(pod));
      if (first) throw new Error(`another file has a pod ${podKey(pod)} already`);
      this.#wanted.set(podKey(pod), pod);
      this.#problems.delete(manifest.path);
    } catch (error) {
      const problem = error instanceof Error ? error.message : String(error);
      if (this.#problems.get(manifest.path) === problem) return;
      this.#problems.set(manifest.path, problem);
      log.warn("a static pod's manifest cannot be used", { path: manifest.path, problem });
    }
  }

  /** Ends what no file asks for any more, starts what nobody runs; of one name one pod at a time. */
  #run(): void {
    const { present, gone } = this.#ports;
    for (const [name, pod] of this.#running) {
      if (this.#wanted.get(name)?.metadata.uid !== pod.metadata.uid) gone(pod);
    }
    for (const [name, pod] of this.#wanted) {
      if (this.#running.has(name)) continue;
      this.#running.set(name, pod);
      present(pod);
    }
    for (const name of new Set([...this.#running.keys(), ...this.#mirrors.keys()])) this.#mirror(name);
  }

  /** Brings the API's copy of one name to what runs here. */
  #mirror(name: string): void {
    const { log, mirrored } = this.#ports;
    if (!this.#started || this.#writing.has(name)) return;
    const pod = this.#running.get(name);
    const mirror = this.#mirrors.get(name);
    if (pod && mirror && isMirrorOf(mirror, pod)) return mirrored(pod.metadata.uid, mirror);
    if (!pod && !mirror) return;
    this.#writing.add(name);
    const writing = mirror ? this.#delete(mirror) : this.#create(pod!);
    // What a watch tells meanwhile is looked at afterwards; what failed with the next heartbeat.
    writing.then(
      () => {
        this.#writing.delete(name);
        if (this.#mirrors.get(name) !== mirror) this.#mirror(name);
      },
      (error: unknown) => {
        this.#writing.delete(name);
        log.warn("the mirror of a static pod was not written", { pod: name, error });
      },
    );
  }

  async #create(pod: Pod): Promise<void> {
    const { client, nodeName, node } = this.#ports;
    const { name, namespace, labels, annotations } = pod.metadata;
    const owner = { apiVersion: "v1", kind: "Node", name: nodeName, uid: node()?.metadata.uid ?? "", controller: true };
    try {
      await client.create(Pod, {
        metadata: {
          name,
          namespace,
          labels,
          annotations: { ...annotations, [CONFIG_MIRROR]: hashOf(pod) },
          ownerReferences: [owner],
        },
        spec: pod.spec,
      });
    } catch (error) {
      // The watch will tell of it.
      if (!isReason(error, "AlreadyExists")) throw error;
    }
  }

  async #delete({ metadata: { name, namespace, uid } }: Pod): Promise<void> {
    const { client } = this.#ports;
    try {
      await client.delete(Pod, name, namespace, { gracePeriodSeconds: 0, preconditions: { uid } });
    } catch (error) {
      if (!isReason(error, "NotFound") && !isReason(error, "Conflict")) throw error;
    }
  }
}

function isMirrorOf(mirror: Pod, pod: Pod): boolean {
  return (
    mirror.metadata.annotations?.[CONFIG_MIRROR] === hashOf(pod) && mirror.metadata.deletionTimestamp === undefined
  );
}

function hashOf({ metadata }: Pod): string {
  return metadata.annotations?.[CONFIG_HASH] ?? "";
}
