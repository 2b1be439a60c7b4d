import assert from "node:assert/strict";
import { test } from "node:test";
import { buildStory } from "./build.ts";
import { chosen } from "./choose.ts";
import { BEGAN, change, rollout } from "./testing/changes.ts";
import { storyText, wrapped } from "./text.ts";

const story = buildStory(rollout(1));
const text = (width: number, colors = false, of = story): string => storyText(of, of.chapters, { width, colors });

test("wide terminals: when, the tree, how long, and where the time went", () => {
  assert.equal(
    text(90),
    `Deployment default/web
2026-01-01 00:00:00.000 UTC · Pod web-1-0 was Ready after 1.01 s · all done after 1.01 s

  +0 ms  jane (kubectl) created Deployment web                                       4 ms
         │  store 4 ms
  +6 ms  └─ deployment-controller created ReplicaSet web-1                           2 ms
 +10 ms     └─ replicaset-controller created Pod web-1-0                             1 ms
 +12 ms        ├─ kube-scheduler chose node-1                                        2 ms
               │    2 of 5 nodes fit; 3 out: Insufficient cpu; node-1 scored
               │      120: NodeResourcesFit 120; then node-2 100
 +15 ms        └─ kubelet node-1 reported Running, Ready                           997 ms
 +15 ms           ├─ pulled image nginx:1 (29 MB)                                  800 ms
+910 ms           └─ started container web                                          50 ms

Where the 1.01 s went, until Pod web-1-0 was Ready:
   79%  800 ms  ████████████████     kubelet node-1 pulled image nginx:1 (29 MB)
   14%  146 ms  ███                  kubelet node-1
    5%   50 ms  █                    kubelet node-1 started container web
    2%   16 ms                       other
`,
  );
});

test("no line is wider than the terminal", () => {
  for (const width of [40, 50, 60, 72, 80, 100, 200]) {
    for (const line of text(width, false, buildStory(rollout(12)))
      .split("\n")
      .slice(2)) {
      assert.ok(line.length < width || line.startsWith("Where"), `${width}: ${line}`);
    }
  }
});

test("colours change no letter", () => {
  // oxlint-disable-next-line no-control-regex
  assert.equal(text(90, true).replaceAll(/\u001b\[\d+m/g, ""), text(90));
  assert.notEqual(text(90, true), text(90));
});

test("everything is told when everything is asked for", () => {
  const many = buildStory(rollout(5));
  assert.equal(text(90, false, many).match(/created Pod/g)?.length, 1);
  const full = storyText(many, many.chapters, { width: 90, colors: false, full: true });
  assert.equal(full.match(/created Pod/g)?.length, 5);
});

const wraps: [rule: string, text: string, room: number, lines: string[]][] = [
  ["at blanks", "one two three", 8, ["one two", "three"]],
  ["inside of long words", "abcdefghij kl", 4, ["abcd", "efgh", "ij", "kl"]],
  ["line ends are blanks", "a\n  b", 10, ["a b"]],
  ["tied words stay together", "one 4\u00a0ms", 7, ["one", "4 ms"]],
];
for (const [rule, given, room, lines] of wraps)
  test(`wraps: ${rule}`, () => assert.deepEqual(wrapped(given, room), lines));

test("of several chapters the last is shown that led to something, or all, or those since a time", () => {
  const two = buildStory([...rollout(1), change(50, "update Deployment web", { at: [9000, 9001] })]);
  const began = (choice: Parameters<typeof chosen>[1]): number[] => chosen(two, choice).map((act) => act.began - BEGAN);
  assert.deepEqual(began({}), [0]);
  assert.deepEqual(began({ all: true }), [0, 9000]);
  assert.deepEqual(began({ since: BEGAN + 5000 }), [9000]);
});
