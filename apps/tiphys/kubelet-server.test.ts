import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import { remoteDoor, type RemoteServer } from "../../adapters/node-http/client.ts";
import { testCertificates } from "../../adapters/node-http/testing/certificates.ts";
import type { Client } from "../../src/client/index.ts";
import type { ApiRequest } from "../../src/machinery/door.ts";
import { silent } from "../../src/machinery/log.ts";
import { serveKubelet } from "./kubelet-server.ts";

const certificates = testCertificates();

/** An API server that knows one token, whose user may only get metrics. */
function reviewer(asked: string[]): Client {
  const answers: Record<string, (spec: Record<string, unknown>) => object> = {
    "/apis/authentication.k8s.io/v1/tokenreviews": ({ token }) =>
      token === "good" ? { authenticated: true, user: { username: "prometheus" } } : { authenticated: false },
    "/apis/authorization.k8s.io/v1/subjectaccessreviews": ({ resourceAttributes }) => ({
      allowed: (resourceAttributes as { subresource: string }).subresource === "metrics",
    }),
  };
  const request = async ({ path, body }: Partial<ApiRequest>) => {
    asked.push(path!);
    const bytes = (body as { bytes: Uint8Array }).bytes;
    const { spec } = JSON.parse(Buffer.from(bytes).toString()) as { spec: Record<string, unknown> };
    const object = { status: answers[path!]!(spec) };
    return { status: 201, headers: {}, body: { form: "object" as const, object, bytes: () => new Uint8Array(0) } };
  };
  return { request } as unknown as Client;
}

async function serve(t: TestContext, asked: string[] = []) {
  const listener = await serveKubelet({
    door: async ({ path }) => ({
      status: 200,
      headers: { "content-type": "text/plain" },
      body: { form: "bytes", bytes: Buffer.from(path) },
    }),
    client: reviewer(asked),
    nodeName: "n1",
    host: "127.0.0.1",
    port: 0,
    tls: { ...certificates.server, clientCa: certificates.ca },
    log: silent,
  });
  t.after(() => listener.close(0));
  return async (path: string, access: Partial<RemoteServer>, method = "GET"): Promise<[number, string]> => {
    const remote = remoteDoor({ url: listener.url, ca: certificates.ca, ...access });
    try {
      const signal = new AbortController().signal;
      const request = { method, path, query: "", headers: {}, peer: { address: "test" }, signal };
      const { status, body } = await remote.door(request);
      return [status, body.form === "bytes" ? Buffer.from(body.bytes).toString() : ""];
    } finally {
      remote.close();
    }
  };
}

for (const { rule, access, path, status } of [
  { rule: "nobody knows the caller", access: {}, path: "/pods", status: 401 },
  { rule: "health is no exception", access: {}, path: "/healthz", status: 401 },
  { rule: "system:masters may do everything", access: certificates.client, path: "/exec/a/b/c", status: 200 },
  { rule: "a stranger's certificate is none", access: certificates.stranger, path: "/pods", status: 401 },
  { rule: "a wrong token", access: { token: "bad" }, path: "/metrics", status: 401 },
  { rule: "a token whose user may", access: { token: "good" }, path: "/metrics", status: 200 },
  { rule: "a token whose user may not", access: { token: "good" }, path: "/exec/a/b/c", status: 403 },
]) {
  test(`${rule}: ${status}`, async (t) => {
    const ask = await serve(t);
    assert.equal((await ask(path, access))[0], status);
  });
}

for (const { path, method, says } of [
  { path: "/exec/a/b/c", method: "POST", says: "verb=create, resource=nodes, subresource(s)=[proxy]" },
  { path: "/pods", method: "GET", says: "verb=get, resource=nodes, subresource(s)=[pods proxy]" },
  { path: "/healthz", method: "GET", says: "verb=get, resource=nodes, subresource(s)=[healthz proxy]" },
  { path: "/stats/summary", method: "GET", says: "verb=get, resource=nodes, subresource(s)=[stats]" },
  { path: "/logs/", method: "GET", says: "verb=get, resource=nodes, subresource(s)=[log]" },
]) {
  test(`${method} ${path} needs ${says}`, async (t) => {
    const ask = await serve(t);
    assert.deepEqual(await ask(path, { token: "good" }, method), [403, `Forbidden (user=prometheus, ${says})`]);
  });
}

test("answers of the API server are remembered", async (t) => {
  const asked: string[] = [];
  const ask = await serve(t, asked);
  for (let i = 0; i < 3; i++) assert.equal((await ask("/metrics", { token: "good" }))[0], 200);
  assert.equal(asked.length, 2);
});
