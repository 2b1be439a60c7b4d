/** An API server of somebody else behind ours: a small one in this file, reached over HTTPS as in a real cluster. */
import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import type { IncomingMessage, ServerResponse } from "node:http";
import { type Server, createServer } from "node:https";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import type { TLSSocket } from "node:tls";
import { systemClock, systemRandom } from "../../adapters/clock/system-clock.ts";
import { type ClusterKeys, openKeys } from "../../adapters/keys/cluster-keys.ts";
import { type RunningApiServer, startApiServer } from "../../apps/tiphys/api-server.ts";
import { extensionServers } from "../../apps/tiphys/edge.ts";
import { APIService, Service } from "../../src/api/index.ts";
import { type Client, createClient } from "../../src/client/index.ts";
import type { ApiResponse, UserInfo } from "../../src/machinery/door.ts";
import { silent } from "../../src/machinery/log.ts";

const GROUP = "weather.example.com";
const ROOT = `/apis/${GROUP}/v1`;
const ADMIN: UserInfo = {
  username: "jane",
  groups: ["system:masters", "system:authenticated"],
  extra: { "example.com/scopes": ["one", "two"] },
};

let folder: string;
let ours: RunningApiServer;
let theirs: Server;
let client: Client;
/** The last request they got for an object. */
let asked: {
  readonly headers: IncomingMessage["headersDistinct"];
  readonly certificate: string;
  readonly body: string;
};

before(async () => {
  folder = mkdtempSync(join(tmpdir(), "tiphys-aggregation-"));
  const keys = openKeys(join(folder, "ours"), { now: systemClock.now() });
  const theirKeys = openKeys(join(folder, "theirs"), { now: systemClock.now() });
  theirs = await startTheirs(theirKeys, keys.ca);
  ours = await startApiServer({
    clock: systemClock,
    random: systemRandom,
    log: silent,
    keys: keys.tokens,
    extensions: extensionServers(keys),
  });
  await ours.bootstrap();
  client = createClient(ours.door, { userAgent: "test", user: ADMIN });
  await client.create(APIService, {
    metadata: { name: `v1.${GROUP}` },
    spec: {
      group: GROUP,
      version: "v1",
      groupPriorityMinimum: 100,
      versionPriority: 10,
      caBundle: Buffer.from(theirKeys.ca).toString("base64"),
      service: { namespace: "default", name: "weather", port: (theirs.address() as AddressInfo).port },
    },
  });
});

after(async () => {
  theirs.closeAllConnections();
  theirs.close();
  await ours.close();
  rmSync(folder, { recursive: true, force: true });
});

const FORECAST = { kind: "Forecast", apiVersion: `${GROUP}/v1`, metadata: { name: "today" }, says: "rain" };
const RESOURCES = [
  {
    name: "forecasts",
    singularName: "forecast",
    namespaced: true,
    kind: "Forecast",
    verbs: ["get", "list", "watch"],
    shortNames: ["fc"],
  },
  { name: "forecasts/status", singularName: "", namespaced: true, kind: "Forecast", verbs: ["get"] },
];
const DOCUMENTS: Readonly<Record<string, object>> = {
  [ROOT]: { kind: "APIResourceList", apiVersion: "v1", groupVersion: `${GROUP}/v1`, resources: RESOURCES },
  "/openapi/v2": {
    swagger: "2.0",
    paths: { [`${ROOT}/forecasts`]: { get: {} }, "/version/": { get: { theirs: true } } },
    definitions: { "com.example.Forecast": { type: "object" } },
  },
  "/openapi/v3": { paths: { [ROOT.slice(1)]: { serverRelativeURL: `/openapi/v3${ROOT}?hash=1` } } },
  [`/openapi/v3${ROOT}`]: { openapi: "3.0.0", info: { title: "theirs" }, paths: {} },
};

