import assert from "node:assert/strict";
import { once } from "node:events";
import { connect as connectHttp2 } from "node:http2";
import { type IncomingHttpHeaders, request as httpRequest } from "node:http";
import { request as httpsRequest, type RequestOptions } from "node:https";
import { connect } from "node:net";
import { type TestContext, test } from "node:test";
import { gunzipSync } from "node:zlib";
import { WebSocket } from "ws";
import type { ApiRequest, ApiResponse, Door, WatchEvent } from "../../src/machinery/door.ts";
import { connectRemote } from "../streams/index.ts";
import { headerToText, textToHeader } from "./header-text.ts";
import { listen, type Listener } from "./listener.ts";
import { testCertificates } from "./testing/certificates.ts";

const certificates = testCertificates();
const tls = { ...certificates.server, clientCa: certificates.ca };

async function start(t: TestContext, door: Door, secure = true): Promise<Listener> {
  const listener = await listen(door, { port: 0, ...(secure ? { tls } : {}) });
  t.after(() => listener.close(0));
  return listener;
}

interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

function ask(listener: Listener, path: string, options: RequestOptions = {}, body?: Uint8Array): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const make = listener.url.startsWith("https") ? httpsRequest : httpRequest;
    const request = make(listener.url + path, { ca: certificates.ca, agent: false, ...options }, (response) => {
      const parts: Buffer[] = [];
      response.on("data", (part: Buffer) => parts.push(part));
      response.on("end", () =>
        resolve({ status: response.statusCode!, headers: response.headers, body: Buffer.concat(parts) }),
      );
      response.on("error", reject);
    });
    request.on("error", reject);
    request.end(body);
  });
}

async function ask2(listener: Listener, headers: Record<string, string>, body?: Uint8Array): Promise<Answer> {
  const session = connectHttp2(listener.url, { ca: certificates.ca, ...certificates.client });
  try {
    const stream = session.request(headers, { endStream: body === undefined });
    if (body) stream.end(body);
    const [answered] = (await once(stream, "response")) as [IncomingHttpHeaders & { ":status": number }];
    const parts: Buffer[] = [];
    for await (const part of stream) parts.push(part as Buffer);
    return { status: answered[":status"], headers: answered, body: Buffer.concat(parts) };
  } finally {
    session.close();
  }
}

/** Answers what it was asked. */
const echo: Door = async ({ method, path, query, headers, body, peer }) =>
  json(200, {
    method,
    path,
    query,
    token: headers["authorization"],
    user: headers["impersonate-user"],
    host: headers["host"],
    body: body?.form === "bytes" ? Buffer.from(body.bytes).toString().slice(0, 50) : undefined,
    size: body?.form === "bytes" ? body.bytes.length : 0,
    certificate: peer.certificate,
    refused: peer.certificateError !== undefined,
  });

function json(status: number, object: unknown): ApiResponse {
  const bytes = Buffer.from(JSON.stringify(object));
  return {
    status,
    headers: { "content-type": "application/json", warning: ['299 - "one"', '299 - "zwei é 二"'] },
    body: { form: "object", object, bytes: () => bytes },
  };
}

function event(object: unknown): WatchEvent {
  const bytes = Buffer.from(`${JSON.stringify({ type: "ADDED", object })}\n`);
  return { type: "ADDED", object, bytes: () => bytes };
}

const watching = (events: AsyncIterable<readonly WatchEvent[]>): ApiResponse => ({
  status: 200,
  headers: { "content-type": "application/json" },
  body: { form: "watch", events },
});

test("HTTP/1.1: path, query, headers and body reach the door; the answer has its length and all warnings", async (t) => {
  const listener = await start(t, echo);
  const answer = await ask(
    listener,
    "/api/v1/namespaces/a%20b?labelSelector=x%3Dy",
    { method: "POST", headers: { authorization: "Bearer secret", "impersonate-user": textToHeader("名 é") } },
    Buffer.from("hello"),
  );
  const said = JSON.parse(answer.body.toString()) as Record<string, unknown>;
  assert.equal(said["method"], "POST");
  assert.equal(said["path"], "/api/v1/namespaces/a b");
  assert.equal(said["query"], "labelSelector=x%3Dy");
  assert.equal(said["token"], "Bearer secret");
  assert.equal(said["user"], "名 é");
  assert.equal(said["body"], "hello");
  assert.equal(said["certificate"], undefined);
  assert.equal(answer.headers["content-length"], String(answer.body.length));
  assert.equal(headerToText(String(answer.headers["warning"])), '299 - "one", 299 - "zwei é 二"');
});

