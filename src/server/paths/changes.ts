/**
 * `GET /tiphys/v1/changes`: who wrote what, when, and because of what. The story is made of it.
 *
 *     ?after=200&until=300        the revisions in between; without them all that the log keeps
 *     ?object=deployment/web&namespace=default   only what belongs to this object's story
 *     ?limit=500                  at most so many; `metadata.continue` is the next `after`
 *     ?watch=1                    and then each new one as it happens
 *
 * No resource, and so allowed by RBAC rules for `nonResourceURLs`; only system:masters may read it by default, because
 * it tells of all namespaces.
 */
import type { ApiResponse, WatchEvent } from "../../machinery/door.ts";
import { badRequest } from "../../machinery/errors.ts";
import { quote } from "../../machinery/go-text.ts";
import type { ChangeList, ToldChange } from "../../machinery/told-change.ts";
import type { Change } from "../../store/store.ts";
import { findObject, missing } from "../changes/find-object.ts";
import type { Found } from "../changes/find-object.ts";
import { Past, rowsOf } from "../changes/history.ts";
import type { Row } from "../changes/history.ts";
import { Relation } from "../changes/relation.ts";
import { tell } from "../changes/tell.ts";
import { encodeJson } from "../encoding/json.ts";
import type { Exchange } from "../exchange.ts";
import type { Parts } from "../parts.ts";
import { flag } from "../query.ts";
import { respond } from "../respond.ts";

const PATH = "/tiphys/v1/changes";

/** The most changes of one answer. */
const MOST_ITEMS = 20_000;
const DEFAULT_LIMIT = 1000;

/** So many revisions are read before others get their turn. */
const SLICE = 1000;

/** Changes that may wait for a slow reader. */
const QUEUE_LIMIT = 10_000;

export function installChanges({ routes }: Parts): void {
  routes.path(PATH, (exchange) => (flag(exchange.query, "watch") ? watch(exchange) : list(exchange)));
}

/** Reads the log in order and says what of it is told. */
class Reader {
  readonly found: Found | undefined;
  readonly #exchange: Exchange;
  readonly #past = new Past();
  readonly #relation: Relation | undefined;

  constructor(exchange: Exchange) {
    const { query, parts } = exchange;
    this.#exchange = exchange;
    const object = query.get("object");
    if (object === "") return;
    this.found = findObject(parts.scheme, object, query.get("namespace") || "default");
    this.#relation = new Relation(this.found.key, parts.store, parts.scheme, this.#past);
  }

  read(row: Row): ToldChange[] {
    this.#past.add(row);
    const rows = this.#relation === undefined ? [row] : this.#relation.include(row);
    return rows.flatMap((each) => tell(each, this.#past, this.#exchange.parts.scheme) ?? []);
  }

  /** Whether there is, or was within the log, what is asked for. */
  get exists(): boolean {
    if (this.found === undefined) return true;
    return this.#past.of(this.found.key).length > 0 || this.#exchange.parts.store.head(this.found.key) !== undefined;
  }
}

async function list(exchange: Exchange): Promise<ApiResponse> {
  const { store } = exchange.parts;
  const reader = new Reader(exchange);
  const after = numberOf(exchange, "after", store.compactedRevision);
  const until = Math.min(numberOf(exchange, "until", store.revision), store.revision);
  // A story is told whole, its end rather than its beginning.
  const whole = reader.found !== undefined;
  const limit = Math.min(MOST_ITEMS, numberOf(exchange, "limit", whole ? MOST_ITEMS : DEFAULT_LIMIT) || MOST_ITEMS);
  let items: ToldChange[] = [];
  let truncated = false;
  let next: number | undefined;
  for await (const row of slowly(exchange, after, until)) {
    if (!whole && items.length >= limit) {
      next = items.at(-1)!.revision;
      break;
    }
    items.push(...reader.read(row));
    if (items.length >= 2 * limit) {
      items = items.slice(-limit);
      truncated = true;
    }
  }
  if (!reader.exists) throw missing(reader.found!);
  truncated ||= items.length > limit;
  const document: ChangeList = {
    kind: "ChangeList",
    apiVersion: "tiphys/v1",
    metadata: {
      resourceVersion: String(until),
      compactedRevision: String(store.compactedRevision),
      ...(next !== undefined && { continue: String(next) }),
      ...(truncated && { truncated: true as const }),
    },
    items: truncated ? items.slice(-limit) : items,
  };
  const bytes = (): Uint8Array => encodeJson(document);
  return respond(200, "application/json", { form: "object", object: document, bytes });
}

/** The rows of the log; others get their turn in between. */
async function* slowly({ parts: { store, clock } }: Exchange, after: number, until: number): AsyncGenerator<Row, void> {
  let count = 0;
  for (const row of rowsOf(store, store.changes(after, until))) {
    if (++count % SLICE === 0) await new Promise<void>((resolve) => clock.after(0, resolve));
    yield row;
  }
}

function watch(exchange: Exchange): ApiResponse {
  const { store } = exchange.parts;
  const reader = new Reader(exchange);
  const after = numberOf(exchange, "after", store.compactedRevision);
  return respond(200, "application/json", { form: "watch", events: follow(exchange, reader, after) });
}

/** What the log has after `after`, then what happens, in order and each once. Ends with the request. */
async function* follow(exchange: Exchange, reader: Reader, after: number): AsyncGenerator<readonly WatchEvent[], void> {
  const { store } = exchange.parts;
  const until = store.revision;
  const news = new News(exchange);
  try {
    for await (const row of slowly(exchange, after, until)) {
      const events = reader.read(row).map(eventOf);
      if (events.length > 0) yield events;
      if (news.ended) return;
    }
    for (let batch = await news.take(); batch !== undefined; batch = await news.take()) {
      const events = [...rowsOf(store, batch)].flatMap((row) => reader.read(row).map(eventOf));
      if (events.length > 0) yield events;
    }
  } finally {
    news.stop();
  }
}

/** What happens from now on, until the request ends. */
class News {
  ended: boolean;
  readonly stop: () => void;
  #queue: Change[] = [];
  #wake: (() => void) | undefined;

  constructor({ request: { signal }, parts: { store, log }, user }: Exchange) {
    this.ended = signal.aborted;
    const end = (): void => this.#end();
    signal.addEventListener("abort", end, { once: true });
    const unwatch = store.watch("", store.revision, {
      changes: (changes) => {
        this.#queue.push(...changes);
        if (this.#queue.length > QUEUE_LIMIT) {
          log.warn("a reader of changes was ended because it does not keep up", { user: user.username });
          this.#end();
        }
        this.#wake?.();
      },
    });
    this.stop = () => {
      unwatch();
      signal.removeEventListener("abort", end);
      this.#end();
    };
  }

  /** What has happened since, once something has; undefined at the end. */
  async take(): Promise<readonly Change[] | undefined> {
    if (this.#queue.length === 0 && !this.ended) await new Promise<void>((resolve) => (this.#wake = resolve));
    if (this.ended) return undefined;
    const batch = this.#queue;
    this.#queue = [];
    return batch;
  }

  #end(): void {
    this.ended = true;
    this.#queue = [];
    this.#wake?.();
  }
}

function eventOf(object: ToldChange): WatchEvent {
  return { type: "ADDED", object, bytes: () => encodeJson({ type: "ADDED", object }) };
}

function numberOf({ query }: Exchange, name: string, otherwise: number): number {
  const text = query.get(name);
  if (text === "") return otherwise;
  if (!/^\d{1,15}$/.test(text)) throw badRequest(`${name} must be a revision, a whole number, and not ${quote(text)}`);
  return Number(text);
}
