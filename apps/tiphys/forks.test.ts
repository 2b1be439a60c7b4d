import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { systemClock, systemRandom } from "../../adapters/clock/system-clock.ts";
import { ADMIN, openKeys } from "../../adapters/keys/cluster-keys.ts";
import { remoteDoor } from "../../adapters/node-http/client.ts";
import { Deployment, Node, Pod } from "../../src/api/index.ts";
import { answerOf } from "../../src/client/answers.ts";
import { createClient } from "../../src/client/index.ts";
import type { Client } from "../../src/client/index.ts";
import { silent } from "../../src/machinery/log.ts";
import type { DifferenceList } from "../../src/machinery/told-difference.ts";
import { assemble } from "../library/cluster.ts";
import { ClusterForks } from "./forks.ts";

const folder = mkdtempSync(join(tmpdir(), "tiphys-forks-"));
after(() => rmSync(folder, { recursive: true, force: true }));

const labels = { app: "web" };
const web = {
  metadata: { name: "web", namespace: "default" },
  spec: {
    replicas: 2,
    selector: { matchLabels: labels },
    template: { metadata: { labels }, spec: { containers: [{ name: "web", image: "nginx" }] } },
  },
};

/** A cluster with two nodes on which a Deployment runs, and what makes forks of it. */
async function scene() {
  const keys = openKeys(folder, { now: systemClock.now() });
  const cluster = await assemble({ clock: systemClock, random: systemRandom, keys: keys.tokens, nodes: 2 });
  const forks = new ClusterForks({ keys, log: silent, server: {} }, () => cluster.store);
  await cluster.client.create(Deployment, structuredClone(web) as never);
  await until(cluster.client, running(2));
  return {
    keys,
    cluster,
    forks,
    connect(url: string, as = ADMIN) {
      const remote = remoteDoor({ url, ca: keys.ca, ...keys.client(`user-${as.commonName}`, as) });
      return { client: createClient(remote.door, { userAgent: "test" }), close: remote.close };
    },
    async [Symbol.asyncDispose]() {
      await forks.stop();
      await cluster.stop();
    },
  };
}

const running =
  (count: number) =>
  (pods: readonly Pod[]): boolean =>
    pods.length === count &&
    pods.every(({ status }) => status?.conditions?.some((c) => c.type === "Ready" && c.status === "True"));

/** Follows the pods until they are as wanted. */
async function until(client: Client, wanted: (pods: readonly Pod[]) => boolean): Promise<void> {
  const signal = AbortSignal.timeout(20_000);
  for (;;) {
    const { items, metadata } = await client.list(Pod, { namespace: "default" });
    if (wanted(items)) return;
    for await (const _ of client.watch(Pod, {
      namespace: "default",
      resourceVersion: metadata.resourceVersion!,
      signal,
    }))
      break;
  }
}

const ask = async (client: Client, path: string, query = ""): Promise<unknown> =>
  answerOf(await client.request({ method: "GET", path, query }));

test("a fork begins as the cluster is, goes its own way, and nothing of it is left in the cluster", async () => {
  await using it = await scene();
  const fork = await it.forks.create({ name: "try" });
  assert.deepEqual(it.forks.list(), [fork]);
  const { client, close } = it.connect(fork.server);
  try {
    // Events of its pods may still be written, so that the cluster's revision goes on by itself.
    const { items: before } = await it.cluster.client.list(Pod, { namespace: "default" });
    await client.update(Deployment, {
      ...(await client.get(Deployment, "web", "default")),
      spec: { ...web.spec, replicas: 3 },
    } as never);
    await until(client, running(3));
    const told = (await ask(client, "/tiphys/v1/diff", "resource=pods,nodes")) as DifferenceList;
    assert.deepEqual(
      told.items.map(({ verb, kind }) => `${verb} ${kind}`),
      ["created Pod"],
      "pods that ran go on, with their addresses, on nodes that are what they were",
    );
    const origin = (await ask(client, "/tiphys/v1/diff", "from=origin&resource=pods")) as DifferenceList;
    assert.equal(origin.items.length, 1);
    assert.equal(it.forks.moment("fork/try")?.count("/core/pods/default/"), 3);
    assert.deepEqual((await it.cluster.client.list(Pod, { namespace: "default" })).items, before);
  } finally {
    close();
  }
  await it.forks.remove("try");
  const gone = it.connect(fork.server);
  await assert.rejects(gone.client.list(Node), /ECONNREFUSED/);
  gone.close();
});

test("what runs in a fork can be chosen, and who may do nothing in the cluster may do nothing there", async () => {
  await using it = await scene();
  const fork = await it.forks.create({ name: "still", components: [] });
  const { client, close } = it.connect(fork.server);
  const nobody = it.connect(fork.server, { commonName: "nobody" });
  try {
    await client.delete(Deployment, "web", "default");
    assert.equal((await client.list(Pod, { namespace: "default" })).items.length, 2, "no controller collects them");
    await assert.rejects(nobody.client.list(Node), /forbidden/);
    for (const path of ["diff", "snapshot", "forks"]) {
      await assert.rejects(ask(nobody.client, `/tiphys/v1/${path}`), /User "nobody" cannot get path/);
    }
    const attempt = nobody.client.request({
      method: "POST",
      path: "/tiphys/v1/reset",
      body: { form: "object", object: {} },
    });
    await assert.rejects(attempt.then(answerOf), /User "nobody" cannot post path "\/tiphys\/v1\/reset"/);
  } finally {
    close();
    nobody.close();
  }
  await assert.rejects(it.forks.create({ name: "b", components: ["etcd"] }), {
    message: 'unknown component "etcd": a fork has kube-controller-manager, kube-scheduler, kubelet',
  });
  await assert.rejects(
    it.forks.create({ name: "b", controllers: ["replicasett"] }),
    /is not in the list of known controllers/,
  );
  assert.equal(it.forks.list().length, 1);
});
