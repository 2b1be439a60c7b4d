/** Debian's Python client library against a cluster on a real HTTPS port; `python_client.py` holds the checks. */
import assert from "node:assert/strict";
import { execFile, spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { Cluster, ServiceAccount } from "../../apps/library/index.ts";

/** Debian's: another Python on the path does not have its packages. */
const PYTHON = "/usr/bin/python3";
const SCRIPT = join(import.meta.dirname, "python_client.py");

/** Milliseconds for all checks together. */
const LIMIT = 60_000;

interface Check {
  readonly rule: string;
  readonly error: string | null;
}

if (spawnSync(PYTHON, ["-c", "import kubernetes.stream"]).status !== 0) {
  test(
    "the Python client library",
    { skip: "no python3-kubernetes (npm test brings it, as root on Debian)" },
    () => {},
  );
} else {
  const { checks, said } = await run();
  test("the Python client's checks ran to their end", () => assert.ok(checks.length >= 9, said));
  for (const { rule, error } of checks) test(rule, () => assert.equal(error, null, error ?? ""));
}

async function run(): Promise<{ checks: readonly Check[]; said: string }> {
  await using cluster = await Cluster.start({ port: 0, nodes: 1 });
  const folder = mkdtempSync(join(tmpdir(), "tiphys-python-"));
  try {
    const kubeconfig = join(folder, "config");
    writeFileSync(kubeconfig, cluster.kubeconfig);
    while (!(await hasAccount(cluster))) await new Promise((resolve) => setTimeout(resolve, 10));
    const { out, error } = await python([SCRIPT, kubeconfig, "default"]);
    const lines = out.split("\n").filter((line) => line.startsWith("{"));
    return { checks: lines.map((line) => JSON.parse(line) as Check), said: error };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Pods are refused until their namespace has it. */
async function hasAccount({ client }: Cluster): Promise<boolean> {
  const { items } = await client.list(ServiceAccount, { namespace: "default" });
  return items.length > 0;
}

function python(args: readonly string[]): Promise<{ out: string; error: string }> {
  return new Promise((done) => {
    execFile(PYTHON, args, { timeout: LIMIT }, (_, out, error) => done({ out, error }));
  });
}
