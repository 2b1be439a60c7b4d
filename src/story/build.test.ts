import assert from "node:assert/strict";
import { test } from "node:test";
import type { ToldChange } from "../machinery/told-change.ts";
import { buildStory } from "./build.ts";
import type { Act } from "./story.ts";
import { change, rollout } from "./testing/changes.ts";

/** Each act on a line of its own, indented below what it stands below. */
function drawn(acts: readonly Act[], indent = ""): string[] {
  return acts.flatMap(({ who, what, children }) => [`${indent}${who} ${what}`, ...drawn(children, `${indent}  `)]);
}

const deployment = change(1, "create Deployment web");
const replicaSet = change(2, "create ReplicaSet a", {
  by: "deployment-controller",
  causes: [1],
  owner: "Deployment web",
});
const pod = change(3, "create Pod p", { by: "replicaset-controller", causes: [2], owner: "ReplicaSet a" });
const scaled = change(4, "update ReplicaSet a", {
  by: "deployment-controller",
  causes: [3],
  owner: "Deployment web",
  fields: ["spec.replicas 1 0"],
});
const marked = change(5, "update Pod p", {
  by: "replicaset-controller",
  causes: [4],
  owner: "ReplicaSet a",
  fields: ['metadata.deletionTimestamp - "x"', "metadata.deletionGracePeriodSeconds - 30"],
});
const gone = change(6, "delete Pod p", {
  by: "node-1",
  causes: [5],
  owner: "ReplicaSet a",
  fields: ['metadata.deletionTimestamp "x" -'],
});

const rows: { rule: string; changes: ToldChange[]; story: string[] }[] = [
  {
    rule: "what is created stands below what was last wanted of its owner",
    changes: [deployment, replicaSet, pod],
    story: [
      "jane (kubectl) created Deployment web",
      "  deployment-controller created ReplicaSet a",
      "    replicaset-controller created Pod p",
    ],
  },
  {
    rule: "an owner that is scaled down takes its pods below that, and their end below their deletion",
    changes: [deployment, replicaSet, pod, scaled, marked, gone],
    story: [
      "jane (kubectl) created Deployment web",
      "  deployment-controller created ReplicaSet a",
      "    replicaset-controller created Pod p",
      "  deployment-controller scaled ReplicaSet a from 1 to 0",
      "    replicaset-controller deleted Pod p (grace 30 s)",
      "      kubelet node-1 removed Pod p",
    ],
  },
  {
    rule: "reports of one writer about one object are one act, as it was in the end",
    changes: [
      replicaSet,
      change(3, "update ReplicaSet a", { by: "rs-controller", causes: [2], fields: ["status.readyReplicas - 1"] }),
      change(4, "update ReplicaSet a", { by: "rs-controller", causes: [3], fields: ["status.readyReplicas 1 2"] }),
    ],
    story: ["deployment-controller created ReplicaSet a", "  rs-controller reported 2 ready"],
  },
  {
    rule: "a person's write begins a chapter of its own",
    changes: [deployment, replicaSet, change(3, "update Deployment web", { fields: ["spec.replicas 1 2"] })],
    story: [
      "jane (kubectl) created Deployment web",
      "  deployment-controller created ReplicaSet a",
      "jane (kubectl) scaled Deployment web from 1 to 2",
    ],
  },
  {
    rule: "what belongs to neither owner nor object stands below its cause",
    changes: [
      pod,
      change(4, "update EndpointSlice s", { by: "slice-controller", causes: [3], fields: ["endpoints - []"] }),
    ],
    story: ["replicaset-controller created Pod p", "  slice-controller updated EndpointSlice s"],
  },
  {
    rule: "with several causes it stands below the nearest act that is above all of them",
    changes: [
      deployment,
      replicaSet,
      pod,
      change(4, "create Pod q", { by: "replicaset-controller", causes: [2], owner: "ReplicaSet a" }),
      change(5, "create EndpointSlice s", { by: "slice-controller", causes: [3, 4] }),
    ],
    story: [
      "jane (kubectl) created Deployment web",
      "  deployment-controller created ReplicaSet a",
      "    replicaset-controller created Pod p",
      "    replicaset-controller created Pod q",
      "    slice-controller created EndpointSlice s",
    ],
  },
  {
    rule: "what was caused before the log begins is a chapter",
    changes: [change(9, "update Pod p", { by: "node-1", causes: [2], fields: ['status.phase - "Failed"'] })],
    story: ["kubelet node-1 reported Failed"],
  },
  {
    rule: "a program's report without a cause belongs to its object",
    changes: [pod, change(4, "update Pod p", { by: "kube-scheduler", fields: ['status.phase - "Pending"'] })],
    story: ["replicaset-controller created Pod p", "  kube-scheduler reported Pending"],
  },
  {
    rule: "each revision is told once",
    changes: [deployment, deployment],
    story: ["jane (kubectl) created Deployment web"],
  },
];

for (const { rule, changes, story } of rows) {
  test(rule, () => assert.deepEqual(drawn(buildStory(changes).chapters), story));
}

test("the true cause is named where it is not what an act stands below", () => {
  const report = change(4, "update ReplicaSet b", {
    by: "rs-controller",
    causes: [2],
    fields: ["status.readyReplicas - 1"],
  });
  const b = change(3, "create ReplicaSet b", { by: "deployment-controller", causes: [1], owner: "Deployment web" });
  const down = { ...scaled, revision: 5, causes: [4] };
  const [chapter] = buildStory([deployment, replicaSet, b, report, down]).chapters;
  assert.deepEqual(
    chapter!.children.map(({ because }) => because),
    [undefined, undefined, "of ReplicaSet b: 1 ready"],
  );
});

test("an Event is said of what was last wanted of its object, repeats counted", () => {
  const said = (revision: number, count: number) =>
    change(revision, "create Event e", {
      by: "kube-scheduler",
      event: {
        type: "Warning",
        reason: "FailedScheduling",
        message: "0/3",
        count,
        about: { kind: "Pod", name: "p", uid: "p" },
      },
    });
  const [chapter] = buildStory([pod, said(4, 1), said(5, 7)]).chapters;
  assert.deepEqual(
    chapter!.events.map(({ reason, count, warning }) => [reason, count, warning]),
    [["FailedScheduling", 7, true]],
  );
});

test("an act begins with its first step and is settled with the last of its consequences", () => {
  const [chapter] = buildStory(rollout(2)).chapters;
  const [set] = chapter!.children;
  const [first, second] = set!.children;
  const began = chapter!.began;
  const times = ({ began: from, ended, settled }: Act): number[] => [from - began, ended - began, settled - began];
  assert.deepEqual(times(chapter!), [0, 4, 1122]);
  assert.deepEqual(times(first!), [10, 11, 1012]);
  assert.deepEqual(times(second!.children[1]!), [25, 1122, 1122]);
});
