/**
 * A client that speaks `application/vnd.kubernetes.protobuf`, as client-go does, and one that speaks JSON: for every
 * built-in kind they see the same, and what they send means the same.
 */
import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import type { IncomingMessage } from "node:http";
import { Agent, request as httpsRequest } from "node:https";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import * as fc from "fast-check";
import { systemClock, systemRandom } from "../../adapters/clock/system-clock.ts";
import { openKeys } from "../../adapters/keys/cluster-keys.ts";
import { listen, type Listener } from "../../adapters/node-http/listener.ts";
import { type RunningApiServer, startApiServer } from "../../apps/tiphys/api-server.ts";
import { builtinKinds } from "../../src/api/index.ts";
import type { Kind } from "../../src/machinery/kind.ts";
import { silent } from "../../src/machinery/log.ts";
import { Status } from "../../src/machinery/meta/status.ts";
import { decodeObject, decodeObjectMessage } from "../../src/machinery/schema/kind-codec.ts";
import { decodeMessage, encodeMessage } from "../../src/machinery/schema/protobuf.ts";
import { envelope, openEnvelope } from "../../src/machinery/schema/protobuf-envelope.ts";
import { anyObject } from "../../src/machinery/schema/testing/arbitrary.ts";
import { Reader } from "../../src/machinery/schema/wire.ts";
import { apiVersionOf } from "../../src/machinery/scheme.ts";
import { type Resource, resourceOf } from "../../src/server/resource.ts";

const PROTOBUF = "application/vnd.kubernetes.protobuf";
const NAME = "sample";

/** Random ones of these would be acted on by the server itself: a definition is served, a namespace admits. */
const ACTED_ON = new Set(["CustomResourceDefinition", "APIService", "Namespace"]);

/** Bodies a kind is sent in both encodings. */
const BODIES = 3;

let folder: string;
let api: RunningApiServer;
let listener: Listener;
const agent = new Agent({ keepAlive: true, rejectUnauthorized: false });

before(async () => {
  folder = mkdtempSync(join(tmpdir(), "tiphys-protobuf-"));
  const keys = openKeys(folder, { now: systemClock.now() });
  api = await startApiServer({
    clock: systemClock,
    random: systemRandom,
    log: silent,
    keys: keys.tokens,
    tokenFile: "token,admin,1,system:masters\n",
  });
  listener = await listen(api.door, { port: 0, tls: { ...keys.serving, clientCa: keys.ca } });
  await api.bootstrap();
});

after(async () => {
  agent.destroy();
  await listener.close(0);
  await api.close();
  rmSync(folder, { recursive: true, force: true });
});

interface Reply {
  readonly status: number;
  readonly type: string;
  readonly bytes: Buffer;
}

function open(method: string, path: string, accept: string, body?: Uint8Array, type?: string) {
  return new Promise<IncomingMessage>((resolve, reject) => {
    const headers = { authorization: "Bearer token", accept, ...(type && { "content-type": type }) };
    const request = httpsRequest(listener.url + path, { method, headers, agent }, resolve);
    request.on("error", reject);
    request.end(body);
  });
}

async function ask(method: string, path: string, accept: string, body?: Uint8Array, type?: string): Promise<Reply> {
  const response = await open(method, path, accept, body, type);
  const bytes = Buffer.concat((await response.toArray()) as Buffer[]);
  return { status: response.statusCode!, type: response.headers["content-type"]!, bytes };
}

/** The first event of a watch: four bytes of length, then the event. */
async function firstEvent(path: string): Promise<{ type: string; object: Uint8Array }> {
  const response = await open("GET", path, `${PROTOBUF};stream=watch`);
  let bytes = Buffer.alloc(0);
  for await (const chunk of response) {
    bytes = Buffer.concat([bytes, chunk as Buffer]);
    if (bytes.length >= 4 && bytes.length >= 4 + bytes.readUInt32BE(0)) break;
  }
  const event = fieldsOf(bytes.subarray(4, 4 + bytes.readUInt32BE(0)));
  return { type: Buffer.from(event.get(1)![0]!).toString(), object: fieldsOf(event.get(2)![0]!).get(1)![0]! };
}

/** A message's fields by tag; all that are read here are length-delimited. */
function fieldsOf(bytes: Uint8Array): Map<number, Uint8Array[]> {
  const reader = new Reader(bytes);
  const fields = new Map<number, Uint8Array[]>();
  while (!reader.done) {
    const tag = reader.varint() >>> 3;
    fields.set(tag, [...(fields.get(tag) ?? []), reader.inner().rest()]);
  }
  return fields;
}

const parsed = (bytes: Uint8Array): object => JSON.parse(Buffer.from(bytes).toString()) as object;

/** What a protobuf client has in the end: defaults are the server's, so decoding must not need any. */
function opened(kind: Kind, bytes: Uint8Array): object {
  const { apiVersion, kind: name, raw } = openEnvelope(bytes);
  if (name === "Status") return decodeMessage(Status, raw, { kind: name, apiVersion });
  assert.deepEqual([apiVersion, name], [apiVersionOf(kind), kind.kind]);
  return decodeObjectMessage(kind, raw);
}

