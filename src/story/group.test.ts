import assert from "node:assert/strict";
import { test } from "node:test";
import { buildStory } from "./build.ts";
import { grouped } from "./group.ts";
import { change, rollout } from "./testing/changes.ts";

const setOf = (count: number) => grouped(buildStory(rollout(count)).chapters[0]!).children[0]!;

test("three are told one by one", () => {
  assert.deepEqual(
    setOf(3).children.map(({ what, group }) => [what, group]),
    [0, 1, 2].map((pod) => [`created Pod web-1-${pod}`, undefined]),
  );
});

test("four and more are one act, with the slowest of them", () => {
  const [joined, ...others] = setOf(100).children;
  assert.deepEqual(others, []);
  assert.equal(joined!.what, "created 100 Pods");
  assert.deepEqual(joined!.group, { count: 100, fastest: 1002, median: 6002, slowest: 10_902 });
  assert.deepEqual(
    joined!.children.map(({ what }) => what),
    ["created Pod web-1-99"],
  );
  assert.equal(joined!.revisions.length, 100);
});

test("what says nothing and led to nothing is left out", () => {
  const chapter = buildStory([
    change(1, "create ReplicaSet a"),
    change(2, "update ReplicaSet a", { by: "rs-controller", causes: [1] }),
  ]).chapters[0]!;
  assert.equal(chapter.children.length, 1);
  assert.deepEqual(grouped(chapter).children, []);
});
