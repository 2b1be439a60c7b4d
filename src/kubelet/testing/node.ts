/** A simulated node on a virtual clock with a fake API: what most tests of the kubelet start from. */
import type { Pod } from "../../api/core/index.ts";
import { createInformers } from "../../client/index.ts";
import { silent } from "../../machinery/log.ts";
import { SeededRandom } from "../../machinery/testing/seeded-random.ts";
import { VirtualClock } from "../../machinery/testing/virtual-clock.ts";
import type { Kubelet, KubeletOptions } from "../kubelet.ts";
import { createKubelet } from "../kubelet.ts";
import { SimFiles } from "../sim/sim-files.ts";
import { simHost } from "../sim/sim-host.ts";
import { SimRuntime } from "../sim/sim-runtime.ts";
import type { SimRuntimeOptions } from "../sim/sim-runtime.ts";
import { FakeApi } from "./fake-api.ts";

export interface TestNode<Runtime extends SimRuntime = SimRuntime> {
  readonly api: FakeApi;
  readonly clock: VirtualClock;
  readonly runtime: Runtime;
  readonly kubelet: Kubelet;
  /** Runs until `done`, at most `limit` milliseconds of virtual time. */
  until(done: () => unknown, limit?: number): Promise<void>;
  /** Lets what was told as events be written. */
  told(): Promise<void>;
  /** Ends this kubelet and starts another one over the same runtime. */
  restart(): Promise<Kubelet>;
}

type TestNodeOptions<Runtime> = Omit<Partial<KubeletOptions>, "runtime"> & {
  /** Default: a plain simulated one. */
  readonly runtime?: (options: SimRuntimeOptions) => Runtime;
};

export function startNode<Runtime extends SimRuntime>(
  options: TestNodeOptions<Runtime> & { readonly runtime: (options: SimRuntimeOptions) => Runtime },
): Promise<TestNode<Runtime>>;
export function startNode(options?: TestNodeOptions<SimRuntime>): Promise<TestNode>;
export async function startNode({ runtime: made, ...options }: TestNodeOptions<SimRuntime> = {}): Promise<TestNode> {
  const clock = new VirtualClock();
  const api = new FakeApi(clock);
  const random = new SeededRandom(1);
  let last = 1;
  const settings = { clock, files: new SimFiles(), name: "node-1", address: () => `10.0.0.${++last}` };
  const runtime = made?.(settings) ?? new SimRuntime(settings);
  const host = simHost({ name: "node-1", clock, runtime, address: "192.168.0.1" });
  const make = (): Kubelet => {
    const informers = createInformers({ client: api.client, clock, random, log: silent });
    return createKubelet({
      client: api.client,
      informers,
      runtime,
      host,
      clock,
      random,
      log: silent,
      nodeName: "node-1",
      ...options,
    });
  };
  let kubelet = make();
  await settle(clock, kubelet.start());
  return {
    api,
    clock,
    runtime,
    get kubelet() {
      return kubelet;
    },
    until: (done, limit = 3600_000) => clock.runUntil(() => Boolean(done()), limit),
    told: () => clock.advance(1000),
    async restart() {
      await kubelet.stop();
      kubelet = make();
      await settle(clock, kubelet.start());
      return kubelet;
    },
  };
}

/** Lets time pass until a promise is settled. */
async function settle(clock: VirtualClock, work: Promise<unknown>): Promise<void> {
  const state = { done: false };
  const finish = (): void => void (state.done = true);
  void work.then(finish, finish);
  for (let i = 0; i < 100 && !state.done; i++) await clock.advance(1);
  await work;
}

/** Specs of tests say only what matters; the types of stored objects demand every default. */
type Spec = { readonly [Field in keyof Pod["spec"]]?: unknown };
type ContainerSpec = Pod["spec"]["containers"][number];

/** A pod bound to the node with one container `web`, as the API would have it after defaulting. */
export function podOf(name: string, spec: Spec = {}, annotations: Record<string, string> = {}): object {
  return {
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name, namespace: "default", generation: 1, annotations },
    spec: {
      nodeName: "node-1",
      restartPolicy: "Always",
      terminationGracePeriodSeconds: 30,
      dnsPolicy: "ClusterFirst",
      containers: [container("web")],
      ...spec,
    },
    status: { phase: "Pending", qosClass: "BestEffort", conditions: [] },
  };
}

export function container(
  name: string,
  more: { readonly [Field in keyof ContainerSpec]?: unknown } = {},
): ContainerSpec {
  return {
    name,
    image: "registry.k8s.io/web:1",
    imagePullPolicy: "IfNotPresent",
    terminationMessagePath: "/dev/termination-log",
    terminationMessagePolicy: "File",
    ...more,
  } as ContainerSpec;
}
