/**
 * WATCH: what changes below a prefix, from a revision on.
 *
 * The store calls in; what matches goes into a bounded queue, and the door takes batches out of it. A watcher that
 * does not keep up is ended (its client lists anew), so that memory stays bounded. An event is one object for all its
 * watchers, and so are its bytes.
 */
import type { ApiResponse, WatchEvent } from "../../machinery/door.ts";
import { tooOldResourceVersion } from "../../machinery/errors.ts";
import type { KubeObject } from "../../machinery/kind.ts";
import { Compacted, FutureRevision } from "../../store/store.ts";
import type { Change, Entry, WatchListener } from "../../store/store.ts";
import { MEDIA_TYPES, checkStreamed } from "../encoding/negotiate.ts";
import { eventMaker } from "../encoding/events.ts";
import type { EventMaker } from "../encoding/events.ts";
import type { Exchange } from "../exchange.ts";
import { listOptionsOf } from "../options.ts";
import { flag } from "../query.ts";
import type { ListOptions } from "../options.ts";
import type { Resource } from "../resource.ts";
import { negotiated, respond, statusErrorOf } from "../respond.ts";
import { isCached, parseRevision, whenReached } from "../revisions.ts";
import { pageOf } from "./list.ts";
import type { Page } from "./list.ts";
import { selectionOf } from "./selection.ts";
import type { Selection } from "./selection.ts";

/** Events that may wait for a slow client; upstream's watch cache allows between 10 and 1000. */
const QUEUE_LIMIT = 10_000;

/** Upstream's bookmark frequency, and how long before its end a watch sends another. */
const BOOKMARK_MILLISECONDS = 60_000;
const BEFORE_END_MILLISECONDS = 2000;

export function watch(exchange: Exchange): ApiResponse | Promise<ApiResponse> {
  const resource = exchange.resource!;
  const form = negotiated(exchange);
  // By the old path alone its options are held to be a list's.
  const options = listOptionsOf(exchange.query, flag(exchange.query, "watch"));
  const selection = selectionOf(resource, exchange.info, options);
  const revision = parseRevision(options.resourceVersion);
  const maker = eventMaker(exchange, resource, form);
  checkStreamed(form);
  const watcher = new Watcher(exchange, resource, selection, options, maker);
  const started = watcher.start(revision);
  const contentType = form.format === "protobuf" ? `${MEDIA_TYPES.protobuf};stream=watch` : MEDIA_TYPES[form.format];
  const answer = (): ApiResponse => respond(200, contentType, { form: "watch", events: watcher });
  return started === undefined ? answer() : started.then(answer);
}

class Watcher implements AsyncIterable<readonly WatchEvent[]> {
  readonly #exchange: Exchange;
  readonly #resource: Resource;
  readonly #selection: Selection;
  readonly #options: ListOptions;
  readonly #make: EventMaker;
  #queue: WatchEvent[] = [];
  #ended = false;
  #wake: (() => void) | undefined;
  /** Changes whose objects are being converted, and the last of that work. */
  #waiting = 0;
  #telling: Promise<void> = Promise.resolve();
  readonly #stops: (() => void)[] = [];

  constructor(exchange: Exchange, resource: Resource, selection: Selection, options: ListOptions, make: EventMaker) {
    this.#exchange = exchange;
    this.#resource = resource;
    this.#selection = selection;
    this.#options = options;
    this.#make = make;
  }

  /**
   * `revision` undefined or 0: begins with what is there. Of one that does not exist yet tells what comes after it;
   * but who wants what is there as of then waits for it, and is told in an event where it does not come.
   */
  start(revision: number | undefined): Promise<void> | undefined {
    const { store } = this.#exchange.parts;
    const { sendInitialEvents } = this.#options;
    const initial = sendInitialEvents ?? (revision === undefined || revision === 0);
    if (!initial) return this.#follow(revision === undefined || revision === 0 ? store.revision : revision);
    if (revision === undefined || revision <= store.revision) return this.#startWithAll();
    const waits = isCached(this.#resource);
    const refuse = (): undefined => this.#failed(new FutureRevision(revision, store.revision));
    if (!waits) return refuse();
    return whenReached(this.#exchange, revision, waits, () =>
      revision > store.revision ? refuse() : this.#startWithAll(),
    );
  }

  #startWithAll(): Promise<void> | undefined {
    const { sendInitialEvents, allowWatchBookmarks, watch: asked } = this.#options;
    // Who asks for a watch and names no revision is taken to have asked for the beginning, and is told where it ends.
    const tellsEnd = allowWatchBookmarks && (sendInitialEvents ?? asked);
    const begin = (page: Page): undefined => {
      const from = this.#sendInitial(page);
      if (tellsEnd) this.#push(this.#make.bookmark(from, true));
      this.#follow(from);
    };
    const all = { ...this.#options, limit: 0, continue: "", resourceVersion: "", resourceVersionMatch: "" };
    const page = pageOf(this.#exchange, this.#resource, this.#selection, all);
    return page instanceof Promise ? page.then(begin) : begin(page);
  }

  #follow(from: number): undefined {
    const { parts, request } = this.#exchange;
    this.#subscribe(from);
    const end = this.#scheduleEnd();
    if (this.#options.allowWatchBookmarks) this.#scheduleBookmark(from, end - BEFORE_END_MILLISECONDS);
    const abort = (): void => this.#end();
    request.signal.addEventListener("abort", abort, { once: true });
    this.#atEnd(() => request.signal.removeEventListener("abort", abort));
    if (request.signal.aborted) this.#end();
    const labels = { ...this.#resource.groupResource };
    parts.metrics.watchers.add(1, labels);
    this.#atEnd(() => parts.metrics.watchers.add(-1, labels));
  }

  /** An ADDED for each object there is. Returns the revision they were read at. */
  #sendInitial(page: Page): number {
    for (const entry of page.entries) this.#tell(this.#make.stored("ADDED", entry));
    return Number(page.meta.resourceVersion);
  }

  #subscribe(from: number): void {
    const { store } = this.#exchange.parts;
    const listener: WatchListener = {
      changes: (changes) => this.#converted(changes),
      lost: (cause) => this.#expired(cause),
    };
    const { servedSince = 0 } = this.#resource.kind;
    if (from < servedSince) return this.#expired(new Compacted(from, servedSince));
    try {
      this.#atEnd(store.watch(this.#selection.prefix, from, listener));
    } catch (error) {
      if (!(error instanceof Compacted)) throw error;
      this.#expired(error);
    }
  }

  #expired({ revision, compactedRevision }: Compacted): void {
    const { status } = tooOldResourceVersion(revision, compactedRevision);
    this.#push(this.#make.error(status));
    this.#end();
  }

