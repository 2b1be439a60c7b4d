/** What goes wrong around a cluster and in front of it: one clear sentence, an exit code, and nothing damaged. */
import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import { once } from "node:events";
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { type AddressInfo, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, suite, test, type TestContext } from "node:test";
import { ConfigMap } from "../../src/api/core/index.ts";
import { StatusError } from "../../src/machinery/errors.ts";
import { HUNG } from "../hung.ts";
import { BIN, TestCluster, whyNoKubectl } from "./test-cluster.ts";

const NOBODY = 65_534;
const root = process.getuid?.() === 0;
const needsRoot = root ? false : "mounts and other users need root";

function folder(t: TestContext): string {
  const path = mkdtempSync(join(tmpdir(), "tiphys-faults-"));
  t.after(() => rmSync(path, { recursive: true, force: true }));
  return path;
}

interface FailingUp {
  readonly port?: number;
  readonly uid?: number;
  readonly runtime?: "sim" | "containerd";
  /** Where programs are looked for. */
  readonly path?: string;
}

/** `tiphys up` that is expected to fail: gives the one line it says. */
function failingUp(data: string, options: FailingUp = {}): string {
  const { port = 0, uid, runtime = "sim", path } = options;
  const words = [
    "up",
    "--runtime",
    runtime,
    "--data-dir",
    data,
    "--port",
    String(port),
    "--kubeconfig",
    `${data}.config`,
  ];
  const { status, stderr } = spawnSync(process.execPath, [BIN, ...words], {
    encoding: "utf8",
    timeout: 20_000,
    env: { ...process.env, ...(path !== undefined && { PATH: path }) },
    ...(uid !== undefined && { uid, gid: uid }),
  });
  assert.equal(status, 1, stderr);
  assert.match(stderr, /^tiphys: [^\n]+\n$/, "one line");
  return stderr;
}

