/**
 * Takes pods' statuses to the API: one write at a time for each pod, the newest status wins, and what equals the API's
 * copy is not written.
 *
 * A status may wait a little: a pod that starts at once is then written once, as running, and not three times.
 */
import { Pod } from "../api/core/index.ts";
import type { PodStatus } from "../api/core/index.ts";
import type { Client } from "../client/client.ts";
import type { Clock } from "../machinery/clock.ts";
import { isReason } from "../machinery/errors.ts";
import type { Log } from "../machinery/log.ts";
import type { PodNotes } from "./notes.ts";
import { startsAgain } from "./pod/decide.ts";
import { isStatic, members } from "./pod/spec.ts";
import { statusPatch } from "./pod/status.ts";

const FIRST_RETRY = 500;
const LAST_RETRY = 30_000;

/** A status is made when it is written: while a pod starts, most are overtaken before. */
export type MakeStatus = () => PodStatus;

interface Entry {
  readonly uid: string;
  /** The newest version of the pod that is known; of a static pod its mirror's, and undefined while there is none. */
  pod: Pod | undefined;
  /** Makes the newest status. */
  last: MakeStatus | undefined;
  /** The same while it is still to be written. */
  wanted: MakeStatus | undefined;
  /** The status that was written last, or is being written. */
  told: PodStatus | undefined;
  notes: PodNotes;
  writing: boolean;
  /** Milliseconds that the last failure has put the next try off; 0: the last write went through. */
  retry: number;
  cancel: (() => void) | undefined;
  readonly waiting: (() => void)[];
}

export class StatusWriter {
  readonly #client: Client;
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #entries = new Map<string, Entry>();
  /** Called with the pod as the API has it after a write; `uid` is the node's, which a mirror does not have. */
  readonly #written: (uid: string, pod: Pod) => void;

  constructor(client: Client, clock: Clock, log: Log, written: (uid: string, pod: Pod) => void) {
    this.#client = client;
    this.#clock = clock;
    this.#log = log;
    this.#written = written;
  }

  /** `delay` in milliseconds: how long it may wait for a newer one. */
  set(pod: Pod, status: MakeStatus, notes: PodNotes, delay = 0): void {
    const entry = this.#entry(pod, notes);
    if (!isStatic(pod)) entry.pod = newer(entry.pod ?? pod, pod);
    entry.wanted = entry.last = status;
    if (!entry.pod || entry.writing || entry.retry > 0) return;
    if (delay > 0) {
      entry.cancel ??= this.#clock.after(delay, () => this.#begin(entry));
      return;
    }
    this.#begin(entry);
  }

  /** A static pod's mirror is there, perhaps another one than before: the status belongs on it. */
  mirrored(uid: string, mirror: Pod): void {
    const entry = this.#entries.get(uid);
    if (!entry) return;
    entry.pod = newer(entry.pod ?? mirror, mirror);
    entry.wanted ??= entry.last;
    if (!entry.writing && entry.retry === 0) this.#begin(entry);
  }

  /** Resolves when nothing waits to be written for the pod. */
  settled(uid: string): Promise<void> {
    const entry = this.#entries.get(uid);
    if (!entry || (!entry.writing && entry.wanted === undefined)) return Promise.resolve();
    const done = new Promise<void>((resolve) => entry.waiting.push(resolve));
    if (!entry.writing && entry.retry === 0) this.#begin(entry);
    return done;
  }

  forget(uid: string): void {
    const entry = this.#entries.get(uid);
    if (!entry) return;
    entry.cancel?.();
    this.#entries.delete(uid);
    for (const resolve of entry.waiting.splice(0)) resolve();
  }

  #entry(pod: Pod, notes: PodNotes): Entry {
    let entry = this.#entries.get(pod.metadata.uid);
    if (!entry) {
      const { uid } = pod.metadata;
      const state = { writing: false, retry: 0, cancel: undefined, waiting: [] };
      const nothing = { last: undefined, wanted: undefined, told: undefined };
      entry = { uid, pod: isStatic(pod) ? undefined : pod, ...nothing, notes, ...state };
      this.#entries.set(uid, entry);
    }
    return entry;
  }

  #begin(entry: Entry): void {
    entry.cancel?.();
    entry.cancel = undefined;
    if (!entry.writing) void this.#write(entry);
  }

  async #write(entry: Entry): Promise<void> {
    entry.writing = true;
    while (entry.wanted && entry.pod) {
      const make = entry.wanted;
      entry.wanted = undefined;
      try {
        const patched = await this.#patch(entry, entry.pod, make());
        entry.retry = 0;
        if (this.#entries.get(entry.uid) !== entry) break;
        if (patched) this.#written(entry.uid, (entry.pod = newer(entry.pod, patched)));
      } catch (error) {
        if (isReason(error, "NotFound") || isReason(error, "Conflict")) {
          entry.retry = 0;
          break;
        }
        entry.wanted ??= make;
        this.#later(entry, error);
        entry.writing = false;
        return;
      }
    }
    entry.writing = false;
    for (const resolve of entry.waiting.splice(0)) resolve();
  }

  /** Undefined where there is nothing to write. */
  async #patch(entry: Entry, pod: Pod, status: PodStatus): Promise<Pod | undefined> {
    if (goesBack(pod, entry.told ?? pod.status, status)) return undefined;
    entry.told = status;
    const patch = statusPatch(pod.status, status);
    if (!patch) return undefined;
    const { name, namespace, uid } = pod.metadata;
    const body = { metadata: { uid }, status: patch };
    const cause = entry.notes.take();
    try {
      const options = { subresource: "status", cause };
      return await this.#client.patch(Pod, name, namespace, { type: "strategic", body }, options);
    } catch (error) {
      entry.notes.giveBack(cause);
      throw error;
    }
  }

  #later(entry: Entry, error: unknown): void {
    const { name, namespace } = entry.pod!.metadata;
    if (this.#entries.get(entry.uid) !== entry) return;
    entry.retry = Math.min(LAST_RETRY, Math.max(FIRST_RETRY, entry.retry * 2));
    this.#log.warn("a pod's status was not written", { pod: `${namespace}/${name}`, error });
    entry.cancel = this.#clock.after(entry.retry, () => this.#begin(entry));
  }
}

/**
 * Whether a container would leave its end though it may not start again. The API refuses that, so such a status waits
 * until the container has ended once more: init containers run again in a new sandbox.
 */
function goesBack(pod: Pod, before: PodStatus | undefined, after: PodStatus): boolean {
  return members(pod).some(({ role, container }) => {
    if (role === "ephemeral") return false;
    const list = role === "main" ? "containerStatuses" : "initContainerStatuses";
    const stateIn = (status: PodStatus | undefined) =>
      status?.[list]?.find(({ name }) => name === container.name)?.state;
    const end = stateIn(before)?.terminated;
    const now = stateIn(after);
    return end !== undefined && now !== undefined && !now.terminated && !startsAgain(pod, container, end.exitCode);
  });
}

/** The later of two versions of one pod. */
export function newer(a: Pod, b: Pod): Pod {
  return Number(b.metadata.resourceVersion) < Number(a.metadata.resourceVersion) ? a : b;
}
