import assert from "node:assert/strict";
import { test } from "node:test";
import type { Pod } from "../../api/core/index.ts";
import { container, podOf } from "../testing/node.ts";
import { diskVolumes, isStorageLimited, storageProblem } from "./local-storage.ts";

const KIB = 1024;
const limited = (name: string, limit?: string): object =>
  container(name, limit === undefined ? {} : { resources: { limits: { "ephemeral-storage": limit } } });
const dir = (sizeLimit?: string, medium?: string): object => ({ name: "v", emptyDir: { sizeLimit, medium } });

for (const { rule, containers, volumes = [], uses = {}, holds = 0, want } of [
  { rule: "no limits", containers: [limited("a")], uses: { a: 999 }, want: undefined },
  { rule: "a volume within its size", containers: [limited("a")], volumes: [dir("4Ki")], holds: 4, want: undefined },
  {
    rule: "a volume past its size",
    containers: [limited("a")],
    volumes: [dir("4Ki")],
    holds: 5,
    want: 'Usage of EmptyDir volume "v" exceeds the limit "4Ki". ',
  },
  { rule: "a container within its limit", containers: [limited("a", "4Ki")], uses: { a: 4 }, want: undefined },
  {
    rule: "one of two containers past its own limit",
    containers: [limited("a", "4Ki"), limited("b", "9Ki")],
    uses: { a: 5, b: 1 },
    want: 'Container a exceeded its local ephemeral storage limit "4Ki". ',
  },
  {
    rule: "two containers past the limit of the one that has any",
    containers: [limited("a", "4Ki"), limited("b")],
    uses: { a: 1, b: 4 },
    want: "Pod ephemeral local storage usage exceeds the total limit of containers 4Ki. ",
  },
  {
    rule: "limits add up as quantities do",
    containers: [limited("a", "1500Ki"), limited("b", "548Ki")],
    uses: { a: 1000, b: 2000 },
    want: "Pod ephemeral local storage usage exceeds the total limit of containers 2Mi. ",
  },
  {
    rule: "container and volume together past the limit of all",
    containers: [limited("a", "4Ki")],
    volumes: [dir()],
    uses: { a: 2 },
    holds: 3,
    want: "Pod ephemeral local storage usage exceeds the total limit of containers 4Ki. ",
  },
] as readonly {
  rule: string;
  containers: object[];
  volumes?: object[];
  uses?: Record<string, number>;
  holds?: number;
  want: string | undefined;
}[]) {
  test(`local storage: ${rule}`, () => {
    const pod = podOf("web", { containers, volumes }) as Pod;
    const use = {
      containers: new Map(Object.entries(uses).map(([name, kibibytes]) => [name, kibibytes * KIB])),
      volumes: new Map(diskVolumes(pod).map((name) => [name, holds * KIB])),
    };
    assert.equal(storageProblem(pod, use), want);
    assert.equal(isStorageLimited(pod), rule !== "no limits");
  });
}

test("what is in memory is not on the disk", () => {
  const pod = podOf("web", { volumes: [dir("4Ki", "Memory")] }) as Pod;
  assert.deepEqual(diskVolumes(pod), []);
});
