/** Webhooks of a real HTTPS server, and what kubectl makes of them. */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import type { IncomingMessage, ServerResponse } from "node:http";
import { type Server, createServer } from "node:https";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, suite, test } from "node:test";
import { systemClock, systemRandom } from "../../adapters/clock/system-clock.ts";
import { ADMIN, type ClusterKeys, openKeys } from "../../adapters/keys/cluster-keys.ts";
import { kubeconfigOf, kubeconfigText } from "../../adapters/kubeconfig/index.ts";
import { type Listener, listen } from "../../adapters/node-http/listener.ts";
import { type RunningApiServer, startApiServer } from "../../apps/tiphys/api-server.ts";
import { webhookCaller } from "../../apps/tiphys/edge.ts";
import { silent } from "../../src/machinery/log.ts";
import { eventually, freePort, KUBECTLS, type Ran, run, whyNoKubectl } from "./test-cluster.ts";

// Webhooks look into reviews as they please.
// oxlint-disable-next-line typescript/no-explicit-any
type Any = any;

/** What each path of the webhook server answers to a review's request. */
const HOOKS: Readonly<Record<string, (request: Any) => object>> = {
  "/label": ({ object }) =>
    patch({ op: "add", path: "/metadata/labels", value: { ...object.metadata.labels, seen: "yes" } }),
  "/count": ({ object }) =>
    patch({ op: "add", path: "/data/keys", value: String(Object.keys(object.data ?? {}).length) }),
  "/add": () => patch({ op: "add", path: "/data/added", value: "yes" }),
  "/deny": ({ name }) => ({
    allowed: name !== "bad",
    status: { code: 403, reason: "Forbidden", message: `no ${name}` },
  }),
  "/deny-attach": ({ name }) => ({ allowed: false, status: { message: `attaching to pod '${name}' is not allowed` } }),
  "/allow": () => ({ allowed: true }),
  "/convert": ({ objects, desiredAPIVersion }) => ({
    result: { status: "Success" },
    convertedObjects: objects.map((each: Any) => converted(each, desiredAPIVersion)),
  }),
};

const patch = (...operations: object[]): object => ({
  allowed: true,
  patchType: "JSONPatch",
  patch: Buffer.from(JSON.stringify(operations)).toString("base64"),
});

/** `spec.hostPort` in v1; `spec.host` and `spec.port` in v2. As upstream's own example. */
function converted({ spec = {}, ...rest }: Any, apiVersion: string): Any {
  const { hostPort = "", host, port, ...others } = spec;
  const [name, number] = hostPort.split(":");
  const made = apiVersion.endsWith("/v1") ? { hostPort: `${host}:${port}` } : { host: name, port: number };
  return { ...rest, apiVersion, spec: { ...made, ...others } };
}

const CRD = {
  apiVersion: "apiextensions.k8s.io/v1",
  kind: "CustomResourceDefinition",
  metadata: { name: "links.example.com" },
  spec: {
    group: "example.com",
    scope: "Namespaced",
    names: { plural: "links", kind: "Link" },
    versions: ["v1", "v2"].map((name) => ({
      name,
      served: true,
      storage: name === "v1",
      schema: { openAPIV3Schema: { type: "object", "x-kubernetes-preserve-unknown-fields": true } },
    })),
  },
};