  /** Where another program converts objects, changes wait for it in their order. */
  #converted(changes: readonly Change[]): void {
    if (!this.#resource.asks) return this.#changed(changes);
    const entries = changes.flatMap(({ before, after }) => [before, after]);
    this.#waiting += changes.length;
    if (this.#waiting > QUEUE_LIMIT) return this.#tooSlow();
    const tell = async (): Promise<void> => {
      if (this.#ended) return;
      await this.#resource.ready(entries);
      this.#waiting -= changes.length;
      if (!this.#ended) this.#changed(changes);
    };
    this.#telling = this.#telling.then(tell).catch((error: unknown) => this.#failed(error));
  }

  #failed(error: unknown): undefined {
    if (this.#ended) return;
    this.#push(this.#make.error(statusErrorOf(this.#exchange, error).status));
    this.#end();
  }

  #changed(changes: readonly Change[]): void {
    for (const change of changes) {
      const event = this.#eventOf(change);
      if (event !== undefined) this.#tell(event);
    }
    if (this.#queue.length > QUEUE_LIMIT) this.#tooSlow();
    if (this.#queue.length > 0) this.#wake?.();
  }

  #tooSlow(): void {
    this.#exchange.parts.log.warn("a watch was ended because its client does not keep up", {
      path: this.#exchange.info.path,
      user: this.#exchange.user.username,
    });
    this.#queue = [];
    this.#end();
  }

  /** What a change means to a watcher with a selector: objects come into it and go out of it. */
  #eventOf(change: Change): WatchEvent | undefined {
    const { before, after } = change;
    const was = before !== undefined && this.#holds(before);
    const is = after !== undefined && this.#holds(after);
    if (is) return this.#make.changed(was ? "MODIFIED" : "ADDED", after, change);
    return was ? this.#make.deleted(before, change) : undefined;
  }

  #holds(entry: Entry): boolean {
    const { matches } = this.#selection;
    return matches === undefined || matches(this.#resource.view(entry) as KubeObject);
  }

  /** Returns when that will be. */
  #scheduleEnd(): number {
    const { parts } = this.#exchange;
    const asked = this.#options.timeoutSeconds;
    // Spread out, so that clients do not all come back at once.
    const seconds =
      asked !== undefined && asked > 0 ? asked : parts.flags.minRequestTimeout * (1 + parts.random.next());
    this.#atEnd(parts.clock.after(seconds * 1000, () => this.#end()));
    return parts.clock.now() + seconds * 1000;
  }

  /** Every minute, and `last`, but none that is older than the client is (`from`), so that whoever comes back has little to catch up with. */
  #scheduleBookmark(from: number, last: number): void {
    const { clock, store } = this.#exchange.parts;
    let cancel = (): void => {};
    const next = (): void => {
      const left = last - clock.now();
      cancel = clock.after(left > 0 ? Math.min(left, BOOKMARK_MILLISECONDS) : BOOKMARK_MILLISECONDS, () => {
        // What is still being converted is older than this revision: the next bookmark tells it.
        if (this.#waiting === 0 && store.revision >= from) this.#push(this.#make.bookmark(store.revision, false));
        if (!this.#ended) next();
      });
    };
    next();
    this.#atEnd(() => cancel());
  }

  #push(event: WatchEvent): void {
    this.#tell(event);
    this.#wake?.();
  }

  #tell(event: WatchEvent): void {
    if (this.#make.mute && event.type !== "ERROR") this.#end();
    else if (!this.#ended) this.#queue.push(event);
  }

  /** Runs `stop` when the watch ends; at once where it has, as one that begins too far back does in its beginning. */
  #atEnd(stop: () => void): void {
    if (this.#ended) stop();
    else this.#stops.push(stop);
  }

  #end(): void {
    if (this.#ended) return;
    this.#ended = true;
    for (const stop of this.#stops.splice(0)) stop();
    this.#wake?.();
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<readonly WatchEvent[], void, undefined> {
    try {
      for (;;) {
        if (this.#queue.length > 0) {
          const batch = this.#queue;
          this.#queue = [];
          yield batch;
          continue;
        }
        if (this.#ended) return;
        await new Promise<void>((resolve) => (this.#wake = resolve));
        this.#wake = undefined;
      }
    } finally {
      this.#end();
    }
  }
}
