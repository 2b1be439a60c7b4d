import assert from "node:assert/strict";
import { test } from "node:test";
import { buildStory } from "./build.ts";
import { criticalPath } from "./critical-path.ts";
import { change, rollout } from "./testing/changes.ts";

function partsOf(changes: Parameters<typeof buildStory>[0]) {
  const story = buildStory(changes);
  const path = criticalPath(story.chapters[0]!, story);
  return { path, parts: path?.parts.map(({ text, milliseconds }) => [text, milliseconds]) };
}

test("every millisecond on the way to the last Ready is somebody's", () => {
  const { path, parts } = partsOf(rollout(1));
  assert.equal(path!.goal, "Pod web-1-0 was Ready");
  assert.deepEqual(parts, [
    ["kubelet node-1 pulled image nginx:1 (29 MB)", 800],
    ["kubelet node-1", 146],
    ["kubelet node-1 started container web", 50],
    ["API server", 10],
    ["replicaset-controller", 2],
    ["deployment-controller", 2],
    ["kube-scheduler", 1],
    ["kube-scheduler chose a node", 1],
  ]);
  assert.equal(
    path!.parts.reduce((sum, { milliseconds }) => sum + milliseconds, 0),
    path!.ended - path!.began,
  );
});

test("the slowest pod is the one that counts", () => {
  assert.equal(partsOf(rollout(3)).path!.goal, "Pod web-1-2 was Ready");
});

test("of steps at the same time the one that began last counts", () => {
  const { parts } = partsOf([
    change(1, "create Pod p", { at: [0, 1] }),
    change(2, "update Pod p", {
      by: "node-1",
      causes: [1],
      at: [11, 12],
      notes: [
        { step: "mount volumes", began: 1, ended: 11 },
        { step: "sandbox", began: 3, ended: 5 },
      ],
    }),
  ]);
  assert.deepEqual(parts, [
    ["kubelet node-1 mounted volumes", 8],
    ["API server", 2],
    ["kubelet node-1 made the sandbox", 2],
  ]);
});

test("without a pod the end is the last write", () => {
  const { path } = partsOf([
    change(1, "create Deployment web", { at: [0, 1] }),
    change(2, "update Deployment web", { by: "deployment-controller", causes: [1], at: [4, 5] }),
  ]);
  assert.deepEqual([path!.goal, path!.ended - path!.began], [undefined, 5]);
});

test("what took no time has no path", () => {
  assert.equal(partsOf([change(1, "create Deployment web", { at: [0, 0] })]).path, undefined);
});
