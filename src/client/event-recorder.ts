/**
 * Tells people what happened to an object, as Events (`kubectl describe`), without flooding the server:
 *
 * - the same event again only raises its count (a patch);
 * - more than 10 events in 10 minutes that differ only in their message become one,
 *   "(combined from similar events): …";
 * - one object gets 25 events at once, then one each 5 minutes; the rest is dropped.
 *
 * Telling never fails and never waits: what cannot be written is dropped. What is told goes to the server a moment
 * later and together ({@link PAUSE}).
 */
import { Event } from "../api/core/event.ts";
import type { ObjectReference } from "../api/core/references.ts";
import type { Clock } from "../machinery/clock.ts";
import type { Cause } from "../machinery/door.ts";
import { isReason } from "../machinery/errors.ts";
import type { KubeObject } from "../machinery/kind.ts";
import type { Log } from "../machinery/log.ts";
import type { Random } from "../machinery/random.ts";
import { TokenBucket } from "./back-off.ts";
import type { Client } from "./client.ts";
import { formatMicroTime, formatTime } from "../machinery/time.ts";

export interface EventRecorder {
  /** `about` is an object, or a reference to one (with `fieldPath` for a container). */
  event(
    about: KubeObject | ObjectReference,
    type: "Normal" | "Warning",
    reason: string,
    message: string,
    more?: EventDetails,
  ): void;
  /** Resolves when all that was told so far is written or given up. */
  settled(): Promise<void>;
  /** Writes at once what waits, and takes no more: nothing of it keeps a process that could end. */
  stop(): void;
}

export interface EventDetails {
  /** What was done or tried, such as `Binding`; only the newer form shows it. */
  readonly action?: string;
  /** Who else has to do with it. */
  readonly related?: KubeObject | ObjectReference;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly cause?: Cause;
}

export interface EventRecorderOptions {
  readonly client: Client;
  /** Such as `deployment-controller` or `kubelet`. */
  readonly component: string;
  /** The node, where one speaks. */
  readonly host?: string;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  /** `events`: as events.k8s.io/v1 clients write them, with eventTime and a series (the scheduler). Default `core`. */
  readonly form?: "core" | "events";
}

/** Objects and messages remembered; the longest unused is forgotten first. */
const REMEMBERED = 4096;
/** Differing messages before they are combined, and for how long they count (milliseconds). */
const SIMILAR = 10;
const SIMILAR_WINDOW = 600_000;
/** Events of one object at once, and a second after that. */
const BURST = 25;
const PER_SECOND = 1 / 300;
/** Writes that may wait. */
const PENDING = 1000;
/**
 * Milliseconds that an event waits, with all that are told meanwhile. A pod that was bound is news for its kubelet first:
 * written at once, the event of it would take the processor and the store's next turn from what follows.
 */
const PAUSE = 1000;
/** With so many waiting they are written at once: a pause is for the news of a few objects, not for a flood. */
const CROWD = 200;
/** The server keeps no more of a message. */
const MESSAGE_LENGTH = 1024;

interface Written {
  name: string;
  count: number;
  first: string;
}

interface Similar {
  messages: Set<string>;
  last: number;
}

interface Told {
  readonly about: ObjectReference;
  readonly namespace: string;
  readonly type: string;
  readonly reason: string;
  readonly message: string;
  readonly more: EventDetails;
  readonly at: number;
}

export function createEventRecorder(options: EventRecorderOptions): EventRecorder {
  return new Recorder(options);
}

class Recorder implements EventRecorder {
  private readonly options: EventRecorderOptions;
  private readonly buckets = new Lru<TokenBucket>(REMEMBERED);
  private readonly similar = new Lru<Similar>(REMEMBERED);
  private readonly written = new Lru<Written>(REMEMBERED);
  /** Writes of the same event go one after the other, different ones side by side. */
  private readonly chains = new Map<string, Promise<void>>();
  private pending = 0;
  private pause: { readonly over: Promise<void>; readonly end: () => void } | undefined;
  private serial = 0;
  private stopped = false;

  constructor(options: EventRecorderOptions) {
    this.options = options;
  }

  event(
    about: KubeObject | ObjectReference,
    type: "Normal" | "Warning",
    reason: string,
    message: string,
    more: EventDetails = {},
  ): void {
    const reference = referenceTo(about);
    const namespace = reference.namespace === undefined || reference.namespace === "" ? "default" : reference.namespace;
    const object = [reference.kind, reference.namespace, reference.name, reference.uid].join("|");
    const bucket = this.buckets.getOr(object, () => new TokenBucket(this.options.clock, PER_SECOND, BURST));
    if (this.stopped || !bucket.take() || this.pending >= PENDING) return;

    const group = [object, reference.fieldPath, type, reason, more.action].join("|");
    const { key, text } = this.combine(group, clip(message));
    const at = this.options.clock.now();
    this.enqueue(key, { about: reference, namespace, type, reason, message: text, more, at });
  }

  async settled(): Promise<void> {
    this.pause?.end();
    while (this.chains.size > 0) await Promise.all(this.chains.values());
  }

  stop(): void {
    this.stopped = true;
    this.pause?.end();
  }