async function startTheirs(keys: ClusterKeys, ca: string): Promise<Server> {
  const pair = keys.server("weather", { commonName: "weather" }, ["weather.default.svc"]);
  const server = createServer({ ...pair, ca, requestCert: true, rejectUnauthorized: true }, (request, response) => {
    void answer(request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, "localhost", resolve));
  return server;
}

async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const [path = "", query = ""] = request.url!.split("?");
  const send = (status: number, object: object): void => {
    response.writeHead(status, { "content-type": "application/json", warning: '299 - "theirs"' });
    response.end(`${JSON.stringify(object)}\n`);
  };
  if (DOCUMENTS[path]) return send(200, DOCUMENTS[path]);
  const body = Buffer.concat((await request.toArray()) as Buffer[]).toString();
  const certificate = (request.socket as TLSSocket).getPeerCertificate().subject.CN as string;
  asked = { headers: request.headersDistinct, certificate, body };
  if (query.includes("watch=1")) return send(200, { type: "ADDED", object: FORECAST });
  if (path.endsWith("/today")) return send(200, FORECAST);
  send(404, { kind: "Status", apiVersion: "v1", status: "Failure", reason: "NotFound", code: 404 });
}

async function condition(): Promise<{ status: string; reason?: string; message?: string } | undefined> {
  const { status } = await client.get(APIService, `v1.${GROUP}`);
  return status.conditions?.find(({ type }) => type === "Available");
}