suite("webhooks over HTTPS", { skip: whyNoKubectl(), timeout: 120_000 }, () => {
  const folder = mkdtempSync(join(tmpdir(), "tiphys-webhooks-"));
  const kubeconfig = join(folder, "kubeconfig");
  const env = { ...process.env, KUBECONFIG: kubeconfig, HOME: folder };
  let api: RunningApiServer;
  let listener: Listener;
  let hooks: Server;
  let caBundle: string;
  let port: number;

  const tryKubectl = (args: readonly string[], input?: object | string): Promise<Ran> =>
    run(KUBECTLS.get("1.36")!, args, {
      env,
      input: typeof input === "object" ? JSON.stringify(input) : input,
    });
  const kubectl = async (args: readonly string[], input?: object | string): Promise<string> => {
    const { code, out, err } = await tryKubectl(args, input);
    assert.equal(code, 0, `kubectl ${args.join(" ")}: ${err || out}`);
    return out;
  };

  before(async () => {
    const keys = openKeys(join(folder, "ours"), { now: systemClock.now() });
    const theirs = openKeys(join(folder, "theirs"), { now: systemClock.now() });
    caBundle = Buffer.from(theirs.ca).toString("base64");
    hooks = await startHooks(theirs);
    port = (hooks.address() as AddressInfo).port;
    api = await startApiServer({
      clock: systemClock,
      random: systemRandom,
      log: silent,
      keys: keys.tokens,
      webhooks: webhookCaller(),
    });
    listener = await listen(api.door, { port: 0, host: "127.0.0.1", tls: { ...keys.serving, clientCa: keys.ca } });
    await api.bootstrap();
    const admin = keys.client("admin", ADMIN);
    const entry = { name: "test", server: listener.url, ca: keys.ca, ...admin, owner: folder };
    writeFileSync(kubeconfig, kubeconfigText(kubeconfigOf(entry)));
    await kubectl(["apply", "-f", "-"], {
      apiVersion: "v1",
      kind: "Service",
      metadata: { name: "hooks", namespace: "default" },
      spec: { type: "ExternalName", externalName: "localhost" },
    });
  });
  after(async () => {
    hooks.closeAllConnections();
    hooks.close();
    await listener.close();
    await api.close();
    rmSync(folder, { recursive: true, force: true });
  });

  const hook = (path: string, more: object = {}): object => ({
    name: `${path.slice(1)}.example.com`,
    clientConfig: { caBundle, url: `https://127.0.0.1:${port}${path}` },
    rules: [{ apiGroups: [""], apiVersions: ["v1"], operations: ["CREATE", "UPDATE"], resources: ["configmaps"] }],
    sideEffects: "None",
    admissionReviewVersions: ["v1"],
    ...more,
  });
  const byService = (path: string): object => ({
    caBundle,
    service: { namespace: "default", name: "hooks", path, port },
  });

  /** With these webhooks in force, and no longer. */
  async function under(sort: "Mutating" | "Validating", webhooks: object[], work: () => Promise<void>): Promise<void> {
    const kind = `${sort}WebhookConfiguration`;
    const object = { apiVersion: "admissionregistration.k8s.io/v1", kind, metadata: { name: "c" }, webhooks };
    await kubectl(["create", "-f", "-"], object);
    try {
      await work();
    } finally {
      await kubectl(["delete", kind.toLowerCase(), "c"]);
    }
  }

  const create = (name: string): Promise<Ran> => tryKubectl(["create", "configmap", name, "--from-literal=k=v"]);

  test("a Service's webhook changes an object, except where its conditions say otherwise", async () => {
    const matchConditions = [{ name: "not-this", expression: "object.metadata.name != 'skip-me'" }];
    const label = hook("/label", { clientConfig: byService("/label"), matchConditions });
    await under("Mutating", [label], async () => {
      const { err } = await create("labelled");
      assert.equal(err, "");
      await create("skip-me");
    });
    const said = await kubectl([
      "get",
      "configmap",
      "labelled",
      "skip-me",
      "-o",
      "jsonpath={.items[*].metadata.labels}",
    ]);
    assert.equal(said, '{"seen":"yes"}');
  });

  test("one that asked for it sees what a later one changed", async () => {
    const webhooks = [hook("/count", { reinvocationPolicy: "IfNeeded" }), hook("/add")];
    await under("Mutating", webhooks, async () => void (await create("counted")));
    // Once more, it counts its own key and the added one, too.
    assert.equal(await kubectl(["get", "configmap", "counted", "-o", "jsonpath={.data.keys}"]), "3");
  });

  test("one that refuses is named, with its reason", async () => {
    await under("Validating", [hook("/deny")], async () => {
      const refused = await create("bad");
      assert.equal(refused.code, 1);
      assert.equal(
        refused.err.trim(),
        'error: failed to create configmap: admission webhook "deny.example.com" denied the request: no bad',
      );
      assert.equal((await create("good")).code, 0);
    });
  });

  test("attaching to a pod can be refused", async () => {
    const pod = { containers: [{ name: "c", image: "busybox" }], nodeName: "n", automountServiceAccountToken: false };
    const made = { apiVersion: "v1", kind: "Pod", metadata: { name: "p", namespace: "default" }, spec: pod };
    await kubectl(["create", "serviceaccount", "default"]);
    await kubectl(["create", "-f", "-"], made);
    const rules = [{ apiGroups: [""], apiVersions: ["v1"], operations: ["CONNECT"], resources: ["pods/attach"] }];
    await under("Validating", [hook("/deny-attach", { rules })], async () => {
      const { err } = await tryKubectl(["attach", "p", "-c", "c"]);
      assert.match(err, /denied the request: attaching to pod 'p' is not allowed/);
    });
  });

  for (const [rule, config, why] of [
    [
      "nobody listens",
      async () => ({ url: `https://127.0.0.1:${await freePort()}/allow` }),
      /Post "https:\/\/127\.0\.0\.1:(\d+)\/allow\?timeout=10s": dial tcp 127\.0\.0\.1:\1: connect: connection refused$/,
    ],
    [
      "its certificate is of another authority",
      async () => ({
        url: `https://127.0.0.1:${port}/allow`,
        caBundle: Buffer.from(openKeys(join(folder, "ours"), { now: systemClock.now() }).ca).toString("base64"),
      }),
      /tls: failed to verify certificate: x509: certificate signed by unknown authority$/,
    ],
    [
      "its certificate has another name",
      async () => ({ caBundle, url: `https://localhost:${port}/allow` }),
      /x509: certificate is valid for hooks\.default\.svc, 127\.0\.0\.1, not localhost$/,
    ],
    [
      "there is no such path",
      async () => ({ caBundle, url: `https://127.0.0.1:${port}/none` }),
      /the server could not find the requested resource$/,
    ],
  ] as const) {
    test(`a failed call refuses or is passed over: ${rule}`, async () => {
      const clientConfig = await config();
      const named = rule.replaceAll(" ", "-");
      await under("Validating", [hook("/allow", { clientConfig })], async () => {
        const { err } = await create(named);
        assert.match(
          err.trim(),
          /^error: failed to create configmap: Internal error occurred: failed calling webhook "allow\.example\.com": failed to call webhook: /,
        );
        assert.match(err.trim(), why);
      });
      await under("Validating", [hook("/allow", { clientConfig, failurePolicy: "Ignore" })], async () => {
        assert.equal((await create(named)).code, 0);
      });
    });
  }

  test("a webhook that takes too long is not waited for", async () => {
    await under("Validating", [hook("/slow", { timeoutSeconds: 1 })], async () => {
      const began = performance.now();
      const { err } = await create("late");
      assert.match(err, /Post "https:\/\/127\.0\.0\.1:\d+\/slow\?timeout=1s": context deadline exceeded/);
      assert.ok(performance.now() - began < 20_000);
    });
  });

  test("custom resources are converted for get, list, watch and apply", async () => {
    const webhook = { conversionReviewVersions: ["v1"], clientConfig: byService("/convert") };
    const conversion = { strategy: "Webhook", webhook };
    await kubectl(["apply", "-f", "-"], { ...CRD, spec: { ...CRD.spec, conversion } });
    await kubectl(["wait", "--for=condition=Established", "crd/links.example.com"]);
    const link = (version: string, name: string, spec: object): object => ({
      apiVersion: `example.com/${version}`,
      kind: "Link",
      metadata: { name, namespace: "default" },
      spec,
    });
    await kubectl(["apply", "-f", "-"], link("v1", "one", { hostPort: "a:1" }));
    await kubectl(["apply", "--server-side", "-f", "-"], link("v2", "two", { host: "b", port: "2" }));
    const rows = "jsonpath={range .items[*]}{.apiVersion} {.metadata.name} {.spec}{'\\n'}{end}";
    assert.equal(
      await kubectl(["get", "links.v2.example.com", "-o", rows]),
      'example.com/v2 one {"host":"a","port":"1"}\nexample.com/v2 two {"host":"b","port":"2"}\n',
    );
    assert.equal(await kubectl(["get", "links.v1.example.com", "two", "-o", "jsonpath={.spec.hostPort}"]), "b:2");
    // The same again changes nothing, in whichever version; another value does.
    assert.match(await kubectl(["apply", "-f", "-"], link("v1", "one", { hostPort: "a:1" })), /unchanged/);
    const address = "jsonpath={.spec.hostPort}{'\\n'}";
    const watching = spawn(KUBECTLS.get("1.36")!, ["get", "links.v1.example.com", "-w", "-o", address], { env });
    let told = "";
    watching.stdout.on("data", (part) => (told += String(part)));
    await eventually("the watch begins", () => told === "a:1\nb:2\n");
    await kubectl(["apply", "--server-side", "-f", "-"], link("v2", "two", { host: "b", port: "3" }));
    await eventually("the change is told", () => told === "a:1\nb:2\nb:3\n");
    watching.kill();
  });
});

async function startHooks(keys: ClusterKeys): Promise<Server> {
  const pair = keys.server("hooks", { commonName: "hooks" }, ["hooks.default.svc", "127.0.0.1"]);
  const server = createServer(pair, (request, response) => void answer(request, response));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return server;
}

async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const path = request.url!.split("?")[0]!;
  if (path === "/slow") return;
  const hook = HOOKS[path];
  if (hook === undefined) return void response.writeHead(404).end();
  const {
    kind,
    apiVersion,
    request: asked,
  } = JSON.parse(Buffer.concat((await request.toArray()) as Buffer[]).toString());
  response.writeHead(200, { "content-type": "application/json" });
  response.end(JSON.stringify({ kind, apiVersion, response: { uid: asked.uid, ...hook(asked) } }));
}
