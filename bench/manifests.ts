/**
 * What the manifests of well-known projects cost: applying all of them with kubectl, discovery with all installed, and
 * the memory of 100 large CustomResourceDefinitions.
 *
 *     node --expose-gc bench/manifests.ts [--definitions 100]
 *
 * Prints one JSON line: seconds for kubectl's applies (nine of them, one after another), for `kubectl wait` over all
 * definitions and for the first `kubectl api-resources`; MiB of heap and buffers a definition after two collections,
 * before and after the definitions are created by bare requests, and their mean size as JSON in KiB.
 */
import { readFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { loadAll } from "js-yaml";
import { Cluster } from "../apps/library/index.ts";
import { CustomResourceDefinition } from "../src/api/apiextensions/index.ts";
import { ManifestCluster, MANIFESTS, target, whyNoManifests } from "../test/manifests/manifests.ts";

type Definition = CustomResourceDefinition;

const problem = whyNoManifests();
if (problem) throw new Error(problem);
if (!globalThis.gc) throw new Error("memory cannot be measured: run with node --expose-gc");

const { definitions } = parseArgs({ options: { definitions: { type: "string", default: "100" } } }).values;
const round = (value: number): number => Math.round(value * 1000) / 1000;

async function seconds(work: () => Promise<unknown>): Promise<number> {
  const began = performance.now();
  await work();
  return round((performance.now() - began) / 1000);
}

/** One way of applying everything, in a cluster of its own. */
async function applied(words: readonly string[]): Promise<Record<string, number>> {
  await using here = await ManifestCluster.start();
  const all = async (): Promise<void> => {
    for (const manifest of MANIFESTS) await here.tryKubectl(["apply", ...words, ...target(manifest)]);
  };
  const apply = await seconds(all);
  const wait = await seconds(() => here.kubectl(["wait", "--for=condition=Established", "crd", "--all"]));
  const again = await seconds(all);
  here.forgetDiscovery();
  const discovery = await seconds(() => here.kubectl(["api-resources"]));
  return { apply, wait, again, discovery };
}

/** Bytes of live objects, buffers included. */
async function memory(): Promise<number> {
  for (let i = 0; i < 3; i++) {
    await new Promise((resolve) => setTimeout(resolve, 200));
    globalThis.gc!();
  }
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

/** The `count` definitions of the manifests, again and again under groups of their own. */
function* copies(count: number): Generator<Definition> {
  const originals = MANIFESTS.flatMap(({ file }) => loadAll(readFileSync(file, "utf8")) as Definition[]).filter(
    (object) => object?.kind === "CustomResourceDefinition",
  );
  for (let i = 0; i < count; i++) {
    const { metadata, spec, ...rest } = originals[i % originals.length]!;
    const group = `copy${Math.floor(i / originals.length)}.example.com`;
    const annotations = { "api-approved.kubernetes.io": "unapproved, a copy" };
    yield {
      ...rest,
      metadata: { ...metadata, name: `${spec.names.plural}.${group}`, annotations },
      spec: { ...spec, group },
    };
  }
}

async function definitionMemory(count: number): Promise<Record<string, number>> {
  await using cluster = await Cluster.start();
  const { client } = cluster;
  const before = await memory();
  let bytes = 0;
  const took = await seconds(async () => {
    for (const definition of copies(count)) {
      bytes += JSON.stringify(definition).length;
      await client.create(CustomResourceDefinition, definition);
    }
  });
  const after = await memory();
  const mib = (value: number): number => round(value / 2 ** 20);
  return {
    count,
    seconds: took,
    before: mib(before),
    after: mib(after),
    each: mib((after - before) / count),
    sizeKiB: round(bytes / count / 1024),
  };
}

const serverSide = await applied(["--server-side"]);
const clientSide = await applied([]);
console.log(JSON.stringify({ serverSide, clientSide, definitions: await definitionMemory(Number(definitions)) }));