/** Every file with its bytes; what a refused start must leave as it was. */
function content(path: string): Map<string, string> {
  const files = readdirSync(path, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  return new Map(
    files.map(({ parentPath, name }) => {
      const file = join(parentPath, name);
      return [file, readFileSync(file, "base64")];
    }),
  );
}

suite("a cluster that cannot start says why", { timeout: HUNG }, () => {
  test("a port in use", async (t) => {
    const server = createServer().listen(0, "127.0.0.1");
    t.after(() => server.close());
    await once(server, "listening");
    const { port } = server.address() as AddressInfo;
    assert.match(failingUp(join(folder(t), "data"), { port }), new RegExp(`port ${port} is in use: stop what listens`));
  });

  test("a data directory of another format, left as it is", (t) => {
    const data = folder(t);
    writeFileSync(join(data, "VERSION"), "0\n");
    mkdirSync(join(data, "journal"));
    writeFileSync(join(data, "journal", "data.mdb"), "of long ago");
    const before = content(data);
    assert.match(
      failingUp(data),
      /was written by a version of Tiphys too old to upgrade from \(format 0, this one has \d+\)/,
    );
    assert.deepEqual(content(data), before);
  });

  test("a data directory of a running cluster, which goes on", async (t) => {
    const cluster = new TestCluster(["--runtime", "sim"]);
    t.after(() => cluster[Symbol.asyncDispose]());
    await cluster.up();
    assert.match(failingUp(cluster.data), /a cluster runs in .* already \(process \d+, https:.*tiphys down/);
    const made = await cluster.client().create(ConfigMap, { metadata: { name: "a", namespace: "default" } });
    assert.equal(made.metadata.name, "a");
  });

  test("no permission", { skip: needsRoot }, (t) => {
    const path = folder(t);
    const reachable = spawnSync(process.execPath, [BIN, "--version"], { uid: NOBODY, gid: NOBODY });
    if (reachable.status !== 0) return t.skip("another user cannot read this checkout");
    chmodSync(path, 0o755);
    assert.match(failingUp(join(path, "data"), { uid: NOBODY }), /no permission for .*data: run as its owner/);
    assert.equal(existsSync(join(path, "data")), false);
  });

  test("no network tools on the machine", { skip: needsRoot }, (t) => {
    const path = folder(t);
    const said = failingUp(join(path, "data"), { runtime: "containerd", path });
    assert.match(said, /ip is missing: install the package iproute2/);
  });

  test("no space", { skip: needsRoot }, (t) => {
    const disk = mounted(t, "8m");
    assert.match(
      failingUp(join(disk, "data")),
      /cannot be written \(no space left.*free some space, or give another directory/,
    );
  });

  test(
    "space that ends while it runs: writes wait for more, those acknowledged stay",
    { skip: needsRoot },
    async (t) => {
      const disk = mounted(t, "64m");
      const cluster = new TestCluster(["--runtime", "sim"], join(disk, "data"));
      t.after(() => cluster[Symbol.asyncDispose]());
      await cluster.up();
      const data = { cargo: "x".repeat(500_000) };
      const acknowledged: string[] = [];
      const client = cluster.client();
      const put = async (name: string): Promise<void> => {
        await client.create(ConfigMap, { metadata: { name, namespace: "default" }, data });
        acknowledged.push(name);
      };
      const filling = async (): Promise<void> => {
        for (let number = 0; number < 130; number++) await put(`box-${number}`);
      };
      await assert.rejects(filling(), (error) => {
        assert.ok(error instanceof StatusError);
        assert.deepEqual([error.status.code, error.status.reason], [503, "ServiceUnavailable"]);
        assert.match(error.status.message!, /no space left: .*; free some, and writes are taken again/);
        return true;
      });
      assert.ok(acknowledged.length > 5);
      assert.equal((await client.get(ConfigMap, "box-0", "default")).data?.["cargo"], data.cargo, "reads go on");
      execFileSync("mount", ["-o", "remount,size=256m", disk]);
      await put("after");
      await cluster.stop("SIGTERM");
      await cluster.up();
      const { items } = await cluster.client().list(ConfigMap, { namespace: "default" });
      const there = new Map(items.map((item) => [item.metadata.name, item.data?.["cargo"]]));
      assert.deepEqual(
        acknowledged.filter((name) => there.get(name) !== data.cargo),
        [],
      );
    },
  );
});

/** A small disk of its own. */
function mounted(t: TestContext, size: string): string {
  const path = mkdtempSync(join(tmpdir(), "tiphys-disk-"));
  execFileSync("mount", ["-t", "tmpfs", "-o", `size=${size}`, "tmpfs", path]);
  t.after(() => {
    execFileSync("umount", ["--lazy", path]);
    rmSync(path, { recursive: true, force: true });
  });
  return path;
}

const deployment = (spec: string, container = "{name: a, image: a}"): string =>
  `{apiVersion: apps/v1, kind: Deployment, metadata: {name: bad}, spec: {${spec}, selector: {matchLabels: {a: b}}, ` +
  `template: {metadata: {labels: {a: b}}, spec: {containers: [${container}]}}}}`;

interface Refusal {
  readonly rule: string;
  readonly manifest: string;
  readonly says: RegExp;
  readonly flags?: readonly string[];
}

const refusals: readonly Refusal[] = [
  {
    rule: "a number where a string belongs",
    manifest: "{apiVersion: v1, kind: ConfigMap, metadata: {name: bad}, data: {a: 1}}",
    says: /\(BadRequest\).*ConfigMap in version "v1" cannot be handled as a ConfigMap: json: cannot unmarshal number into Go struct field ConfigMap\.data of type string/,
  },
  {
    rule: "a string where a number belongs",
    manifest: deployment("replicas: three"),
    says: /json: cannot unmarshal string into Go struct field DeploymentSpec\.spec\.replicas of type int32/,
  },
  {
    rule: "an unknown field",
    manifest: deployment("replicas: 1", "{name: a, image: a, comand: [b]}"),
    says: /strict decoding error: unknown field "spec\.template\.spec\.containers\[0\]\.comand"/,
  },
  {
    rule: "a value out of its range",
    manifest: deployment("replicas: -3"),
    says: /The Deployment "bad" is invalid: spec\.replicas: Invalid value: -3: must be greater than or equal to 0/,
  },
  {
    rule: "a name that is none",
    manifest: "{apiVersion: v1, kind: ConfigMap, metadata: {name: Bad_Name}}",
    says: /The ConfigMap "Bad_Name" is invalid: metadata\.name: Invalid value: "Bad_Name": a lowercase RFC 1123 subdomain/,
  },
  {
    rule: "a namespace that there is not",
    manifest: "{apiVersion: v1, kind: ConfigMap, metadata: {name: bad, namespace: nowhere}}",
    says: /\(NotFound\).*namespaces "nowhere" not found/,
  },
  {
    rule: "JSON that ends too early",
    manifest: '{"kind":"ConfigMap","apiVersion":"v1","metadata":{"name":"bad"},',
    says: /\(BadRequest\).*couldn't get version\/kind; json parse error: unexpected end of JSON input/,
    flags: ["--raw", "/api/v1/namespaces/default/configmaps"],
  },
];

suite("bad input through kubectl", { skip: whyNoKubectl(), timeout: HUNG }, () => {
  const cluster = new TestCluster(["--runtime", "sim"]);
  before(() => cluster.up());
  after(() => cluster[Symbol.asyncDispose]());

  for (const { rule, manifest, says, flags = [] } of refusals) {
    test(`${rule} is refused in upstream's words, and nothing is stored`, async () => {
      const file = join(cluster.folder, "manifest");
      writeFileSync(file, manifest);
      const { code, err } = await cluster.tryKubectl(["create", ...flags, "-f", file]);
      assert.equal(code, 1);
      assert.match(err, says);
      const left = await cluster.kubectl("get", "configmaps,deployments,pods", "-o", "name");
      assert.equal(left, "configmap/kube-root-ca.crt\n");
    });
  }

  test("a write by a stale revision conflicts", async () => {
    await cluster.kubectl("create", "configmap", "shared", "--from-literal=a=1");
    const stale = await cluster.kubectl("get", "configmap", "shared", "-o", "json");
    await cluster.kubectl("patch", "configmap", "shared", "-p", '{"data":{"a":"2"}}');
    const { code, err } = await cluster.tryKubectl(["replace", "-f", "-"], { input: stale.replace('"1"', '"3"') });
    assert.equal(code, 1);
    assert.match(
      err,
      /Operation cannot be fulfilled on configmaps "shared": the object has been modified; please apply your changes to the latest version and try again/,
    );
    assert.equal(await cluster.kubectl("get", "configmap", "shared", "-o", "jsonpath={.data.a}"), "2");
  });
});
