/** Reads of the past, diffs, forks, resets and snapshots as a user types them, with a real kubectl. */
import assert from "node:assert/strict";
import { existsSync, statSync } from "node:fs";
import { join } from "node:path";
import { suite, test } from "node:test";
import { TestCluster, whyNoKubectl } from "./test-cluster.ts";

suite("time travel", { skip: whyNoKubectl() ?? false }, () => {
  test("the past is read, compared, forked and brought back; a snapshot of it becomes a cluster of its own", async () => {
    await using cluster = new TestCluster(["--runtime", "sim", "--nodes", "2"]);
    await cluster.up();
    const tiphys = async (...words: string[]): Promise<string> => {
      const { code, out, err } = await cluster.tiphys(...words);
      assert.equal(code, 0, err);
      return out;
    };
    const word = (...more: string[]): Promise<string> =>
      cluster.kubectl("get", "configmap", "word", "-o", "jsonpath={.data.is} {.metadata.resourceVersion}", ...more);

    await cluster.kubectl("create", "configmap", "word", "--from-literal=is=old");
    const revision = (await word()).split(" ")[1]!;
    await cluster.kubectl("patch", "configmap", "word", "--type=merge", "-p", '{"data":{"is":"new"}}');
    const url = await cluster.kubectl("config", "view", "--minify", "-o", "jsonpath={.clusters[0].cluster.server}");
    const past = ["--server", `${url}/as-of/${revision}`];
    assert.equal(await word(...past), `old ${revision}`);
    assert.match(await cluster.kubectl("describe", "configmap", "word", ...past), /old/);
    const { code, err } = await cluster.tryKubectl(["delete", "configmap", "word", ...past]);
    assert.deepEqual([code, err], [1, "Error from server (MethodNotAllowed): the past can only be read\n"]);

    const changed = await tiphys("diff", revision, "-n", "default");
    assert.match(changed, /: 1 changed\n\n~ ConfigMap default\/word\n {4}data\.is: "old" → "new"\n$/);

    assert.match(await tiphys("fork", "try"), /kubectl --context tiphys-try get nodes/);
    await cluster.kubectl("--context", "tiphys-try", "drain", "node-1", "--ignore-daemonsets");
    assert.match(await tiphys("diff", "--context", "tiphys-try"), /~ Node node-1\n {4}spec\.unschedulable: true/);
    assert.match(
      await tiphys("reset", "--to", "fork", "--context", "tiphys-try", "--yes"),
      / is as it was at revision /,
    );
    assert.match(await tiphys("diff", "--context", "tiphys-try"), /nothing has changed/);
    await tiphys("fork", "delete", "try");
    assert.ok(!(await cluster.kubectl("config", "get-contexts", "-o", "name")).includes("tiphys-try"));
    assert.equal(await cluster.kubectl("get", "node", "node-1", "-o", "jsonpath={.spec.unschedulable}"), "");

    await tiphys("reset", "--to", revision, "--yes");
    assert.match(await word(), /^old /);

    const file = join(cluster.folder, "all.snapshot");
    await tiphys("snapshot", "save", file, "--include-keys", "--data-dir", cluster.data);
    assert.equal(statSync(file).mode & 0o777, 0o600);
    assert.match(await tiphys("snapshot", "verify", file), /is sound: every byte was read/);
    const refused = await cluster.tiphys("snapshot", "restore", file, "--data-dir", cluster.data, "--force");
    assert.match(refused.err, /a cluster runs in .* already/);

    await using again = new TestCluster(["--runtime", "sim"]);
    const { code: restored, err: problem } = await again.tiphys("snapshot", "restore", file, "--data-dir", again.data);
    assert.equal(restored, 0, problem);
    assert.ok(existsSync(join(again.data, "pki", "ca.key")));
    await again.up();
    assert.equal(await again.kubectl("get", "configmap", "word", "-o", "jsonpath={.data.is}"), "old");
  });
});