/** A list's items, which carry no type of their own. */
function items(kind: Kind, bytes: Uint8Array): object[] {
  const { kind: name, raw } = openEnvelope(bytes);
  assert.equal(name, resourceOf(kind).listKind);
  return (fieldsOf(raw).get(2) ?? []).map((item) => decodeObjectMessage(kind, item));
}

function pathOf(kind: Kind): string {
  const root = kind.group === "" ? `/api/${kind.version}` : `/apis/${kind.group}/${kind.version}`;
  const place = kind.scope === "Namespaced" ? "/namespaces/default" : "";
  return `${root}${place}/${kind.names.plural}`;
}

function samples(kind: Kind, count: number): Record<string, unknown>[] {
  const named = { name: NAME, ...(kind.scope === "Namespaced" && { namespace: "default" }) };
  return fc.sample(anyObject(kind.schema), { numRuns: count, seed: 7 }).map((object) => ({
    ...object,
    apiVersion: apiVersionOf(kind),
    kind: kind.kind,
    metadata: named,
  }));
}

/** Puts any object of the kind into the store, past validation: what is read must not depend on its sense. */
async function stored(kind: Kind, resource: Resource): Promise<void> {
  const [sample] = samples(kind, 1);
  const metadata = { ...(sample!["metadata"] as object), uid: "u", creationTimestamp: "2026-01-02T03:04:05Z" };
  const object = decodeObject(kind, { ...sample, metadata }) as unknown as Record<string, object>;
  const write = {
    key: resource.keyOf("default", NAME),
    expected: 0,
    object: (revision: number) => ({
      ...object,
      metadata: { ...object["metadata"], resourceVersion: String(revision) },
    }),
  };
  await api.store.commit([write], { user: "test", verb: "create" });
}

for (const kind of builtinKinds.filter(({ verbs }) => verbs.includes("get"))) {
  test(`${apiVersionOf(kind)} ${kind.kind}: get, list and watch say in protobuf what they say in JSON`, async () => {
    const resource = resourceOf(kind);
    if (!ACTED_ON.has(kind.kind) && kind.convert === undefined && kind.verbs.includes("create")) {
      await stored(kind, resource);
    }
    const path = pathOf(kind);
    const list = await ask("GET", path, "application/json");
    const listed = (parsed(list.bytes) as { items: { metadata: { name: string } }[] }).items;
    const typed = listed.map((item) => ({ apiVersion: apiVersionOf(kind), kind: kind.kind, ...item }));
    const protobuf = await ask("GET", path, PROTOBUF);
    assert.equal(protobuf.type, PROTOBUF);
    assert.deepEqual(items(kind, protobuf.bytes), typed);
    const [first] = typed;
    if (first === undefined) return;
    const one = await ask("GET", `${path}/${encodeURIComponent(first.metadata.name)}`, PROTOBUF);
    assert.deepEqual(opened(kind, one.bytes), first);
    if (!kind.verbs.includes("watch")) return;
    const event = await firstEvent(`${path}?watch=1&timeoutSeconds=5`);
    assert.equal(event.type, "ADDED");
    assert.deepEqual(opened(kind, event.object), first);
  });
}

for (const kind of builtinKinds.filter(({ verbs }) => verbs.includes("create"))) {
  test(`${apiVersionOf(kind)} ${kind.kind}: a body means the same in protobuf and in JSON`, async () => {
    for (const sample of samples(kind, BODIES)) {
      const path = `${pathOf(kind)}?dryRun=All`;
      const message = envelope(apiVersionOf(kind), kind.kind, encodeMessage(kind.schema, sample));
      const asJson = await ask(
        "POST",
        path,
        "application/json",
        Buffer.from(JSON.stringify(sample)),
        "application/json",
      );
      const asProtobuf = await ask("POST", path, "application/json", message, PROTOBUF);
      assert.deepEqual(
        [asProtobuf.status, settled(parsed(asProtobuf.bytes))],
        [asJson.status, settled(parsed(asJson.bytes))],
      );
    }
  });
}

const CHANCE =
  /^(uid|creationTimestamp|managedFields|time|clusterIPs?|nodePort|token|expirationTimestamp|lastTransitionTime)$/;

/**
 * Without what differs between any two requests. Maps are sorted in protobuf, and errors come in the order of what they
 * are about: the causes are compared as a set, the message, which repeats them, not at all.
 */
function settled(object: object): unknown {
  return JSON.parse(JSON.stringify(object), (key, value: unknown) => {
    if (CHANCE.test(key)) return undefined;
    if (key === "causes") return (value as object[]).map((cause) => JSON.stringify(cause)).toSorted();
    return key === "message" && object["kind" as keyof object] === "Status" ? undefined : value;
  });
}
