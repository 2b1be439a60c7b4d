import type { ApiResponse } from "../../machinery/door.ts";
import { StatusError, badRequest, expired } from "../../machinery/errors.ts";
import type { KubeObject } from "../../machinery/kind.ts";
import { Compacted } from "../../store/store.ts";
import type { Entry, Snapshot, Store } from "../../store/store.ts";
import { bytesOf } from "../encoding/encode.ts";
import { jsonListChunks } from "../encoding/json.ts";
import type { Negotiated } from "../encoding/negotiate.ts";
import { protobufList } from "../encoding/protobuf.ts";
import { transformedList } from "../encoding/transform.ts";
import type { Exchange } from "../exchange.ts";
import { listOptionsOf } from "../options.ts";
import type { ListOptions } from "../options.ts";
import type { Resource } from "../resource.ts";
import { answerPlain, negotiated, respond } from "../respond.ts";
import { isCached, notOlderThan, parseRevision, whenReached } from "../revisions.ts";
import { decodeContinue, encodeContinue } from "./continue-token.ts";
import type { ContinueToken } from "./continue-token.ts";
import { selectionOf } from "./selection.ts";
import type { Selection } from "./selection.ts";

/** All objects that match, or a page of them, as of one revision. */
export function list(exchange: Exchange): ApiResponse | Promise<ApiResponse> {
  const resource = exchange.resource!;
  const form = negotiated(exchange);
  const options = listOptionsOf(exchange.query, false);
  const selection = selectionOf(resource, exchange.info, options);
  const page = pageOf(exchange, resource, selection, options);
  const answer = (of: Page): ApiResponse => answerPage(exchange, resource, form, of);
  return page instanceof Promise ? page.then(answer) : answer(page);
}

export function answerPage(exchange: Exchange, resource: Resource, form: Negotiated, page: Page): ApiResponse {
  if (form.as !== undefined) {
    const objects = page.entries.map((entry) => resource.view(entry));
    return answerPlain(exchange, transformedList(exchange, resource, form.as, page.meta, objects));
  }
  return respond(200, form.contentType, {
    form: "list",
    object: listObject(resource, page),
    chunks: () => chunksOf(form, resource, page),
  });
}

export interface Page {
  readonly meta: { resourceVersion: string; continue?: string; remainingItemCount?: number };
  readonly entries: readonly Entry[];
}

/** In-process callers read the items only when they ask, as the very objects of the store. */
function listObject(resource: Resource, page: Page): object {
  let items: readonly KubeObject[] | undefined;
  return {
    kind: resource.listKind,
    apiVersion: resource.apiVersion,
    metadata: page.meta,
    get items() {
      return (items ??= page.entries.map((entry) => resource.view(entry)));
    },
  };
}

function chunksOf(form: Negotiated, resource: Resource, page: Page): Iterable<Uint8Array> {
  if (form.format === "json" && !form.pretty) return jsonListChunks(resource, page.meta, page.entries);
  if (form.format === "protobuf") return [protobufList(resource, page.meta, page.entries)];
  const items = page.entries.map((entry) => {
    const { kind: _, apiVersion: __, ...rest } = resource.view(entry);
    return rest;
  });
  return [bytesOf(form, { kind: resource.listKind, apiVersion: resource.apiVersion, metadata: page.meta, items })];
}

/** Where another program converts objects, those that may belong to the page are converted first. */
export function pageOf(
  exchange: Exchange,
  resource: Resource,
  selection: Selection,
  options: ListOptions,
): Page | Promise<Page> {
  // One object has no pages: what would be said of them is not looked at.
  const token = options.continue === "" || selection.single ? undefined : decodeContinue(options.continue);
  if (token !== undefined && options.resourceVersion !== "" && options.resourceVersion !== "0") {
    throw badRequest("specifying resource version is not allowed when using continue");
  }
  const wanted = token?.revision ?? parseRevision(options.resourceVersion, "invalid resource version: ");
  // Exactly one revision of one object is no question for upstream's cache.
  const waits = isCached(resource) && !(selection.single && (options.continue !== "" || isExact(options)));
  const read = (): Page | Promise<Page> => pageIn(exchange.parts.store, resource, selection, options, token);
  return whenReached(exchange, wanted, waits, read);
}