  /** Under which key an event counts, and its text. */
  private combine(group: string, message: string): { key: string; text: string } {
    const now = this.options.clock.now();
    const similar = this.similar.getOr(group, () => ({ messages: new Set<string>(), last: now }));
    if (now - similar.last > SIMILAR_WINDOW) similar.messages.clear();
    similar.last = now;
    if (similar.messages.size < SIMILAR) similar.messages.add(message);
    if (similar.messages.has(message)) return { key: `${group}|${message}`, text: message };
    return { key: group, text: clip(`(combined from similar events): ${message}`) };
  }

  private enqueue(key: string, told: Told): void {
    this.pending++;
    const before = this.chains.get(key) ?? this.pauseOver();
    const next = before
      .then(() => this.write(key, told))
      .catch((error: unknown) => {
        this.options.log.debug("an event could not be written", { reason: told.reason, error: String(error) });
      })
      .finally(() => {
        this.pending--;
        if (this.chains.get(key) === next) this.chains.delete(key);
      });
    this.chains.set(key, next);
    if (this.pending >= CROWD) this.pause?.end();
  }

  private pauseOver(): Promise<void> {
    if (this.pause === undefined) {
      const { promise, resolve } = Promise.withResolvers<void>();
      const end = (): void => {
        cancel();
        this.pause = undefined;
        resolve();
      };
      const cancel = this.options.clock.after(PAUSE, end);
      this.pause = { over: promise, end };
    }
    return this.pause.over;
  }

  private async write(key: string, told: Told): Promise<void> {
    const known = this.written.get(key);
    if (known !== undefined) {
      try {
        await this.recount(known, told);
        return;
      } catch (error) {
        if (!isReason(error, "NotFound")) throw error;
      }
    }
    await this.create(key, told);
  }

  private async recount(known: Written, told: Told): Promise<void> {
    const { client, form } = this.options;
    const now = told.at;
    known.count++;
    const body =
      form === "events"
        ? { series: { count: known.count, lastObservedTime: formatMicroTime(now) } }
        : { count: known.count, lastTimestamp: formatTime(now), message: told.message };
    await client.patch(Event, known.name, told.namespace, { type: "strategic", body }, causeOf(told));
  }

  private async create(key: string, told: Told): Promise<void> {
    const { client, component, host, form } = this.options;
    const now = told.at;
    const first = formatTime(now);
    const name = `${told.about.name}.${this.suffix(now)}`;
    const { action, related, annotations } = told.more;
    const event = await client.create(
      Event,
      {
        metadata: { name, namespace: told.namespace, ...(annotations !== undefined && { annotations }) },
        involvedObject: told.about,
        reason: told.reason,
        message: told.message,
        type: told.type,
        ...(related !== undefined && { related: referenceTo(related) }),
        ...(action !== undefined && { action }),
        reportingComponent: component,
        reportingInstance: host ?? (form === "events" ? component : ""),
        ...(form === "events"
          ? { source: {}, firstTimestamp: null, lastTimestamp: null, eventTime: formatMicroTime(now) }
          : {
              source: { component, ...(host !== undefined && { host }) },
              firstTimestamp: first,
              lastTimestamp: first,
              eventTime: null,
              count: 1,
            }),
      } as never,
      causeOf(told),
    );
    this.written.set(key, { name: event.metadata.name, count: 1, first });
  }

  /** Nanoseconds since the epoch in hex, as upstream; the clock's milliseconds with a serial number below them. */
  private suffix(now: number): string {
    this.serial = (this.serial + 1) % 1_000_000;
    return (BigInt(Math.floor(now)) * 1_000_000n + BigInt(this.serial)).toString(16);
  }
}

function causeOf({ more: { cause } }: Told): { readonly cause?: Cause } {
  return cause === undefined ? {} : { cause };
}

function clip(message: string): string {
  return message.length <= MESSAGE_LENGTH ? message : message.slice(0, MESSAGE_LENGTH);
}

function referenceTo(about: KubeObject | ObjectReference): ObjectReference {
  if (!("metadata" in about)) return about;
  const { apiVersion, kind, metadata } = about;
  const { name, namespace, uid, resourceVersion } = metadata;
  return { kind, ...(namespace !== undefined && { namespace }), name, uid, apiVersion, resourceVersion };
}

/** A map that forgets what was not used for longest. */
class Lru<V> {
  private readonly limit: number;
  private readonly entries = new Map<string, V>();

  constructor(limit: number) {
    this.limit = limit;
  }

  get(key: string): V | undefined {
    const value = this.entries.get(key);
    if (value === undefined) return undefined;
    this.entries.delete(key);
    this.entries.set(key, value);
    return value;
  }

  getOr(key: string, make: () => V): V {
    const value = this.get(key);
    if (value !== undefined) return value;
    const made = make();
    this.set(key, made);
    return made;
  }

  set(key: string, value: V): void {
    this.entries.delete(key);
    this.entries.set(key, value);
    if (this.entries.size <= this.limit) return;
    for (const oldest of this.entries.keys()) {
      this.entries.delete(oldest);
      return;
    }
  }
}
