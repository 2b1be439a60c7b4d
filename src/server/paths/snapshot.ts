/**
 * `GET /tiphys/v1/snapshot`: everything in the store as of one moment, while the cluster goes on; see told-snapshot.ts.
 *
 *     ?at=15m        a moment of the past (see moment.ts); without it the newest
 *
 * Objects are sent as the client takes them, so none of it lies in memory twice. It holds all Secrets: no resource, and so allowed by
 * RBAC rules for `nonResourceURLs` only; by default administrators may read it.
 */
import { sleep } from "../../machinery/clock.ts";
import type { ApiResponse } from "../../machinery/door.ts";
import type { KubeObject } from "../../machinery/kind.ts";
import { jsonHead } from "../../machinery/schema/kind-codec.ts";
import type { Scheme } from "../../machinery/scheme.ts";
import { formatTime } from "../../machinery/time.ts";
import type { SnapshotEnd, SnapshotHead } from "../../machinery/told-snapshot.ts";
import type { Entry, Snapshot } from "../../store/store.ts";
import { encodeJson, encodeText, objectCodec } from "../encoding/json.ts";
import type { Exchange } from "../exchange.ts";
import { snapshotOf } from "../moment.ts";
import type { Parts } from "../parts.ts";
import { respond } from "../respond.ts";
import { VERSION } from "./version.ts";

const PATH = "/tiphys/v1/snapshot";

/** Bytes that go out together. */
const PIECE = 64 * 1024;

export function installSnapshot({ routes }: Parts): void {
  routes.path(PATH, async (exchange): Promise<ApiResponse> => {
    const { parts, query, received } = exchange;
    await parts.store.refresh?.();
    const snapshot = snapshotOf(parts.store, query.get("at") || "now", received);
    return respond(200, "application/x-ndjson", { form: "stream", chunks: pieces(exchange, snapshot) });
  });
}

async function* pieces(exchange: Exchange, snapshot: Snapshot): AsyncGenerator<Uint8Array, void> {
  const { clock } = exchange.parts;
  let piece: Uint8Array[] = [];
  let size = 0;
  for (const part of parts(exchange, snapshot)) {
    piece.push(part);
    size += part.length;
    if (size < PIECE) continue;
    yield joined(piece, size);
    piece = [];
    size = 0;
    // A client that takes everything at once must not keep others waiting.
    await sleep(clock, 0, exchange.request.signal);
  }
  yield joined(piece, size);
}

function* parts({ parts: { scheme }, received }: Exchange, snapshot: Snapshot): Generator<Uint8Array, void> {
  const objects = snapshot.count("");
  const system = snapshot.get("/core/namespaces/kube-system")?.object as KubeObject | undefined;
  const head: SnapshotHead = {
    kind: "Snapshot",
    apiVersion: "tiphys/v1",
    revision: snapshot.revision,
    time: formatTime(received),
    cluster: system?.metadata.uid ?? "",
    version: VERSION.gitVersion,
    objects,
  };
  yield encodeJson(head);
  for (const entry of snapshot.range("")) {
    yield encodeText(`{"key":${JSON.stringify(entry.key)},"object":`);
    yield* objectOf(scheme, entry);
    yield END_OF_LINE;
  }
  const end: SnapshotEnd = { kind: "SnapshotEnd", objects };
  yield encodeJson(end);
}

const END_OF_LINE = encodeText("}\n");
const OPENING = encodeText("{");

/**
 * Bytes that are there are used; those that are not are not kept: a snapshot must not fill the memory. Custom objects say
 * themselves what they are (see ../encoding/json.ts).
 */
function* objectOf(scheme: Scheme, entry: Entry): Generator<Uint8Array, void> {
  const [, group = "", resource = ""] = entry.key.split("/");
  const kind = scheme.stored({ group, resource });
  yield kind === undefined || kind.schema.custom ? OPENING : jsonHead(kind);
  yield entry.encodings.get("json") ?? objectCodec(scheme).encode(entry.object, entry.key);
}

function joined(parts: readonly Uint8Array[], size: number): Uint8Array {
  const bytes = new Uint8Array(size);
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}