test("HTTP/2: the same, on the same port", async (t) => {
  const listener = await start(t, echo);
  const answer = await ask2(listener, { ":method": "PUT", ":path": "/x?y=1" }, Buffer.from("h2 body"));
  const said = JSON.parse(answer.body.toString()) as Record<string, unknown>;
  assert.equal(said["method"], "PUT");
  assert.equal(said["path"], "/x");
  assert.equal(said["query"], "y=1");
  assert.equal(said["body"], "h2 body");
  assert.equal(said["host"], `127.0.0.1:${listener.port}`);
  assert.deepEqual(said["certificate"], { commonName: "admin", organizations: ["system:masters", "team"] });
  assert.equal(answer.headers["content-length"], String(answer.body.length));
  assert.equal(headerToText(String(answer.headers["warning"])), '299 - "one", 299 - "zwei é 二"');
  const head = await ask2(listener, { ":method": "HEAD", ":path": "/" });
  assert.deepEqual([head.status, head.body.length], [200, 0]);
});

test("client certificates: ours names the user, another's is reported and not believed", async (t) => {
  const listener = await start(t, echo);
  const ours = JSON.parse(String((await ask(listener, "/", certificates.client)).body)) as Record<string, unknown>;
  assert.deepEqual(ours["certificate"], { commonName: "admin", organizations: ["system:masters", "team"] });
  const theirs = JSON.parse(String((await ask(listener, "/", certificates.stranger)).body)) as Record<string, unknown>;
  assert.equal(theirs["certificate"], undefined);
  assert.equal(theirs["refused"], true);
});

for (const [rule, text, status] of [
  ["headers of more than 1 MiB are 431", `GET / HTTP/1.1\r\nhost: x\r\nx: ${"y".repeat(1_100_000)}\r\n\r\n`, 431],
  ["so is a longer URL", `GET /${"a".repeat(1_100_000)} HTTP/1.1\r\nhost: x\r\n\r\n`, 431],
  ["what is no HTTP is 400", "NONSENSE\r\n\r\n", 400],
  ["and so is a length below nothing", "POST / HTTP/1.1\r\nhost: x\r\ncontent-length: -1\r\n\r\n", 400],
] as const) {
  test(`${rule}, and the connection ends`, async (t) => {
    const listener = await start(t, echo, false);
    const socket = connect(listener.port, "127.0.0.1");
    socket.write(text);
    let answer = "";
    for await (const chunk of socket) answer += String(chunk);
    assert.match(answer, new RegExp(`^HTTP/1.1 ${status} `));
  });
}

test("a body of more than 3 MiB is a 413 Status, exactly 3 MiB is fine", async (t) => {
  const listener = await start(t, echo);
  const limit = 3 * 1024 * 1024;
  const fits = await ask(listener, "/", { method: "POST" }, Buffer.alloc(limit, "x"));
  assert.equal((JSON.parse(String(fits.body)) as { size: number }).size, limit);
  for (const answer of [
    await ask(listener, "/", { method: "POST" }, Buffer.alloc(limit + 1, "x")),
    await ask(listener, "/", { method: "POST", headers: { "transfer-encoding": "chunked" } }, Buffer.alloc(limit * 3)),
    await ask2(listener, { ":method": "POST", ":path": "/" }, Buffer.alloc(limit + 1, "x")),
  ]) {
    assert.equal(answer.status, 413);
    const status = JSON.parse(String(answer.body)) as { reason: string; message: string };
    assert.equal(status.reason, "RequestEntityTooLarge");
    assert.equal(status.message, "Request entity too large: limit is 3145728");
  }
});

