/** Calls of webhooks over HTTPS, against a server in this process. */
import assert from "node:assert/strict";
import type { RequestListener } from "node:http";
import { createServer } from "node:https";
import type { AddressInfo } from "node:net";
import { test } from "node:test";
import type { WebhookCall } from "../../src/server/webhooks/caller.ts";
import { goTextOf } from "./go-errors.ts";
import { testCertificates } from "./testing/certificates.ts";
import { webhookCalls } from "./webhook-caller.ts";

const certificates = testCertificates();

async function withServer(listener: RequestListener) {
  const server = createServer(certificates.server, listener);
  let connections = 0;
  server.on("secureConnection", () => connections++);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  const calls = webhookCalls();
  const call = (more: Partial<WebhookCall> = {}) =>
    calls.call({
      url: `https://127.0.0.1:${port}/hook?timeout=10s`,
      ca: certificates.ca,
      body: Buffer.from('{"asked":1}'),
      limit: 1000,
      signal: new AbortController().signal,
      ...more,
    });
  return {
    server,
    port,
    call,
    connections: () => connections,
    [Symbol.asyncDispose]: async () => {
      calls.close();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

const echo: RequestListener = (request, response) => {
  void request.toArray().then((parts) => {
    response.setHeader("content-type", "text/plain");
    response.end(
      `${request.method} ${request.url} ${request.headers.host} ${Buffer.concat(parts as Buffer[]).toString()}`,
    );
  });
};

test("one connection serves many calls, also one after the server has closed it", async () => {
  await using hook = await withServer(echo);
  const { status, contentType, body } = await hook.call();
  const said = `POST /hook?timeout=10s 127.0.0.1:${hook.port} {"asked":1}`;
  assert.deepEqual([status, contentType, Buffer.from(body).toString()], [200, "text/plain", said]);
  await hook.call();
  assert.equal(hook.connections(), 1);
  hook.server.closeIdleConnections();
  assert.equal((await hook.call()).status, 200);
  assert.equal(hook.connections(), 2);
});

test("a Service is connected to at its address, and must have the name's certificate", async () => {
  await using hook = await withServer(echo);
  const address = { host: "127.0.0.1", port: hook.port };
  const { body } = await hook.call({ url: "https://localhost:443/x", address });
  assert.equal(Buffer.from(body).toString(), 'POST /x localhost {"asked":1}');
  await assert.rejects(hook.call({ url: "https://a.b.svc:443/x", address }), {
    message: "tls: failed to verify certificate: x509: certificate is valid for localhost, 127.0.0.1, not a.b.svc",
  });
});

test("no answer is longer than may be, or later", async () => {
  await using hook = await withServer((request, response) => {
    if (request.url!.startsWith("/late")) return;
    response.end("x".repeat(2000));
  });
  await assert.rejects(hook.call(), { message: "the answer is longer than 1000 bytes" });
  const controller = new AbortController();
  const late = hook.call({ url: `https://127.0.0.1:${hook.port}/late`, signal: controller.signal });
  controller.abort(new Error("too late"));
  await assert.rejects(late);
});

for (const [code, text] of [
  ["ECONNREFUSED", "dial tcp 10.0.0.1:443: connect: connection refused"],
  ["EHOSTUNREACH", "dial tcp 10.0.0.1:443: connect: no route to host"],
  ["ENOTFOUND", "dial tcp: lookup 10.0.0.1: no such host"],
  ["CERT_HAS_EXPIRED", "tls: failed to verify certificate: x509: certificate has expired or is not yet valid"],
  ["ECONNRESET", "EOF"],
  ["ELSE", "as it is"],
] as const) {
  test(`${code} in Go's words`, () => {
    const failure = Object.assign(new Error("as it is"), { code });
    const target = { host: "10.0.0.1", port: 443 };
    assert.equal(goTextOf(failure, target).message, text);
    assert.equal(goTextOf(new AggregateError([failure]), target).message, text, "also of several addresses");
  });
}
