import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { type TestContext, test } from "node:test";
import { deflateSync } from "node:zlib";
import { createWebSocketStream, WebSocket } from "ws";
import type { Channels, Frame } from "../../src/machinery/door.ts";
import { channelPair, joinChannels } from "../../src/machinery/channels.ts";
import { connectRemote, openPortForward, refuse, upgradeRequest, UpgradeRefused } from "./index.ts";
import { upgrade } from "./connect.ts";
import { DICTIONARY, HeaderReader, HeaderWriter } from "./spdy-headers.ts";
import { SpdySession } from "./spdy-session.ts";

type Handler = (channels: Channels) => Promise<void>;

async function serve(t: TestContext, handler: Handler, choose = (offered: readonly string[]) => offered[0] ?? "") {
  const server: Server = createServer();
  server.on("upgrade", (request, socket, head) => {
    const asked = upgradeRequest(request, socket, head)!;
    const protocol = choose(asked.upgrade.protocols);
    if (protocol === "refuse") return refuse(socket, 403, { "content-type": "text/plain" }, Buffer.from("no"));
    void asked.upgrade.accept(protocol).then(handler);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** Sends stdin back on stdout until it ends, then a Status, then closes: what `exec cat` is. */
const cat: Handler = async (channels) => {
  for await (const frame of channels.frames) {
    if (frame.channel === 0 && frame.bytes.length > 0) await channels.send({ channel: 1, bytes: frame.bytes });
    if (frame.channel === 4)
      await channels.send({ channel: 1, bytes: Buffer.concat([Buffer.from("size "), frame.bytes]) });
    if (frame.channel === 0 && frame.end) break;
  }
  await channels.send({ channel: 3, bytes: Buffer.from(`{"status":"Success"}`), end: true });
  await channels.close();
};

async function collect(channels: Channels): Promise<Map<number, Buffer>> {
  const parts = new Map<number, Buffer[]>();
  for await (const { channel, bytes } of channels.frames) {
    parts.set(channel, [...(parts.get(channel) ?? []), Buffer.from(bytes)]);
  }
  return new Map([...parts].map(([channel, list]) => [channel, Buffer.concat(list)]));
}

for (const [carrier, protocols] of [
  ["spdy", ["v4.channel.k8s.io"]],
  ["websocket", ["v5.channel.k8s.io", "v4.channel.k8s.io"]],
] as const) {
  test(`${carrier}: a command's stdin comes back, half-closes, and the Status ends it`, async (t) => {
    const url = await serve(t, cat);
    const { protocol, channels } = await connectRemote(`${url}/exec?stdout=true`, {
      protocols,
      carrier,
      method: "GET",
      command: { stdin: true, stdout: true, stderr: true },
    });
    assert.equal(protocol, protocols[0]);
    const all = collect(channels);
    const large = Buffer.alloc(3_000_000, "tiphys ");
    await channels.send({ channel: 0, bytes: large });
    await channels.send({ channel: 0, bytes: Buffer.from("end"), end: true });
    const received = await all;
    assert.ok(received.get(1)!.equals(Buffer.concat([large, Buffer.from("end")])));
    assert.equal(received.get(3)!.toString(), `{"status":"Success"}`);
    await channels.close();
    await channels.close();
  });
}

for (const protocol of ["channel.k8s.io", "v4.channel.k8s.io", "v4.base64.channel.k8s.io", "base64.channel.k8s.io"]) {
  test(`websocket: ${protocol} carries bytes unchanged and greets first`, async (t) => {
    const url = await serve(t, async (channels) => {
      for await (const frame of channels.frames) await channels.send({ channel: 2, bytes: frame.bytes });
    });
    const { channels } = await connectRemote(url, { protocols: [protocol], carrier: "websocket", command: {} });
    const bytes = Uint8Array.from({ length: 256 }, (_, i) => i);
    await channels.send({ channel: 0, bytes });
    const frames: Frame[] = [];
    for await (const frame of channels.frames) if (frames.push(frame) === 2) break;
    assert.deepEqual(
      frames.map((frame) => [frame.channel, [...frame.bytes]]),
      [
        [3, []],
        [2, [...bytes]],
      ],
    );
    await channels.close();
  });
}

test("spdy: a terminal's resizes arrive on channel 4", async (t) => {
  const url = await serve(t, cat);
  const { channels } = await connectRemote(url, {
    protocols: ["v4.channel.k8s.io"],
    command: { stdin: true, stdout: true, stderr: false, tty: true },
  });
  const all = collect(channels);
  await channels.send({ channel: 4, bytes: Buffer.from("80x24 ") });
  await channels.send({ channel: 0, bytes: Buffer.from("ls"), end: true });
  assert.equal((await all).get(1)!.toString(), "size 80x24 ls");
});

test("spdy: a sender of a stream that the client never opens is told when the connection ends", async (t) => {
  const failed = Promise.withResolvers<Error>();
  const url = await serve(t, (channels) =>
    channels.send({ channel: 2, bytes: Buffer.from("x") }).catch((error: Error) => failed.resolve(error)),
  );
  const { channels } = await connectRemote(url, { protocols: ["v4.channel.k8s.io"], command: { stdout: true } });
  await channels.close();
  assert.match((await failed.promise).message, /did not open the stderr stream/);
});

/** Answers each forwarded connection with its port and what it received, in capitals. */
const forward: Handler = async (channels) => {
  const ports = new Map<number, number>();
  for await (const { channel, bytes, port, end } of channels.frames) {
    if (port !== undefined) ports.set(channel, port);
    if (channel % 2 !== 0) continue;
    if (ports.get(channel) === 81) {
      if (port) {
        await channels.send({ channel: channel + 1, bytes: Buffer.from("nothing listens there"), end: true });
        await channels.send({ channel, bytes: Buffer.alloc(0), end: true });
      }
      continue;
    }
    if (bytes.length > 0 || end) {
      const text = `${ports.get(channel)}:${Buffer.from(bytes).toString().toUpperCase()}`;
      await channels.send({ channel, bytes: bytes.length > 0 ? Buffer.from(text) : bytes, end });
    }
  }
};

async function checkForwarding(channels: Channels): Promise<void> {
  const texts = new Map<number, string>();
  const ended = new Set<number>();
  const reading = (async () => {
    for await (const { channel, bytes, end } of channels.frames) {
      texts.set(channel, (texts.get(channel) ?? "") + Buffer.from(bytes).toString());
      if (end) ended.add(channel);
      if (ended.has(0) && ended.has(2) && ended.has(5)) break;
    }
  })();
  await channels.send({ channel: 0, bytes: new Uint8Array(0), port: 80 });
  await channels.send({ channel: 2, bytes: new Uint8Array(0), port: 8080 });
  await channels.send({ channel: 0, bytes: Buffer.from("one") });
  await channels.send({ channel: 2, bytes: Buffer.from("two"), end: true });
  await channels.send({ channel: 4, bytes: new Uint8Array(0), port: 81 });
  await channels.send({ channel: 0, bytes: new Uint8Array(0), end: true });
  await reading;
  assert.equal(texts.get(0), "80:ONE");
  assert.equal(texts.get(2), "8080:TWO");
  assert.equal(texts.get(5), "nothing listens there");
  await channels.close();
}

test("spdy: port-forward carries several connections and tells an error apart", async (t) => {
  const url = await serve(t, forward);
  const { channels } = await connectRemote(`${url}/api/v1/namespaces/a/pods/b/portforward`, {
    protocols: ["portforward.k8s.io"],
  });
  await checkForwarding(channels);
});

test("spdy: a client that closes its error stream before it opens the data stream, as kubectl does", async (t) => {
  const url = await serve(t, forward);
  const { socket, head } = await upgrade(
    `${url}/portforward`,
    {},
    {
      connection: "Upgrade",
      upgrade: "SPDY/3.1",
      "x-stream-protocol-version": "portforward.k8s.io",
    },
  );
  const received = Promise.withResolvers<string>();
  const session = new SpdySession(socket, "client", {
    stream: (stream) => stream.reset(),
    data: (stream, bytes) =>
      void (stream.id === 3 && bytes.length > 0 && received.resolve(Buffer.from(bytes).toString())),
    reset: () => received.reject(new Error("reset")),
    done: () => {},
    closed: () => received.reject(new Error("closed")),
  });
  void session.run(head);
  await session.open({ streamtype: "error", port: "80", requestid: "0" }).send(new Uint8Array(0), true);
  await new Promise((resolve) => setTimeout(resolve, 20));
  await session.open({ streamtype: "data", port: "80", requestid: "0" }).send(Buffer.from("late"));
  assert.equal(await received.promise, "80:LATE");
  await session.close();
});

test("spdy: connections that are opened side by side, their streams mixed, are all carried", async (t) => {
  const url = await serve(t, async (channels) => {
    const runtime = await connectRemote(`${inner}/portforward`, { protocols: ["portforward.k8s.io"] });
    await joinChannels(channels, runtime.channels);
  });
  const inner = await serve(t, forward);
  const headers = { connection: "Upgrade", upgrade: "SPDY/3.1", "x-stream-protocol-version": "portforward.k8s.io" };
  const { socket } = await upgrade(`${url}/portforward`, {}, headers);
  const received = new Map<number, string>();
  const both = Promise.withResolvers<void>();
  const session = new SpdySession(socket, "client", {
    stream: (stream) => stream.reset(),
    data: (stream, bytes) => {
      if (bytes.length > 0) received.set(stream.id, Buffer.from(bytes).toString());
      if (received.size === 2) both.resolve();
      return undefined;
    },
    reset: () => both.reject(new Error("reset")),
    done: () => {},
    closed: () => both.reject(new Error("closed")),
  });
  void session.run(new Uint8Array(0));
  session.open({ streamtype: "error", port: "80", requestid: "0" });
  session.open({ streamtype: "error", port: "80", requestid: "1" });
  const second = session.open({ streamtype: "data", port: "80", requestid: "1" });
  const first = session.open({ streamtype: "data", port: "80", requestid: "0" });
  await second.send(Buffer.from("second"));
  await first.send(Buffer.from("first"));
  await both.promise;
  assert.deepEqual(
    received,
    new Map([
      [second.id, "80:SECOND"],
      [first.id, "80:FIRST"],
    ]),
  );
  await session.close();
});

test("websocket: SPDY/3.1+portforward.k8s.io tunnels the same streams", async (t) => {
  const url = await serve(t, forward);
  const { response, socket, head } = await upgrade(
    `${url}/api/v1/namespaces/a/pods/b/portforward`,
    { method: "GET" },
    {
      connection: "Upgrade",
      upgrade: "websocket",
      "sec-websocket-version": "13",
      "sec-websocket-key": Buffer.alloc(16).toString("base64"),
      "sec-websocket-protocol": "SPDY/3.1+portforward.k8s.io",
    },
  );
  assert.equal(response.headers["sec-websocket-protocol"], "SPDY/3.1+portforward.k8s.io");
  // Not in ws' types: how its own server hands over a connection whose handshake is made.
  const client = new (WebSocket as unknown as new (
    address: null,
    protocols: undefined,
    options: object,
  ) => WebSocket & {
    setSocket(socket: unknown, head: unknown, options: object): void;
    _isServer: boolean;
  })(null, undefined, {});
  client._isServer = false;
  client.setSocket(socket, head, { maxPayload: 1 << 20, allowSynchronousEvents: true });
  await checkForwarding(openPortForward(createWebSocketStream(client), Buffer.alloc(0)));
});

test("websocket: port-forward with plain channels announces each port on both channels", async (t) => {
  const url = await serve(t, forward);
  const { channels } = await connectRemote(`${url}/portforward?ports=80,8080`, {
    protocols: ["v4.channel.k8s.io"],
    carrier: "websocket",
    command: {},
  });
  await channels.send({ channel: 2, bytes: Buffer.from("hi") });
  const frames: [number, string][] = [];
  for await (const { channel, bytes } of channels.frames) {
    if (frames.push([channel, Buffer.from(bytes).toString("latin1")]) === 5) break;
  }
  assert.deepEqual(frames, [
    [0, "P\0"],
    [1, "P\0"],
    [2, "\x90\x1f"],
    [3, "\x90\x1f"],
    [2, "8080:HI"],
  ]);
  await channels.close();
});

test("a refusal reaches the client with its status and text", async (t) => {
  const url = await serve(t, cat, () => "refuse");
  for (const carrier of ["spdy", "websocket"] as const) {
    await assert.rejects(
      connectRemote(url, { protocols: ["v4.channel.k8s.io"], command: {}, carrier }),
      (error) => error instanceof UpgradeRefused && error.status === 403 && error.message.endsWith("no"),
    );
  }
});

test("aborting the signal ends the frames of both sides", async (t) => {
  const ended = Promise.withResolvers<void>();
  const url = await serve(t, async (channels) => {
    for await (const _ of channels.frames);
    ended.resolve();
  });
  const abort = new AbortController();
  const { channels } = await connectRemote(url, {
    protocols: ["v4.channel.k8s.io"],
    command: { stdin: true },
    signal: abort.signal,
  });
  abort.abort();
  for await (const _ of channels.frames);
  await ended.promise;
});

test("joined connections pass frames on both ways and close together", async () => {
  const [client, left] = channelPair();
  const [right, server] = channelPair();
  const joined = joinChannels(left, right);
  const serving = cat(server);
  const all = collect(client);
  await client.send({ channel: 0, bytes: Buffer.from("through"), end: true });
  assert.equal((await all).get(1)!.toString(), "through");
  await Promise.all([joined, serving]);
});

test("a frame that its channel does not take is dropped, the others go on", async () => {
  const [client, left] = channelPair();
  const taken: number[] = [];
  const done = Promise.withResolvers<void>();
  const picky: Channels = {
    frames: (async function* () {
      yield* [];
      await done.promise;
    })(),
    send: async ({ channel }) => {
      if (channel === 1) throw new Error("the stream is closed");
      taken.push(channel);
    },
    close: async () => done.resolve(),
  };
  const joined = joinChannels(left, picky);
  for (const channel of [0, 1, 2]) await client.send({ channel, bytes: new Uint8Array(1) });
  await client.close();
  await joined;
  assert.deepEqual(taken, [0, 2]);
});

test("a producer waits while the consumer is slow", async () => {
  const [left, right] = channelPair();
  let sent = 0;
  const producing = (async () => {
    for (; sent < 100; sent++) await left.send({ channel: 0, bytes: new Uint8Array(64 * 1024) });
    await left.close();
  })();
  await new Promise(setImmediate);
  assert.ok(sent < 10, `${sent} frames were taken without a consumer`);
  let count = 0;
  for await (const _ of right.frames) count++;
  await producing;
  assert.equal(count, 100);
});

test("the header dictionary is the draft's, to the byte", () => {
  let a = 1;
  let b = 0;
  for (const byte of DICTIONARY) {
    a = (a + byte) % 65521;
    b = (b + a) % 65521;
  }
  assert.equal(DICTIONARY.length, 1423);
  assert.equal((b * 65536 + a) >>> 0, 0xe3c6a7c2);
});

test("header blocks come back in order through one zlib stream", async () => {
  const writer = new HeaderWriter();
  const reader = new HeaderReader();
  const blocks: Record<string, string>[] = [{ streamtype: "error" }, { a: "data", port: "80" }, {}, { b: "é" }];
  for (const headers of blocks) {
    assert.deepEqual(await reader.block(writer.block(headers)), headers);
  }
  reader.close();
});

test("a header block that unfolds to more than 64 KiB is refused", async () => {
  const reader = new HeaderReader();
  await assert.rejects(
    reader.block(deflateSync(Buffer.alloc(1 << 20), { dictionary: DICTIONARY })),
    /larger than 64 KiB/,
  );
  reader.close();
});
