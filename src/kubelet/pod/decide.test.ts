import assert from "node:assert/strict";
import { test } from "node:test";
import type { Pod } from "../../api/core/index.ts";
import { container, podOf } from "../testing/node.ts";
import { decide } from "./decide.ts";
import { CONTAINER_HASH, CONTAINER_NAME, RESTART_COUNT } from "./names.ts";
import type { PodContainer, PodMemory, Situation } from "./situation.ts";
import { containerHash } from "./spec.ts";

const NOW = 1_000_000;
const SANDBOX = "s0";

type Seen = Partial<PodContainer> & { readonly name: string };

function seen({ name, ...more }: Seen): PodContainer {
  return {
    id: `id-${name}`,
    podSandboxId: SANDBOX,
    metadata: { name, attempt: 0 },
    image: { image: "i" },
    imageRef: "sha256:1",
    state: "RUNNING",
    createdAt: NOW - 1000,
    startedAt: NOW - 1000,
    finishedAt: 0,
    exitCode: 0,
    reason: "",
    message: "",
    labels: { [CONTAINER_NAME]: name },
    annotations: { [RESTART_COUNT]: "0" },
    mounts: [],
    logPath: "",
    ...more,
  };
}

const exited = (name: string, exitCode: number, more: Partial<PodContainer> = {}): PodContainer =>
  seen({ name, state: "EXITED", exitCode, finishedAt: NOW - 500, ...more });

interface Moment {
  readonly spec?: Parameters<typeof podOf>[1];
  /** Default: ready. */
  readonly sandbox?: "READY" | "NOTREADY" | "none";
  readonly containers?: readonly PodContainer[];
  readonly memory?: Partial<PodMemory>;
  /** What the API was told before. */
  readonly status?: object;
}

function situation({ spec, sandbox = "READY", containers = [], memory, status: told }: Moment): Situation {
  const pod = { ...podOf("web", spec), ...(told && { status: told }) } as Pod;
  const metadata = { name: "web", uid: "u", namespace: "default", attempt: 0 };
  const status = { id: SANDBOX, metadata, createdAt: 0, labels: {}, annotations: {}, ips: ["10.0.0.1"] };
  return {
    pod,
    runtime: { sandboxes: sandbox === "none" ? [] : [{ ...status, state: sandbox }], containers },
    memory: {
      acceptedAt: 0,
      carriesOn: false,
      failures: new Map(),
      backOff: new Map(),
      probes: new Map(),
      hooked: new Set(),
      given: new Map(),
      terminating: false,
      ...memory,
    },
    now: NOW,
  };
}

