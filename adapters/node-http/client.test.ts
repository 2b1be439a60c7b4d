import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { channelPair } from "../../src/machinery/channels.ts";
import type { ApiRequest, Channels, Door, WatchEvent } from "../../src/machinery/door.ts";
import { remoteDoor, type RemoteServer, watchEvents } from "./client.ts";
import { listen } from "./listener.ts";
import { testCertificates } from "./testing/certificates.ts";

const certificates = testCertificates();

async function remote(t: TestContext, door: Door, options: Partial<RemoteServer> & { plain?: boolean } = {}) {
  const tls = options.plain ? undefined : { ...certificates.server, clientCa: certificates.ca };
  const listener = await listen(door, { port: 0, tls });
  const client = remoteDoor({ url: listener.url, ca: certificates.ca, ...options });
  t.after(async () => {
    client.close();
    await listener.close(0);
  });
  return { ...client, listener };
}

const asked = (method: string, path: string, more: Partial<ApiRequest> = {}): ApiRequest => ({
  method,
  path,
  query: "",
  headers: {},
  peer: { address: "test" },
  signal: new AbortController().signal,
  ...more,
});

const echo: Door = async ({ method, path, query, headers, body, peer }) => {
  const object = {
    method,
    path,
    query,
    type: headers["content-type"],
    authorization: headers["authorization"],
    groups: headers["impersonate-group"],
    body: body?.form === "bytes" ? (JSON.parse(Buffer.from(body.bytes).toString()) as unknown) : undefined,
    user: peer.certificate?.commonName,
  };
  return {
    status: method === "POST" ? 201 : 200,
    headers: { "content-type": "application/json", warning: ['299 - "a, b"', '299 - "é 二"'] },
    body: { form: "object", object, bytes: () => Buffer.from(JSON.stringify(object)) },
  };
};

const objectOf = async (answer: ReturnType<Door>): Promise<Record<string, unknown>> => {
  const { body } = await answer;
  assert.equal(body.form, "object");
  return (body as { object: Record<string, unknown> }).object;
};

for (const plain of [false, true]) {
  test(`${plain ? "HTTP/1.1" : "HTTP/2"}: requests go out and objects come back`, async (t) => {
    const { door } = await remote(t, echo, { plain });
    const body = { form: "object", object: { a: 1 } } as const;
    const answer = await door(asked("POST", "/api/v1/a b/c", { query: "x=1", body }));
    assert.equal(answer.status, 201);
    assert.deepEqual(answer.headers["warning"], ['299 - "a, b"', '299 - "é 二"']);
    assert.deepEqual(await objectOf(Promise.resolve(answer)), {
      method: "POST",
      path: "/api/v1/a b/c",
      query: "x=1",
      type: "application/json",
      body: { a: 1 },
    });
    const as = { "impersonate-user": "jane", "impersonate-group": "a,b\nc" };
    assert.equal((await objectOf(door(asked("GET", "/as", { headers: as }))))["groups"], "a,b\nc");
    const all = await Promise.all(Array.from({ length: 300 }, (_, i) => objectOf(door(asked("GET", `/${i}`)))));
    assert.deepEqual(
      all.map(({ path }) => path),
      Array.from({ length: 300 }, (_, i) => `/${i}`),
    );
  });

  test(`${plain ? "HTTP/1.1" : "HTTP/2"}: a watch gives batches, and aborting it reaches the server`, async (t) => {
    const ended = Promise.withResolvers<void>();
    const { door } = await remote(
      t,
      async ({ signal }) => ({
        status: 200,
        headers: { "content-type": "application/json" },
        body: {
          form: "watch",
          events: (async function* () {
            yield [event(1), event(2)];
            yield [event("x".repeat(100_000))];
            await new Promise<void>((resolve) => signal.addEventListener("abort", () => resolve()));
            ended.resolve();
          })(),
        },
      }),
      { plain },
    );
    const abort = new AbortController();
    const { body } = await door(asked("GET", "/pods", { query: "watch=true", signal: abort.signal }));
    assert.equal(body.form, "watch");
    const objects: unknown[] = [];
    try {
      for await (const batch of (body as { events: AsyncIterable<readonly WatchEvent[]> }).events) {
        objects.push(...batch.map(({ object }) => object));
        if (objects.length === 3) abort.abort();
      }
    } catch (error) {
      assert.ok(abort.signal.aborted, String(error));
    }
    assert.deepEqual([objects[0], objects[1], String(objects[2]).length], [1, 2, 100_000]);
    await ended.promise;
  });
}

function event(object: unknown): WatchEvent {
  return {
    type: "ADDED",
    object,
    bytes: () => Buffer.from(`${JSON.stringify({ type: "ADDED", object })}\n`),
  };
}

test("lines are cut wherever chunks are", async () => {
  const text = `${JSON.stringify({ type: "ADDED", object: "é1" })}\n{"type":"DELETED","object":2}\n\n{"type":"x"`;
  for (const size of [1, 2, 3, 7, 30, 1000]) {
    const bytes = Buffer.from(text);
    const chunks = (async function* () {
      for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
    })();
    const events: unknown[] = [];
    for await (const batch of watchEvents(chunks)) for (const { type, object } of batch) events.push([type, object]);
    assert.deepEqual(events, [
      ["ADDED", "é1"],
      ["DELETED", 2],
    ]);
  }
});