test("answers above 128 KiB are compressed for those who accept it", async (t) => {
  const large = json(200, { filler: "x".repeat(200_000) });
  const listener = await start(t, async ({ path }) => (path === "/large" ? large : json(200, {})));
  const plain = await ask(listener, "/large");
  assert.equal(plain.headers["content-encoding"], undefined);
  const zipped = await ask(listener, "/large", { headers: { "accept-encoding": "gzip" } });
  assert.equal(zipped.headers["content-encoding"], "gzip");
  assert.equal(zipped.headers["vary"], "Accept-Encoding");
  assert.ok(gunzipSync(zipped.body).equals(plain.body));
  const small = await ask(listener, "/small", { headers: { "accept-encoding": "gzip" } });
  assert.equal(small.headers["content-encoding"], undefined);
});

test("a list goes out with its length, in pieces when it is large, compressed or not", async (t) => {
  const chunk = Buffer.alloc(100_000, "item ");
  const listener = await start(t, async ({ query }) => ({
    status: 200,
    headers: { "content-type": "application/json" },
    body: { form: "list", object: undefined, chunks: () => Array.from({ length: Number(query) }, () => chunk) },
  }));
  const few = await ask(listener, "/?3");
  assert.equal(few.headers["content-length"], "300000");
  const many = await ask(listener, "/?200");
  assert.equal(many.headers["content-length"], "20000000");
  assert.equal(many.body.length, 20_000_000);
  const zipped = await ask(listener, "/?200", { headers: { "accept-encoding": "gzip" } });
  assert.ok(gunzipSync(zipped.body).equals(many.body));
  assert.equal((await ask2(listener, { ":path": "/?200" })).body.length, 20_000_000);
});

test("a watch is open before its first event, and ends where the door ends it", async (t) => {
  const first = Promise.withResolvers<void>();
  const listener = await start(t, async () =>
    watching(
      (async function* () {
        await first.promise;
        yield [event({ n: 1 }), event({ n: 2 })];
        yield [event({ n: 3 })];
      })(),
    ),
  );
  const lines = await new Promise<string>((resolve, reject) => {
    const request = httpsRequest(listener.url, { ca: certificates.ca, agent: false }, (response) => {
      first.resolve();
      let text = "";
      response.setEncoding("utf8");
      response.on("data", (part: string) => (text += part));
      response.on("end", () => resolve(text));
    });
    request.on("error", reject);
    request.end();
  });
  const numbers = lines.trim().split("\n");
  assert.deepEqual(
    numbers.map((line) => (JSON.parse(line) as { object: { n: number } }).object.n),
    [1, 2, 3],
  );
});

for (const version of [1, 2]) {
  test(`HTTP/${version}: a client that goes away aborts its request's signal`, async (t) => {
    const aborted = Promise.withResolvers<unknown>();
    const started = Promise.withResolvers<void>();
    const listener = await start(t, ({ signal }) => {
      signal.addEventListener("abort", () => aborted.resolve(signal.reason));
      started.resolve();
      return new Promise(() => {});
    });
    if (version === 1) {
      const request = httpsRequest(listener.url, { ca: certificates.ca, agent: false });
      request.on("error", () => {});
      request.end();
      await started.promise;
      request.destroy();
    } else {
      const session = connectHttp2(listener.url, { ca: certificates.ca });
      const stream = session.request({ ":path": "/" });
      stream.on("error", () => {});
      await started.promise;
      stream.close(8);
      await aborted.promise;
      session.destroy();
    }
    assert.match(String(await aborted.promise), /the client went away/);
  });

  test(`HTTP/${version}: a client that does not read holds up its watch, and fills no memory`, async (t) => {
    let taken = 0;
    const big = event({ filler: "x".repeat(1_000_000) });
    const listener = await start(t, async () =>
      watching(
        (async function* () {
          for (; taken < 100; taken++) yield [big];
        })(),
      ),
    );
    if (version === 1) {
      const request = httpsRequest(listener.url, { ca: certificates.ca, agent: false });
      request.on("error", () => {});
      request.end();
      const [response] = await once(request, "response");
      await settled(() => taken);
      assert.ok(taken < 50, `${taken} MB were taken for a client that reads nothing`);
      (response as { resume(): void }).resume();
      await once(response as never, "end");
    } else {
      const session = connectHttp2(listener.url, { ca: certificates.ca });
      const stream = session.request({ ":path": "/" });
      stream.pause();
      await once(stream, "response");
      await settled(() => taken);
      assert.ok(taken < 50, `${taken} MB were taken for a client that reads nothing`);
      stream.resume();
      await once(stream, "end");
      session.close();
    }
    assert.equal(taken, 100);
  });
}