async function conditionBecomes(reason: string): Promise<{ status: string; message?: string }> {
  const deadline = performance.now() + 10_000;
  for (;;) {
    const found = await condition();
    if (found?.reason === reason) return found;
    if (performance.now() > deadline) assert.fail(`it did not become ${reason} but ${JSON.stringify(found)}`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

type Request = Partial<Parameters<Client["request"]>[0]>;

const ask = (path: string, more: Request = {}): Promise<ApiResponse> =>
  client.request({ method: "GET", path, ...more });

async function json(response: Promise<ApiResponse>): Promise<Record<string, any>> {
  const { body } = await response;
  if (body.form === "object") return JSON.parse(Buffer.from(body.bytes()).toString()) as Record<string, any>;
  assert.equal(body.form, "bytes");
  return JSON.parse(Buffer.from((body as { bytes: Uint8Array }).bytes).toString()) as Record<string, any>;
}

test("an APIService whose Service is missing is not available, and says why", async () => {
  const { status, message } = await conditionBecomes("ServiceNotFound");
  assert.deepEqual([status, message], ["False", 'service/weather in "default" is not present']);
  const refused = await ask(`${ROOT}/namespaces/default/forecasts/today`);
  assert.equal(refused.status, 503);
  assert.equal(Buffer.from((refused.body as { bytes: Uint8Array }).bytes).toString(), "service unavailable\n");
});

test("it becomes available when its Service is there and the server answers", async () => {
  await client.create(Service, {
    metadata: { name: "weather", namespace: "default" },
    spec: { type: "ExternalName", externalName: "localhost" },
  });
  const { status, message } = await conditionBecomes("Passed");
  assert.deepEqual([status, message], ["True", "all checks passed"]);
});

test("requests go on to it with the front proxy's certificate and the user in headers", async () => {
  const path = `${ROOT}/namespaces/default/forecasts/today`;
  const headers = { authorization: "Bearer secret", "x-remote-user": "forged", "x-remote-extra-more": "forged" };
  const response = await ask(path, { headers });
  assert.equal(response.status, 200);
  assert.deepEqual(response.headers["warning"], ['299 - "theirs"']);
  assert.deepEqual(await json(Promise.resolve(response)), FORECAST);
  assert.equal(asked.certificate, "front-proxy-client");
  assert.deepEqual(asked.headers["x-remote-user"], ["jane"]);
  assert.deepEqual(asked.headers["x-remote-group"], ["system:masters", "system:authenticated"]);
  assert.deepEqual(asked.headers["x-remote-extra-example.com%2fscopes"], ["one", "two"]);
  assert.equal(asked.headers["x-remote-extra-more"], undefined);
  assert.equal(asked.headers["authorization"], undefined);
});

test("bodies go there, and refusals come back as they are", async () => {
  const bytes = Buffer.from(JSON.stringify({ a: 1 }));
  const response = await ask(`${ROOT}/namespaces/default/forecasts`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: { form: "bytes", bytes },
  });
  assert.deepEqual([response.status, asked.body], [404, '{"a":1}']);
  assert.equal((await json(Promise.resolve(response)))["reason"], "NotFound");
});

test("a watch is passed on as a watch", async () => {
  const { body } = await ask(`${ROOT}/forecasts`, { query: "watch=1" });
  assert.equal(body.form, "watch");
  for await (const batch of (body as Extract<typeof body, { form: "watch" }>).events) {
    assert.deepEqual(
      batch.map(({ type, object }) => [type, object]),
      [["ADDED", FORECAST]],
    );
  }
});

test("whoever may not see it is refused before it is asked", async () => {
  const nobody = createClient(ours.door, { userAgent: "test", user: { username: "nobody", groups: [] } });
  const { status } = await nobody.request({ method: "GET", path: `${ROOT}/namespaces/default/forecasts/today` });
  assert.equal(status, 403);
});

test("discovery shows its group, version and resources, plain and aggregated", async () => {
  const { groups } = await json(ask("/apis"));
  const found = (groups as { name: string; preferredVersion: object }[]).find(({ name }) => name === GROUP);
  assert.deepEqual(found?.preferredVersion, { groupVersion: `${GROUP}/v1`, version: "v1" });
  assert.equal((await json(ask(`/apis/${GROUP}`)))["kind"], "APIGroup");
  assert.deepEqual((await json(ask(ROOT)))["resources"], RESOURCES);
  const accept = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList";
  const { items } = await json(ask("/apis", { headers: { accept } }));
  const group = (items as { metadata: { name: string }; versions: object[] }[]).find(
    ({ metadata }) => metadata.name === GROUP,
  );
  const responseKind = { group: "", version: "", kind: "Forecast" };
  const resource = {
    resource: "forecasts",
    responseKind,
    scope: "Namespaced",
    singularResource: "forecast",
    verbs: ["get", "list", "watch"],
    shortNames: ["fc"],
    subresources: [{ subresource: "status", responseKind, verbs: ["get"] }],
  };
  assert.deepEqual(group?.versions, [{ version: "v1", resources: [resource], freshness: "Current" }]);
});

test("OpenAPI has its paths and definitions beside ours", async () => {
  const { paths, definitions } = await json(ask("/openapi/v2"));
  assert.ok(paths[`${ROOT}/forecasts`] && paths["/api/v1/pods"] && definitions["com.example.Forecast"]);
  assert.equal(paths["/version/"].get.theirs, undefined, "what is ours stays ours");
  const index = await json(ask("/openapi/v3"));
  assert.equal(index["paths"][ROOT.slice(1)].serverRelativeURL, `/openapi/v3${ROOT}?hash=1`);
  assert.equal((await json(ask(`/openapi/v3${ROOT}`)))["info"].title, "theirs");
});

test("when it is away requests get 503, its condition says so, and its version is stale", async () => {
  theirs.closeAllConnections();
  await new Promise((resolve) => theirs.close(resolve));
  const { status } = await ask(`${ROOT}/namespaces/default/forecasts/today`);
  assert.equal(status, 503);
  const { message } = await conditionBecomes("FailedDiscoveryCheck");
  assert.match(message ?? "", new RegExp(`^failing or missing response from https://localhost:\\d+${ROOT}: `));
  const accept = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList";
  const { items } = await json(ask("/apis", { headers: { accept } }));
  const group = (items as { metadata: { name: string }; versions: { freshness: string }[] }[]).find(
    ({ metadata }) => metadata.name === GROUP,
  );
  assert.equal(group?.versions[0]?.freshness, "Stale");
});

test("without its APIService nothing is left of it", async () => {
  await client.delete(APIService, `v1.${GROUP}`);
  assert.equal((await ask(`${ROOT}/namespaces/default/forecasts/today`)).status, 404);
  assert.equal((await ask(`/apis/${GROUP}`)).status, 404);
});
