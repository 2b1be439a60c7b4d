/**
 * Stories as they are read, from a whole cluster on the virtual clock. `deployment.txt` is a script: commands, `----`,
 * and the text that the last of them, `story`, gives. STORY_UPDATE=1 writes what it gives now, to be read before it is
 * committed.
 */
import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { newKey, privatePem } from "../../adapters/keys/certificate.ts";
import { tokenKeys } from "../../adapters/keys/token-keys.ts";
import { type Assembly, ADMIN, assemble } from "../../apps/library/cluster.ts";
import { Deployment } from "../../src/api/apps/index.ts";
import { Node } from "../../src/api/core/index.ts";
import type { Client } from "../../src/client/index.ts";
import { SeededRandom } from "../../src/machinery/testing/seeded-random.ts";
import { VirtualClock } from "../../src/machinery/testing/virtual-clock.ts";
import type { ToldChange } from "../../src/machinery/told-change.ts";
import { buildStory, chosen, followChanges, Follower, readChanges, storyText } from "../../src/story/index.ts";

const OPTIONS = { width: 100, colors: false };

/** Keys are made by the platform's threads: their turn comes between timers. */
const settle = async (): Promise<void> => {
  for (let turn = 0; turn < 4; turn++) await new Promise((resolve) => setImmediate(resolve));
};

async function start(): Promise<{ cluster: Assembly; clock: VirtualClock; jane: Client }> {
  const clock = new VirtualClock(Date.UTC(2026, 0, 1), settle);
  const keys = tokenKeys(privatePem(newKey().privateKey));
  const starting = assemble({ clock, random: new SeededRandom(1), keys, nodes: 3, rootCertificate: "PEM" });
  let cluster: Assembly | undefined;
  void starting.then((made) => (cluster = made));
  await clock.runUntil(() => cluster !== undefined);
  await clock.advance(30_000);
  return { cluster: cluster!, clock, jane: cluster!.clientFor({ ...ADMIN, username: "jane" }, "kubectl/v1.36.0") };
}

function deployment(name: string, replicas: number, image: string, cpu = "100m") {
  const labels = { app: name };
  const container = { name: "web", image, resources: { requests: { cpu } } };
  const spec = { automountServiceAccountToken: false, containers: [container] };
  return {
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: { name },
    spec: { replicas, selector: { matchLabels: labels }, template: { metadata: { labels }, spec } },
  };
}

type Words = readonly string[];

const COMMANDS: Readonly<Record<string, (client: Client, words: Words) => Promise<unknown>>> = {
  apply: (client, [name = "", replicas, image = "", cpu]) => {
    const body = deployment(name, Number(replicas), image, cpu);
    return client.patch(Deployment, name, "default", { type: "apply", body }, { fieldManager: "kubectl" });
  },
  scale: (client, [name = "", replicas]) =>
    client.patch(Deployment, name, "default", { type: "merge", body: { spec: { replicas: Number(replicas) } } }),
  delete: (client, [name = ""]) => client.delete(Deployment, name, "default", { propagationPolicy: "Foreground" }),
  taint: (client, [name = "", key]) =>
    client.patch(Node, name, undefined, { type: "merge", body: { spec: { taints: [{ key, effect: "NoSchedule" }] } } }),
};

test("a script of stories", async () => {
  const file = join(import.meta.dirname, "deployment.txt");
  const blocks = readFileSync(file, "utf8").split(/^====\n/m);
  const { cluster, clock, jane } = await start();
  const now: string[] = [];
  for (const block of blocks) {
    const commands = block.split("----\n")[0]!;
    let text = "";
    for (const line of commands.trim().split("\n")) {
      const [command = "", ...words] = line.split(" ");
      if (command === "story") text += await told(cluster.client, words[0]!);
      else if (command === "wait") await clock.advance(Number(words[0]) * 1000);
      else await COMMANDS[command]!(jane, words);
    }
    now.push(`${commands}----\n${text}`);
  }
  if (process.env["STORY_UPDATE"]) writeFileSync(file, now.join("====\n"));
  else now.forEach((text, i) => assert.equal(text, blocks[i]));
  await cluster.stop();
});

async function told(client: Client, object: string): Promise<string> {
  const story = buildStory(plain((await readChanges(client, { object })).items));
  return storyText(story, chosen(story, {}), OPTIONS);
}

/** With names that count instead of random ones, and without the scores, which are the scheduler's to choose. */
function plain(items: readonly ToldChange[]): readonly ToldChange[] {
  let text = JSON.stringify(items);
  const counts = new Map<string, number>();
  for (const { objects } of items) {
    const { kind, name, owner, verb } = objects[0]!;
    if (verb !== "create" || owner === undefined || !["ReplicaSet", "Pod"].includes(kind)) continue;
    const count = (counts.get(owner.name) ?? 0) + 1;
    counts.set(owner.name, count);
    const suffix = name.slice(owner.name.length);
    text = text.replaceAll(new RegExp(`${suffix}\\b`, "g"), `-${kind === "Pod" ? "pod" : "set"}${count}`);
  }
  const scores = /"score":[\d.]+,"scores":\{[^}]*\}/g;
  return JSON.parse(text.replaceAll(scores, '"score":100,"scores":{"NodeResourcesFit":60,"node":40}')) as ToldChange[];
}

test("who follows a story is told each act as it happens, once", async () => {
  const { cluster, clock, jane } = await start();
  const stop = new AbortController();
  const seen: ToldChange[] = [];
  const follower = new Follower(OPTIONS);
  let text = "";
  const following = (async () => {
    for await (const change of followChanges(cluster.client, { object: "deploy/web" }, stop.signal)) {
      seen.push(change);
      text += follower.add(change);
    }
  })();
  await COMMANDS["apply"]!(jane, ["web", "2", "nginx:1"]);
  await clock.advance(5000);
  stop.abort();
  await following;
  const listed = (await readChanges(cluster.client, { object: "deploy/web" })).items.map(({ revision }) => revision);
  assert.deepEqual(
    seen.map(({ revision }) => revision),
    listed,
  );
  assert.equal(text.match(/created Pod/g)?.length, 2);
  assert.match(text, /^Deployment default\/web\n.*\n\n +\+0 ms {2}jane \(kubectl\) created Deployment web/);
  assert.match(text, /kubelet node-\d reported Running, Ready \(Pod web-/);
  await cluster.stop();
});

test("only who may read everything may read changes", async () => {
  const { cluster } = await start();
  const joe = cluster.clientFor({ username: "joe", groups: ["system:authenticated"] });
  await assert.rejects(
    readChanges(joe, { object: "deploy/web" }),
    /User "joe" cannot get path "\/tiphys\/v1\/changes"/,
  );
  await assert.rejects(readChanges(cluster.client, { object: "deploy/web" }), /deployments.apps "web" not found/);
  await cluster.stop();
});