test("a client certificate, a token and a token file that changes say who asks", async (t) => {
  const withCertificate = await remote(t, echo, certificates.client);
  assert.equal((await objectOf(withCertificate.door(asked("GET", "/"))))["user"], "admin");
  const withToken = await remote(t, echo, { token: "abc" });
  assert.equal((await objectOf(withToken.door(asked("GET", "/"))))["authorization"], "Bearer abc");

  const folder = mkdtempSync(join(tmpdir(), "tiphys-token-"));
  t.after(() => rmSync(folder, { recursive: true }));
  const tokenFile = join(folder, "token");
  writeFileSync(tokenFile, "one\n");
  let accepted = "Bearer one";
  const { door } = await remote(
    t,
    async (request) =>
      request.headers["authorization"] === accepted
        ? echo(request)
        : { status: 401, headers: {}, body: { form: "none" } },
    { tokenFile },
  );
  assert.equal((await door(asked("GET", "/"))).status, 200);
  writeFileSync(tokenFile, "two\n");
  accepted = "Bearer two";
  assert.equal((await door(asked("GET", "/"))).status, 401);
  assert.equal((await door(asked("GET", "/"))).status, 200);
});

test("what made the sender act goes along as a header", async (t) => {
  let told: string | undefined;
  const { door } = await remote(t, (request) => {
    told = request.headers["tiphys-cause"];
    return echo(request);
  });
  await door(asked("GET", "/", { cause: { revisions: [207, 208] } }));
  assert.equal(told, "207,208");
  await door(asked("GET", "/"));
  assert.equal(told, undefined);
});

test("a server whose certificate another CA signed is not talked to", async (t) => {
  const { door } = await remote(t, echo, { ca: testCertificates().ca });
  await assert.rejects(door(asked("GET", "/")), /certificate|self-signed/);
});

test("text comes back as bytes, a log of unknown length as a stream", async (t) => {
  const { door } = await remote(t, async ({ path }) => ({
    status: 200,
    headers: { "content-type": "text/plain" },
    body:
      path === "/healthz"
        ? { form: "bytes", bytes: Buffer.from("ok") }
        : {
            form: "stream",
            chunks: (async function* () {
              yield Buffer.from("line 1\n");
              yield Buffer.from("line 2\n");
            })(),
          },
  }));
  const health = await door(asked("GET", "/healthz"));
  assert.deepEqual(health.body.form === "bytes" && Buffer.from(health.body.bytes).toString(), "ok");
  const { body } = await door(asked("GET", "/log"));
  assert.equal(body.form, "stream");
  let text = "";
  for await (const chunk of (body as { chunks: AsyncIterable<Uint8Array> }).chunks) text += String(chunk);
  assert.equal(text, "line 1\nline 2\n");
});

test("after the connection was lost the next request makes another", async (t) => {
  const first = await listen(echo, { port: 0, tls: certificates.server });
  const client = remoteDoor({ url: first.url, ca: certificates.ca });
  t.after(() => client.close());
  assert.equal((await client.door(asked("GET", "/"))).status, 200);
  await first.close(0);
  await assert.rejects(client.door(asked("GET", "/")));
  const second = await listen(echo, { port: first.port, tls: certificates.server });
  t.after(() => second.close(0));
  assert.equal((await client.door(asked("GET", "/"))).status, 200);
});

test("an exec and a port-forward pass through to the server, and its refusal comes back as its answer", async (t) => {
  const server: Door = async ({ path, upgrade }) => {
    if (!upgrade || path === "/refused") return echo(asked("GET", path));
    const channels = await upgrade.accept(upgrade.protocols[0]!);
    for await (const { channel, bytes, port, end } of channels.frames) {
      // The client closes its side of the error channel at once.
      if (channel === 1) continue;
      const answer = port === undefined ? bytes : Buffer.from(`port ${port}`);
      await channels.send({ channel: path.endsWith("portforward") ? channel : 1, bytes: answer, end });
      if (end) break;
    }
    await channels.close();
    return { status: 101, headers: {}, body: { form: "none" } };
  };
  const { door } = await remote(t, server);
  const through = async (path: string, protocol: string): Promise<{ status: number; channels: Channels }> => {
    const [mine, theirs] = channelPair();
    const upgrade = { protocols: [protocol], accept: async () => theirs };
    const { status } = await door(asked("POST", path, { query: "stdin=true&stdout=true", upgrade }));
    return { status, channels: mine };
  };
  const exec = await through("/api/v1/namespaces/a/pods/b/exec", "v5.channel.k8s.io");
  assert.equal(exec.status, 101);
  await exec.channels.send({ channel: 0, bytes: Buffer.from("hello"), end: true });
  assert.equal(await textOn(exec.channels, 1), "hello");

  const forward = await through("/api/v1/namespaces/a/pods/b/portforward", "portforward.k8s.io");
  await forward.channels.send({ channel: 0, bytes: new Uint8Array(0), port: 80 });
  await forward.channels.send({ channel: 0, bytes: Buffer.from("!"), end: true });
  assert.equal(await textOn(forward.channels, 0), "port 80!");

  assert.equal((await through("/refused", "v5.channel.k8s.io")).status, 200);
});

async function textOn(channels: Channels, wanted: number): Promise<string> {
  let text = "";
  for await (const { channel, bytes } of channels.frames) if (channel === wanted) text += Buffer.from(bytes).toString();
  return text;
}