function pageIn(
  store: Store,
  resource: Resource,
  selection: Selection,
  options: ListOptions,
  token: ContinueToken | undefined,
): Page | Promise<Page> {
  // What is cached has no pages where any revision will do.
  const whole = selection.single || (token === undefined && options.resourceVersion === "0" && isCached(resource));
  const paged = whole ? { ...options, limit: 0 } : options;
  const snapshot = token === undefined ? snapshotOf(store, paged) : continued(store, token);
  const start = token === undefined ? undefined : resource.prefix + token.after;
  if (selection.single) {
    return resource.readied([snapshot.get(selection.prefix)], () => singlePage(snapshot, resource, selection));
  }
  if (!resource.asks) return gather(snapshot, start, resource, selection, paged);
  const candidates = candidatesOf(snapshot, start, selection, paged);
  return resource.readied(candidates, () => gather(snapshot, start, resource, selection, paged));
}

/** Without a selector the page's entries; with one any may match. */
function candidatesOf(
  snapshot: Snapshot,
  start: string | undefined,
  { prefix, matches }: Selection,
  { limit }: ListOptions,
): Entry[] {
  const all = snapshot.range(prefix, start);
  if (limit === 0 || matches !== undefined) return [...all];
  const some: Entry[] = [];
  for (const entry of all) {
    if (some.length === limit) break;
    some.push(entry);
  }
  return some;
}

function gather(
  snapshot: Snapshot,
  start: string | undefined,
  resource: Resource,
  { prefix, matches }: Selection,
  options: ListOptions,
): Page {
  const entries: Entry[] = [];
  const { limit } = options;
  let more = false;
  for (const entry of snapshot.range(prefix, start)) {
    if (matches !== undefined && !matches(resource.view(entry))) continue;
    if (limit > 0 && entries.length === limit) {
      more = true;
      break;
    }
    entries.push(entry);
  }
  const meta: Page["meta"] = metaOf(resource, snapshot);
  if (more) {
    const last = entries.at(-1)!.key;
    meta.continue = encodeContinue({ revision: snapshot.revision, after: last.slice(resource.prefix.length) });
    // With a selector nobody has counted what is left.
    if (matches === undefined) meta.remainingItemCount = snapshot.count(prefix, last);
  }
  return { meta, entries };
}

function singlePage(snapshot: Snapshot, resource: Resource, { prefix, matches }: Selection): Page {
  const entry = snapshot.get(prefix);
  const holds = entry !== undefined && (matches === undefined || matches(resource.view(entry)));
  return { meta: metaOf(resource, snapshot), entries: holds ? [entry] : [] };
}

/** Lists of custom resources say `continue` even where there is nothing more. */
function metaOf({ kind }: Resource, { revision }: Snapshot): Page["meta"] {
  return { ...(kind.schema.custom && { continue: "" }), resourceVersion: String(revision) };
}

/**
 * | resourceVersion | match        | limit | reads                                  |
 * |-----------------|--------------|-------|----------------------------------------|
 * | none            |              |       | the newest                             |
 * | 0               |              |       | the newest; all of it where cached     |
 * | n               | none         | no    | the newest, which must not be older    |
 * | n               | none         | yes   | exactly n                              |
 * | n               | NotOlderThan |       | the newest, which must not be older    |
 * | n               | Exact        |       | exactly n                              |
 */
function snapshotOf(store: Store, options: ListOptions): Snapshot {
  const revision = parseRevision(options.resourceVersion);
  if (revision === undefined || revision === 0) return store.snapshot();
  if (!isExact(options)) return notOlderThan(store, revision);
  try {
    return store.snapshotAt(revision);
  } catch (error) {
    if (error instanceof Compacted) throw expired("The resourceVersion for the provided list is too old.");
    throw error;
  }
}

function isExact({ resourceVersionMatch: match, resourceVersion, limit }: ListOptions): boolean {
  return match === "Exact" || (match === "" && limit > 0 && resourceVersion !== "" && resourceVersion !== "0");
}

const TOO_OLD =
  "The provided continue parameter is too old to display a consistent list result. You can start a new list without the continue parameter, or use the continue token in this response to retrieve the remainder of the results. Continuing with the provided token results in an inconsistent list - objects that were created, modified, or deleted between the time the first chunk was returned and now may show up in the list.";

/** The moment the first page was read; a token with revision -1 goes on at the newest. */
function continued(store: Store, token: ContinueToken): Snapshot {
  if (token.revision < 0) return store.snapshot();
  try {
    return store.snapshotAt(token.revision);
  } catch (error) {
    if (!(error instanceof Compacted)) throw error;
    const { status } = expired(TOO_OLD);
    const metadata = { continue: encodeContinue({ ...token, revision: -1 }) };
    throw new StatusError({ ...status, metadata });
  }
}
