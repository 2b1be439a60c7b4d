/** Sorting requests into priority levels, their seats and queues. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { silent } from "../../machinery/log.ts";
import { Query } from "../query.ts";
import { requestInfoOf } from "../request-info.ts";
import { securedServer } from "../testing/secured.ts";
import { testServer } from "../testing/server.ts";
import type { TestServer } from "../testing/server.ts";
import type { Classified, Rejection } from "./flow-control.ts";
import { handOf } from "./level.ts";
import { keepFlowControl } from "./upkeep.ts";

const FLOW = "/apis/flowcontrol.apiserver.k8s.io/v1";
const shared = securedServer();
const MAPS = "/api/v1/namespaces/default/configmaps";

for (const [rule, user, method, path, schema, level] of [
  ["masters are exempt", { username: "a", groups: ["system:masters"] }, "GET", MAPS, "exempt", "exempt"],
  ["probes are, too", { username: "a", groups: ["system:authenticated"] }, "GET", "/readyz", "probes", "exempt"],
  [
    "and what is below them",
    { username: "a", groups: ["system:authenticated"] },
    "GET",
    "/livez/ping",
    "probes",
    "exempt",
  ],
  [
    "anybody else",
    { username: "a", groups: ["system:authenticated"] },
    "GET",
    MAPS,
    "global-default",
    "global-default",
  ],
  [
    "nodes and their leases",
    { username: "system:node:a", groups: ["system:nodes"] },
    "GET",
    "/apis/coordination.k8s.io/v1/namespaces/kube-node-lease/leases/a",
    "system-node-high",
    "node-high",
  ],
  [
    "a node's status",
    { username: "system:node:a", groups: ["system:nodes"] },
    "PATCH",
    "/api/v1/nodes/a/status",
    "system-node-high",
    "node-high",
  ],
  [
    "what else nodes do",
    { username: "system:node:a", groups: ["system:nodes"] },
    "GET",
    "/api/v1/pods",
    "system-nodes",
    "system",
  ],
  [
    "controllers in the cluster",
    { username: "system:serviceaccount:kube-system:x", groups: ["system:serviceaccounts"] },
    "GET",
    MAPS,
    "kube-system-service-accounts",
    "workload-high",
  ],
  [
    "other accounts",
    { username: "system:serviceaccount:default:x", groups: ["system:serviceaccounts"] },
    "GET",
    MAPS,
    "service-accounts",
    "workload-low",
  ],
  [
    "the scheduler's leader election",
    { username: "system:kube-scheduler", groups: [] },
    "PUT",
    "/apis/coordination.k8s.io/v1/namespaces/kube-system/leases/x",
    "system-leader-election",
    "leader-election",
  ],
] as const) {
  test(`an answer names how the request was sorted: ${rule}`, async () => {
    const server = await shared;
    const uid = async (resource: string, name: string): Promise<string> =>
      (await server.send("GET", `${FLOW}/${resource}/${name}`)).json.metadata.uid;
    const { headers } = await server.as(user, method, path, method === "GET" ? undefined : {});
    assert.deepEqual(
      [headers["x-kubernetes-pf-flowschema-uid"], headers["x-kubernetes-pf-prioritylevel-uid"]],
      [await uid("flowschemas", schema), await uid("prioritylevelconfigurations", level)],
    );
  });
}

interface LevelSketch {
  readonly shares: number;
  readonly lendable?: number;
  readonly borrowing?: number;
  readonly queues?: number;
  readonly handSize?: number;
  readonly length?: number;
}

/** Ten seats for these levels; requests of the user `u` to level `a` are flow-controlled as FlowSchema `a` says, and so on. */
async function levels(of: Readonly<Record<string, LevelSketch>>): Promise<TestServer> {
  const server = await testServer({ flags: { maxRequestsInFlight: 10 } });
  for (const [name, { shares, lendable = 0, borrowing, queues, handSize = 1, length = 1 }] of Object.entries(of)) {
    const limitResponse = queues
      ? { type: "Queue", queuing: { queues, handSize, queueLengthLimit: length } }
      : { type: "Reject" };
    const limited = {
      nominalConcurrencyShares: shares,
      lendablePercent: lendable,
      limitResponse,
      ...(borrowing !== undefined && { borrowingLimitPercent: borrowing }),
    };
    const level = { metadata: { name }, spec: { type: "Limited", limited } };
    const made = await server.send("POST", `${FLOW}/prioritylevelconfigurations`, level);
    assert.equal(made.status, 201, made.text);
    const rule = { verbs: ["*"], apiGroups: ["*"], resources: ["*"], clusterScope: true, namespaces: ["*"] };
    const subjects = [{ kind: "Group", group: { name } }];
    const spec = {
      priorityLevelConfiguration: { name },
      distinguisherMethod: { type: "ByUser" },
      rules: [{ subjects, resourceRules: [rule] }],
    };
    const schema = await server.send("POST", `${FLOW}/flowschemas`, { metadata: { name }, spec });
    assert.equal(schema.status, 201, schema.text);
  }
  return server;
}