/** Waits until a value has stopped changing for a while of real input and output. */
async function settled(value: () => number): Promise<void> {
  for (let same = 0, last = -1; same < 20;) {
    await new Promise((resolve) => setTimeout(resolve, 5));
    same = value() === last ? same + 1 : 0;
    last = value();
  }
}

test("a door that throws is a 500 Status; the connection serves on", async (t) => {
  const listener = await start(t, async ({ path }) => {
    if (path === "/broken") throw new Error("secret detail");
    return json(200, { fine: true });
  });
  const broken = await ask(listener, "/broken");
  assert.equal(broken.status, 500);
  assert.equal((JSON.parse(String(broken.body)) as { kind: string }).kind, "Status");
  assert.equal((await ask(listener, "/")).status, 200);
  assert.equal((await ask(listener, "/%E0%A4%A")).status, 400);
});

test("closing ends watches, lets a request finish, and frees the port", async () => {
  const slow = Promise.withResolvers<void>();
  const entered = Promise.withResolvers<void>();
  const door: Door = async ({ path, signal }) => {
    if (path === "/watch") {
      return watching(
        (async function* () {
          yield [event(1)];
          await new Promise<void>((resolve) => signal.addEventListener("abort", () => resolve()));
        })(),
      );
    }
    entered.resolve();
    await slow.promise;
    return json(200, { done: true });
  };
  const listener = await listen(door, { port: 0, tls });
  const watch = ask(listener, "/watch");
  const request = ask(listener, "/slow");
  await entered.promise;
  const closing = listener.close();
  assert.match(String((await watch).body), /ADDED/);
  slow.resolve();
  assert.equal((await request).status, 200);
  await closing;
  await listener.close();
  const again = await listen(door, { port: listener.port, tls });
  await again.close();
});

test("a port in use is node's EADDRINUSE", async (t) => {
  const listener = await start(t, echo);
  await assert.rejects(listen(echo, { port: listener.port, tls }), { code: "EADDRINUSE" });
});

test("the plain variant serves HTTP on loopback", async (t) => {
  const listener = await start(t, echo, false);
  assert.equal((await ask(listener, "/healthz")).status, 200);
  // Absolute targets, as proxies send them.
  const socket = connect(listener.port, "127.0.0.1");
  socket.end("GET http://example.org/api?x HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
  let text = "";
  for await (const part of socket) text += String(part);
  assert.match(text, /"path":"\/api","query":"x"/);
});

test("an upgrade reaches the door with its protocols; a refusal is an ordinary answer", async (t) => {
  const door: Door = async (request: ApiRequest) => {
    if (!request.upgrade?.protocols.includes("v5.channel.k8s.io")) return json(400, { no: true });
    const channels = await request.upgrade.accept("v5.channel.k8s.io");
    await channels.send({ channel: 1, bytes: Buffer.from("hi") });
    await channels.close();
    return { status: 101, headers: {}, body: { form: "none" } };
  };
  const listener = await start(t, door);
  const options = { method: "GET", carrier: "websocket", tls: { ca: certificates.ca }, command: {} } as const;
  const { channels } = await connectRemote(`${listener.url}/exec?stdout=1`, {
    ...options,
    protocols: ["v5.channel.k8s.io"],
  });
  const texts: string[] = [];
  for await (const { channel, bytes } of channels.frames) texts.push(`${channel}:${Buffer.from(bytes).toString()}`);
  assert.deepEqual(texts, ["1:", "1:hi"]);
  await assert.rejects(connectRemote(listener.url, { ...options, protocols: ["other"] }), /"no":true/);
});

test("a watch over a WebSocket is one message an event", async (t) => {
  const listener = await start(t, async () =>
    watching(
      (async function* () {
        yield [event(1), event(2)];
      })(),
    ),
  );
  const socket = new WebSocket(listener.url, { ca: certificates.ca });
  const messages: string[] = [];
  socket.on("message", (data) => messages.push(String(data)));
  await once(socket, "close");
  assert.deepEqual(
    messages.map((text) => (JSON.parse(text) as { object: number }).object),
    [1, 2],
  );
});