/** `sandbox 1`, `start web`, `kill web: LivenessProbe`, `wait web`, `look in 5s`. */
function said(moment: Moment): string[] {
  const { newSandbox, start, kill, waiting, recheckAt } = decide(situation(moment));
  return [
    ...(newSandbox ? [`sandbox ${newSandbox.attempt}`] : []),
    ...kill.map(({ member, why }) => `kill ${member.container.name}: ${why}`),
    ...start.map(({ member, restarts }) => `start ${member.container.name}${restarts > 0 ? ` #${restarts}` : ""}`),
    ...[...waiting.keys()].map((name) => `wait ${name}`),
    ...(recheckAt === undefined ? [] : [`look in ${(recheckAt - NOW) / 1000}s`]),
  ];
}

const init = (name: string): object => container(name);
const sidecar = (name: string, more: object = {}): object => container(name, { restartPolicy: "Always", ...more });
const startupProbe = { exec: { command: ["x"] } };

const rules: readonly (Moment & { readonly rule: string; readonly want: readonly string[] })[] = [
  { rule: "a new pod gets a sandbox and its container", sandbox: "none", want: ["sandbox 0", "start web"] },
  { rule: "a running pod is left alone", containers: [seen({ name: "web" })], want: [] },
  {
    rule: "all main containers start together",
    spec: { containers: [container("a"), container("b")] },
    want: ["start a", "start b"],
  },
  { rule: "only the first init container starts", spec: { initContainers: [init("i"), init("j")] }, want: ["start i"] },
  {
    rule: "nothing starts while an init container runs",
    spec: { initContainers: [init("i"), init("j")] },
    containers: [seen({ name: "i" })],
    want: [],
  },
  {
    rule: "the next init container starts after success",
    spec: { initContainers: [init("i"), init("j")] },
    containers: [exited("i", 0)],
    want: ["start j"],
  },
  {
    rule: "main containers start after the last init container",
    spec: { initContainers: [init("i")] },
    containers: [exited("i", 0)],
    want: ["start web"],
  },
  {
    rule: "a failed init container is started again",
    spec: { initContainers: [init("i")] },
    containers: [exited("i", 1)],
    want: ["start i #1"],
  },
  {
    rule: "a failed init container is not started again under Never",
    spec: { initContainers: [init("i")], restartPolicy: "Never" },
    containers: [exited("i", 1)],
    want: [],
  },
  {
    rule: "an init container whose remains are gone is not run again once later ones have run",
    spec: { initContainers: [init("i"), init("j")] },
    containers: [exited("j", 0)],
    want: ["start web"],
  },
  {
    rule: "init containers are not run again beside running main ones",
    spec: { initContainers: [init("i")] },
    containers: [seen({ name: "web" })],
    want: [],
  },
  {
    rule: "a sidecar starts and the next waits until it has started",
    spec: { initContainers: [sidecar("p", { startupProbe })] },
    containers: [seen({ name: "p" })],
    want: [],
  },
  {
    rule: "a sidecar without startup probe has started when it runs",
    spec: { initContainers: [sidecar("p")] },
    containers: [seen({ name: "p" })],
    want: ["start web"],
  },
  {
    rule: "a sidecar that ended is started again beside main containers",
    spec: { initContainers: [sidecar("p")] },
    containers: [exited("p", 0), seen({ name: "web" })],
    want: ["start p #1"],
  },
  {
    rule: "a sidecar is started again under Never too",
    spec: { initContainers: [sidecar("p")], restartPolicy: "Never" },
    containers: [exited("p", 1), seen({ name: "web" })],
    want: ["start p #1"],
  },
  {
    rule: "success is final under OnFailure",
    spec: { restartPolicy: "OnFailure" },
    containers: [exited("web", 0)],
    want: [],
  },
  {
    rule: "failure is not final under OnFailure",
    spec: { restartPolicy: "OnFailure" },
    containers: [exited("web", 1)],
    want: ["start web #1"],
  },
  {
    rule: "success in a sandbox that is lost is final under OnFailure",
    spec: { restartPolicy: "OnFailure", containers: [container("a"), container("b")] },
    containers: [exited("b", 137, { podSandboxId: "lost" }), exited("a", 0, { podSandboxId: "lost" })],
    want: ["start b #1"],
  },
  {
    rule: "what a wiped runtime has lost goes on counting from what the API was told",
    status: { containerStatuses: [{ name: "web", restartCount: 4, containerID: "sim://1" }] },
    sandbox: "none",
    want: ["sandbox 0", "start web #5"],
  },
  {
    rule: "what ran elsewhere until now is counted no further",
    status: { containerStatuses: [{ name: "web", restartCount: 4, containerID: "sim://1" }] },
    sandbox: "none",
    memory: { carriesOn: true },
    want: ["sandbox 0", "start web #4"],
  },
  {
    rule: "what was told as lost has its next number already",
    status: { containerStatuses: [{ name: "web", restartCount: 5 }] },
    sandbox: "none",
    want: ["sandbox 0", "start web #5"],
  },
  ...(["NotRequired", "RestartContainer"] as const).map((restartPolicy) => ({
    rule: `a container with another share under ${restartPolicy}`,
    spec: {
      containers: [
        container("web", {
          resources: { requests: { cpu: "2" } },
          resizePolicy: [{ resourceName: "cpu", restartPolicy }],
        }),
      ],
    },
    containers: [seen({ name: "web" })],
    memory: { given: new Map([["id-web", { requests: { cpu: "1" } }]]) },
    want: restartPolicy === "NotRequired" ? [] : ["kill web: Resized"],
  })),
  { rule: "success is not final under Always", containers: [exited("web", 0)], want: ["start web #1"] },
  {
    rule: "a container's own rule on its exit code comes before the pod's policy",
    spec: {
      restartPolicy: "Never",
      containers: [
        container("web", { restartPolicyRules: [{ action: "Restart", exitCodes: { operator: "In", values: [42] } }] }),
      ],
    },
    containers: [exited("web", 42)],
    want: ["start web #1"],
  },
  {
    rule: "a container in back-off waits for the rest of it",
    containers: [exited("web", 1)],
    memory: { backOff: new Map([["web", { delay: 10_000, updatedAt: NOW - 1000 }]]) },
    want: ["wait web", "look in 9.5s"],
  },
  {
    rule: "a start that failed is not tried before its time",
    memory: { failures: new Map([["web", { reason: "ErrImagePull", message: "", retryAt: NOW + 4000 }]]) },
    want: ["look in 4s"],
  },
  {
    rule: "nothing is done before a failed sandbox may be tried again",
    sandbox: "none",
    memory: { notBefore: NOW + 1000 },
    want: ["look in 1s"],
  },
  {
    rule: "what was created and not started is started under the same number",
    containers: [seen({ name: "web", state: "CREATED" })],
    want: ["start web"],
  },
  {
    rule: "what was created in a sandbox that is lost keeps its number",
    sandbox: "NOTREADY",
    containers: [seen({ name: "web", state: "CREATED" })],
    want: ["sandbox 1", "start web #1"],
  },
  {
    rule: "a container in an unknown state is killed first",
    containers: [seen({ name: "web", state: "UNKNOWN" })],
    want: ["kill web: Unknown"],
  },
  {
    rule: "failed liveness kills",
    containers: [seen({ name: "web" })],
    memory: { probes: new Map([["id-web", { liveness: false }]]) },
    want: ["kill web: LivenessProbe"],
  },
  {
    rule: "failed startup kills",
    containers: [seen({ name: "web" })],
    memory: { probes: new Map([["id-web", { startup: false }]]) },
    want: ["kill web: StartupProbe"],
  },
  {
    rule: "failed readiness kills nobody",
    containers: [seen({ name: "web" })],
    memory: { probes: new Map([["id-web", { readiness: false }]]) },
    want: [],
  },
  {
    rule: "another image kills",
    containers: [seen({ name: "web", annotations: { [CONTAINER_HASH]: "other", [RESTART_COUNT]: "0" } })],
    want: ["kill web: Changed"],
  },
  {
    rule: "the same image does not",
    containers: [
      seen({ name: "web", annotations: { [CONTAINER_HASH]: containerHash(container("web")), [RESTART_COUNT]: "0" } }),
    ],
    want: [],
  },
  {
    rule: "a dead sandbox is replaced and everything started in the new one",
    sandbox: "NOTREADY",
    containers: [exited("web", 137)],
    want: ["sandbox 1", "start web #1"],
  },
  {
    rule: "init containers run again in a new sandbox",
    spec: { initContainers: [init("i")] },
    sandbox: "NOTREADY",
    containers: [exited("i", 0), exited("web", 137)],
    want: ["sandbox 1", "start i #1"],
  },
  {
    rule: "a dead sandbox stays dead when nothing is left to run",
    spec: { restartPolicy: "Never" },
    sandbox: "NOTREADY",
    containers: [exited("web", 137)],
    want: [],
  },
  {
    rule: "what has succeeded is not run again in a new sandbox",
    spec: { restartPolicy: "OnFailure", containers: [container("a"), container("b")] },
    sandbox: "NOTREADY",
    containers: [exited("a", 0), exited("b", 1)],
    want: ["sandbox 1", "start b #1"],
  },
  {
    rule: "an ephemeral container starts once",
    spec: { ephemeralContainers: [container("debug")] },
    containers: [seen({ name: "web" })],
    want: ["start debug"],
  },
  {
    rule: "an ephemeral container that was created and not started is started",
    spec: { ephemeralContainers: [container("debug")] },
    containers: [seen({ name: "web" }), seen({ name: "debug", state: "CREATED" })],
    want: ["start debug"],
  },
  {
    rule: "an ephemeral container is never started again",
    spec: { ephemeralContainers: [container("debug")] },
    containers: [seen({ name: "web" }), exited("debug", 1)],
    want: [],
  },
  {
    rule: "an ephemeral container starts while an init container hangs",
    spec: { initContainers: [init("i")], ephemeralContainers: [container("debug")] },
    containers: [seen({ name: "i" })],
    want: ["start debug"],
  },
  { rule: "nothing is started for a pod that ends", memory: { terminating: true }, want: [] },
];

for (const { rule, want, ...moment } of rules) {
  test(rule, () => assert.deepEqual(said(moment), want));
}
