import assert from "node:assert/strict";
import { test } from "node:test";
import type { ControllerRevision, StatefulSet } from "../../api/apps/index.ts";
import type { Pod } from "../../api/core/index.ts";
import { REVISION_HASH } from "../runtime/revisions.ts";
import { NOW, pod, said } from "../testing/objects.ts";
import type { PodSketch } from "../testing/objects.ts";
import { decide } from "./statefulset.ts";

const template = (image: string) => ({ metadata: { labels: { app: "web" } }, spec: { containers: [{ image }] } });
const owner = { apiVersion: "apps/v1", kind: "StatefulSet", name: "web", uid: "set", controller: true };

const set = (spec: object) =>
  ({
    apiVersion: "apps/v1",
    kind: "StatefulSet",
    metadata: { name: "web", namespace: "default", uid: "set", generation: 2 },
    spec: {
      replicas: 3,
      selector: { matchLabels: { app: "web" } },
      template: template("new"),
      updateStrategy: { type: "RollingUpdate", rollingUpdate: { partition: 0 } },
      ...spec,
    },
    status: { currentRevision: "web-old", updateRevision: "web-new" },
  }) as unknown as StatefulSet;

const revisions = ["old", "new"].map((name, at) => ({
  metadata: { name: `web-${name}`, labels: { app: "web", [REVISION_HASH]: `web-${name}` }, ownerReferences: [owner] },
  revision: at + 1,
  data: { spec: { template: { ...template(name), $patch: "replace" } } },
})) as unknown as ControllerRevision[];

const replica = (ordinal: number, revision: "old" | "new", sketch: PodSketch = {}): Pod =>
  pod(`web-${ordinal}`, { labels: { app: "web", [REVISION_HASH]: `web-${revision}` }, owner, ...sketch });

const broken = { ready: false };

for (const { rule, spec = {}, pods, writes } of [
  {
    rule: "the highest goes first",
    spec: { replicas: 1 },
    pods: [replica(0, "new"), replica(1, "new"), replica(2, "new")],
    writes: ["delete Pod web-2"],
  },
  {
    rule: "none goes while several are broken",
    spec: { replicas: 0 },
    pods: [replica(0, "new", broken), replica(1, "new", broken), replica(2, "new", broken)],
    writes: [],
  },
  {
    rule: "the only broken one may go",
    spec: { replicas: 0 },
    pods: [replica(0, "new"), replica(1, "new"), replica(2, "new", broken)],
    writes: ["delete Pod web-2"],
  },
  {
    rule: "in parallel all go, broken or not",
    spec: { replicas: 0, podManagementPolicy: "Parallel" },
    pods: [replica(0, "new", broken), replica(1, "new", broken)],
    writes: ["delete Pod web-1", "delete Pod web-0"],
  },
  {
    rule: "one that is missing during a rollout is made from the new template",
    pods: [replica(1, "old"), replica(2, "new")],
    writes: ["create Pod new"],
  },
  {
    rule: "one below the partition is made from the former template",
    spec: { updateStrategy: { type: "RollingUpdate", rollingUpdate: { partition: 1 } } },
    pods: [replica(1, "old"), replica(2, "new")],
    writes: ["create Pod old"],
  },
  {
    rule: "a rollout takes the highest of the former template",
    pods: [replica(0, "old"), replica(1, "old"), replica(2, "new")],
    writes: ["delete Pod web-1"],
  },
]) {
  test(rule, () => {
    const plan = decide({ object: set(spec), pods, revisions, claim: () => undefined, now: NOW });
    const words = said(plan).map((text, at) => {
      const write = plan.writes[at]!;
      return write.verb === "create" ? `${text} ${(write.object as Pod).spec.containers[0]!.image}` : text;
    });
    assert.deepEqual(words, writes);
  });
}