// Tests look into objects as they please.
// oxlint-disable-next-line typescript/no-explicit-any
type TestObject = any;

class Requests {
  readonly #flow: TestServer["server"]["parts"]["flow"];
  readonly #running: Classified[] = [];

  constructor({ server }: TestServer) {
    this.#flow = server.parts.flow;
  }

  /** `seat`, `waits`, or why it was turned away. */
  async begin(level: string, username = "u", signal = new AbortController().signal): Promise<string> {
    const answer = this.start(level, username, signal);
    return (await Promise.race([answer, Promise.resolve().then(() => Promise.resolve("waits"))])) ?? "seat";
  }

  async start(level: string, username = "u", signal = new AbortController().signal): Promise<Rejection | undefined> {
    const user = { username, groups: [level] };
    const info = requestInfoOf("GET", "/api/v1/namespaces/x/pods", new Query(""));
    const flow = this.#flow.classify(user, info);
    const rejection = await this.#flow.seat(flow, user, info, signal);
    if (rejection === undefined) this.#running.push(flow);
    return rejection;
  }

  async many(level: string, count: number, username = "u"): Promise<string[]> {
    const answers: string[] = [];
    for (let i = 0; i < count; i++) answers.push(await this.begin(level, username));
    return answers;
  }

  end(): void {
    this.#flow.done(this.#running.shift()!);
  }
}

const times = (count: number, what: string): string[] => Array.from({ length: count }, () => what);

for (const [rule, of, count, told] of [
  [
    "without queues it turns away what finds no seat",
    { a: { shares: 1 }, b: { shares: 1 } },
    6,
    [...times(5, "seat"), "concurrency-limit"],
  ],
  [
    "with queues it lets wait",
    { a: { shares: 1, queues: 1, length: 2 }, b: { shares: 1 } },
    8,
    [...times(5, "seat"), "waits", "waits", "queue-full"],
  ],
  [
    "it borrows what others lend",
    { a: { shares: 1 }, b: { shares: 1, lendable: 60 } },
    9,
    [...times(8, "seat"), "concurrency-limit"],
  ],
  [
    "but no more than it may",
    { a: { shares: 1, borrowing: 20 }, b: { shares: 1, lendable: 60 } },
    7,
    [...times(6, "seat"), "concurrency-limit"],
  ],
] as const) {
  test(`a level has its part of the seats: ${rule}`, async () => {
    const requests = new Requests(await levels(of));
    assert.deepEqual(await requests.many("a", count), told);
  });
}

test("a seat that becomes free goes to who waits, one queue after the other", async () => {
  const server = await levels({ a: { shares: 1, queues: 64, length: 5 }, b: { shares: 9 } });
  const requests = new Requests(server);
  await requests.begin("a");
  const order: string[] = [];
  for (const who of ["flood", "flood", "flood", "calm"]) {
    void requests.start("a", who).then(() => order.push(who));
  }
  for (let i = 0; i < 4; i++) {
    requests.end();
    for (let turn = 0; turn < 5; turn++) await Promise.resolve();
  }
  assert.deepEqual(order, ["flood", "calm", "flood", "flood"]);
});

