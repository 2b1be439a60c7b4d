import assert from "node:assert/strict";
import { test } from "node:test";
import type { ContainerStatus, Pod, PodStatus } from "../../api/core/index.ts";
import { container, podOf } from "../testing/node.ts";
import { conditionsOf } from "./conditions.ts";
import { phaseOf } from "./phase.ts";
import { statusPatch } from "./status.ts";

type Is = "waiting" | "running" | "ok" | "bad" | "again";

function status(name: string, is: Is): ContainerStatus {
  const terminated = { exitCode: is === "ok" ? 0 : 1 };
  const state =
    is === "running"
      ? { running: {} }
      : is === "ok" || is === "bad"
        ? { terminated }
        : { waiting: { reason: "CrashLoopBackOff" } };
  return {
    name,
    state,
    lastState: is === "again" ? { terminated } : {},
    started: is === "running",
    ready: is === "running" || is === "ok",
  } as never;
}

const phases: readonly {
  readonly rule: string;
  readonly policy?: string;
  readonly init?: readonly Is[];
  readonly sidecar?: Is;
  readonly main: readonly Is[];
  readonly ended?: boolean;
  readonly want: string;
}[] = [
  { rule: "nothing has started", main: ["waiting"], want: "Pending" },
  { rule: "all run", main: ["running", "running"], want: "Running" },
  { rule: "one has not started yet", main: ["running", "waiting"], want: "Pending" },
  { rule: "one waits for its restart", main: ["running", "again"], want: "Running" },
  { rule: "all wait for their restart", main: ["again"], want: "Running" },
  { rule: "an init container runs", init: ["running"], main: ["waiting"], want: "Pending" },
  { rule: "an init container failed for good", policy: "Never", init: ["bad"], main: ["waiting"], want: "Failed" },
  { rule: "an init container failed and is started again", init: ["again"], main: ["waiting"], want: "Pending" },
  { rule: "init containers are done", init: ["ok"], main: ["running"], want: "Running" },
  { rule: "a sidecar has not started", sidecar: "waiting", main: ["waiting"], want: "Pending" },
  { rule: "success under Always", main: ["ok"], want: "Running" },
  { rule: "success under OnFailure", policy: "OnFailure", main: ["ok", "ok"], want: "Succeeded" },
  { rule: "failure under OnFailure", policy: "OnFailure", main: ["ok", "bad"], want: "Running" },
  { rule: "failure under Never", policy: "Never", main: ["ok", "bad"], want: "Failed" },
  { rule: "one still runs under Never", policy: "Never", main: ["ok", "running"], want: "Running" },
  {
    rule: "success beside a sidecar that still runs",
    policy: "Never",
    sidecar: "running",
    main: ["ok"],
    want: "Succeeded",
  },
  { rule: "ended with all successful", ended: true, main: ["ok"], want: "Succeeded" },
  { rule: "ended with a failure", ended: true, main: ["ok", "bad"], want: "Failed" },
  { rule: "ended before it began", ended: true, main: ["waiting"], want: "Failed" },
];

for (const { rule, policy = "Always", init = [], sidecar, main, ended = false, want } of phases) {
  test(`${rule}: ${want}`, () => {
    const initContainers = [
      ...init.map((_, index) => container(`i${index}`)),
      ...(sidecar ? [container("side", { restartPolicy: "Always" })] : []),
    ];
    const pod = podOf("web", { restartPolicy: policy, initContainers }) as Pod;
    const initStatuses = [
      ...init.map((is, index) => status(`i${index}`, is)),
      ...(sidecar ? [status("side", sidecar)] : []),
    ];
    assert.equal(
      phaseOf(
        pod,
        initStatuses,
        main.map((is, index) => status(`m${index}`, is)),
        ended,
      ),
      want,
    );
  });
}

const facts = { init: [], more: [], sandboxReady: true, now: "2026-01-02T00:00:00Z" };

test("conditions keep their time while they do not change, and those of others stay", () => {
  const old = { lastTransitionTime: "2026-01-01T00:00:00Z", status: "True" };
  const conditions = [
    { type: "PodScheduled", ...old },
    { type: "Ready", ...old },
    { type: "example.com/gate", ...old },
  ];
  const pod = { ...(podOf("web") as Pod), status: { conditions } } as unknown as Pod;
  const made = conditionsOf(pod, { ...facts, phase: "Pending", main: [status("web", "waiting")] });
  const of = (type: string) => made.find((condition) => condition.type === type);
  assert.equal(of("PodScheduled")?.lastTransitionTime, old.lastTransitionTime);
  assert.equal(of("Ready")?.lastTransitionTime, facts.now);
  assert.deepEqual(
    [of("Ready")?.reason, of("Ready")?.message],
    ["ContainersNotReady", "containers with unready status: [web]"],
  );
  assert.deepEqual(of("example.com/gate"), conditions[2]);
  assert.equal(of("Ready")?.observedGeneration, 1);
});

for (const { rule, gate, want } of [
  {
    rule: "a readiness gate that nobody has set holds the pod back",
    gate: undefined,
    want: 'corresponding condition of pod readiness gate "g" does not exist.',
  },
  {
    rule: "a readiness gate that is not true holds the pod back",
    gate: "False",
    want: 'the status of pod readiness gate "g" is not "True", but False',
  },
  { rule: "a readiness gate that is true does not", gate: "True", want: undefined },
]) {
  test(rule, () => {
    const pod = {
      ...(podOf("web", { readinessGates: [{ conditionType: "g" }] }) as Pod),
      status: { conditions: gate ? [{ type: "g", status: gate }] : [] },
    } as unknown as Pod;
    const ready = conditionsOf(pod, { ...facts, phase: "Running", main: [status("web", "running")] }).find(
      ({ type }) => type === "Ready",
    );
    assert.equal(ready?.message, want);
    assert.equal(ready?.status, want ? "False" : "True");
  });
}

const before = {
  phase: "Pending",
  reason: "Old",
  podIPs: [{ ip: "10.0.0.1" }],
  conditions: [
    { type: "Ready", status: "False", reason: "R", lastTransitionTime: "t" },
    { type: "Other", status: "True" },
  ],
} as unknown as PodStatus;

test("a patch holds only what differs, clears what is gone, and replaces addresses", () => {
  const after = {
    phase: "Running",
    podIPs: [{ ip: "10.0.0.2" }],
    conditions: [
      { type: "Ready", status: "True", lastTransitionTime: "u" },
      { type: "Other", status: "True" },
    ],
  } as unknown as PodStatus;
  assert.deepEqual(statusPatch(before, after), {
    phase: "Running",
    reason: null,
    podIPs: [{ $patch: "replace" }, { ip: "10.0.0.2" }],
    conditions: [{ type: "Ready", status: "True", lastTransitionTime: "u", reason: null }],
  });
});

test("equal statuses make no patch", () => assert.equal(statusPatch(before, structuredClone(before)), undefined));
