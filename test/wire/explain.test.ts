/** What kubectl tells of the API's fields, by either version of OpenAPI: kubectl 1.20 only reads the older, in protobuf. */
import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, suite, test } from "node:test";
import { Cluster } from "../../apps/library/index.ts";
import { Lifecycle } from "../../src/api/core/index.ts";
import { KUBECTLS, run, whyNoKubectl } from "./test-cluster.ts";

const words = (text: string): string => text.split(/\s+/).join(" ");

suite("kubectl explain", { skip: whyNoKubectl(), timeout: 60_000 }, () => {
  let cluster: Cluster;
  const folder = mkdtempSync(join(tmpdir(), "tiphys-explain-"));
  before(async () => {
    cluster = await Cluster.start({ port: 0, nodes: 0 });
    writeFileSync(join(folder, "kubeconfig"), cluster.kubeconfig, { mode: 0o600 });
  });
  after(async () => {
    await cluster.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  for (const [version, kubectl] of KUBECTLS) {
    for (const flags of version === "1.20" ? [[]] : [[], ["--output=plaintext-openapiv2"]]) {
      test(`kubectl ${version} ${flags.join(" ")} tells what fields are for`, async () => {
        const env = { ...process.env, KUBECONFIG: join(folder, "kubeconfig"), HOME: folder };
        const { out, err } = await run(kubectl, ["explain", "pods.spec.containers.lifecycle", ...flags], { env });
        const told = words(out);
        for (const text of [Lifecycle.doc, Lifecycle.fields["preStop"]?.doc]) {
          assert.ok(text !== undefined && told.includes(text), err || out);
        }
      });
    }
  }
});