test("nobody waits for ever, nor for a client that has gone", async () => {
  const server = await levels({ a: { shares: 1, queues: 1, length: 5 }, b: { shares: 9 } });
  const requests = new Requests(server);
  await requests.begin("a");
  const controller = new AbortController();
  const [gone, late] = [requests.start("a", "u", controller.signal), requests.start("a")];
  controller.abort();
  assert.equal(await gone, "cancelled");
  await server.clock.advance(15_000);
  assert.equal(await late, "time-out");
  requests.end();
  assert.equal(await requests.begin("a"), "seat", "the queue is empty");
});

test("what is turned away is told when to come again", async () => {
  const server = await testServer({ flags: { maxRequestsInFlight: 0 }, user: { username: "u", groups: [] } });
  const { status, headers, text } = await server.send("GET", MAPS);
  assert.deepEqual([status, headers["retry-after"], text], [429, "1", "Too many requests, please try again later.\n"]);
});

test("a flow is always dealt the same queues, all different", () => {
  for (const flow of ["a/u", "a/v", "b/u"]) {
    const hand = handOf(flow, 64, 6);
    assert.deepEqual(handOf(flow, 64, 6), hand);
    assert.equal(new Set(hand).size, 6);
    assert.ok(hand.every((queue) => queue >= 0 && queue < 64));
  }
  assert.notDeepEqual(handOf("a/u", 64, 6), handOf("a/v", 64, 6));
});

test("what every cluster has comes back, and stays as it is unless an administrator says otherwise", async () => {
  const { send, door, store, clock } = await securedServer();
  const stop = await keepFlowControl({ door, store, clock, log: silent });
  const MERGE = { "content-type": "application/merge-patch+json" };
  const until = async (path: string, holds: (object: TestObject) => boolean): Promise<void> => {
    while (!holds((await send("GET", `${FLOW}/${path}`)).json)) await clock.advance(0);
  };
  await send("DELETE", `${FLOW}/flowschemas/exempt`);
  await until("flowschemas/exempt", ({ kind }) => kind === "FlowSchema");
  await send("PATCH", `${FLOW}/flowschemas/catch-all`, { spec: { matchingPrecedence: 5 } }, MERGE);
  await until("flowschemas/catch-all", ({ spec }) => spec.matchingPrecedence === 10_000);
  const own = { metadata: { annotations: { "apf.kubernetes.io/autoupdate-spec": "false" } } };
  const shares = { spec: { limited: { nominalConcurrencyShares: 7 } } };
  await send("PATCH", `${FLOW}/prioritylevelconfigurations/system`, { ...own, ...shares }, MERGE);
  await send("PATCH", `${FLOW}/prioritylevelconfigurations/node-high`, shares, MERGE);
  await until("prioritylevelconfigurations/node-high", ({ spec }) => spec.limited.nominalConcurrencyShares === 40);
  await until("prioritylevelconfigurations/system", ({ spec }) => spec.limited.nominalConcurrencyShares === 7);
  stop();
});

test("a FlowSchema says whether its level is there", async () => {
  const { send, door, store, clock } = await securedServer();
  const stop = await keepFlowControl({ door, store, clock, log: silent });
  const spec = { priorityLevelConfiguration: { name: "later" }, matchingPrecedence: 77 };
  await send("POST", `${FLOW}/flowschemas`, { metadata: { name: "mine" }, spec });
  const condition = async (status: string): Promise<{ reason: string; message: string }> => {
    for (;;) {
      const { conditions = [] } = (await send("GET", `${FLOW}/flowschemas/mine`)).json.status;
      if (conditions[0]?.status === status) return conditions[0];
      await clock.advance(0);
    }
  };
  const said = 'This FlowSchema references the PriorityLevelConfiguration object named "later"';
  assert.equal((await condition("True")).message, `${said} but there is no such object`);
  const limited = { nominalConcurrencyShares: 1, limitResponse: { type: "Reject" } };
  await send("POST", `${FLOW}/prioritylevelconfigurations`, {
    metadata: { name: "later" },
    spec: { type: "Limited", limited },
  });
  assert.equal((await condition("False")).message, `${said} and it exists`);
  stop();
});
