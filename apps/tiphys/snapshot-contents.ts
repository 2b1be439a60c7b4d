/** Reads a snapshot file from its first byte to its last and says what is in it. */
import { type Head, readSnapshot } from "../../adapters/snapshot-file/index.ts";
import { bytesText, countText } from "./meter.ts";

export interface Contents {
  readonly head: Head;
  readonly objects: number;
  /** How many there are of each, such as `pods` or `deployments.apps`; the most first. */
  readonly resources: Readonly<Record<string, number>>;
  /** Names of the cluster's keys. */
  readonly keys: readonly string[];
  readonly bytes: number;
  readonly uncompressedBytes: number;
}

/** Throws SnapshotDamaged with where the damage is. `reading` is told how far it has come. */
export async function contentsOf(path: string, reading: (position: number, size: number) => void): Promise<Contents> {
  let head: Head | undefined;
  let [objects, bytes, uncompressedBytes] = [0, 0, 0];
  const keys: string[] = [];
  const counts = new Map<string, number>();
  for await (const block of readSnapshot(path)) {
    head ??= block.lines[0] as Head;
    for (const line of block.lines) {
      if ("file" in line) keys.push(line.file);
      if (!("key" in line)) continue;
      objects++;
      const resource = resourceOf(line.key);
      counts.set(resource, (counts.get(resource) ?? 0) + 1);
    }
    bytes = block.size;
    uncompressedBytes += block.uncompressed;
    reading(block.position, block.size);
  }
  const resources = Object.fromEntries([...counts].toSorted((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1)));
  return { head: head!, objects, resources, keys, bytes, uncompressedBytes };
}

function resourceOf(key: string): string {
  const [, group = "", resource = ""] = key.split("/");
  return group === "core" ? resource : `${resource}.${group}`;
}

export function contentsText(path: string, { head, objects, resources, keys, ...sizes }: Contents): string {
  const rows = [
    ["cluster", head.cluster || "(it has no namespace kube-system)"],
    ["taken", `${head.time}, revision ${head.revision}, Kubernetes ${head.version}`],
    ["size", `${bytesText(sizes.bytes)}, ${bytesText(sizes.uncompressedBytes)} uncompressed`],
    ["keys", keys.length === 0 ? "none: a cluster restored from it gets new ones" : keys.join(" ")],
    ["objects", countText(objects)],
    ...Object.entries(resources).map(([resource, count]) => ["", `${countText(count)} ${resource}`]),
  ];
  return `${path} is sound: every byte was read.\n${rows.map(([name, value]) => `  ${name!.padEnd(8)} ${value}\n`).join("")}`;
}
