/**
 * A whole control plane in memory for stories over many rounds: the real API server with the real RBAC policy and
 * admission, the controllers asked for, and pods that become ready as soon as they are made (or when told to).
 */
import { builtinKinds } from "../../api/index.ts";
import { Namespace, Pod, ServiceAccount } from "../../api/core/index.ts";
import { createClient, createInformers } from "../../client/index.ts";
import type { Client, SharedInformers } from "../../client/index.ts";
import type { Clock } from "../../machinery/clock.ts";
import type { Log } from "../../machinery/log.ts";
import { silent } from "../../machinery/log.ts";
import { createScheme } from "../../machinery/scheme.ts";
import { SeededRandom } from "../../machinery/testing/seeded-random.ts";
import { VirtualClock } from "../../machinery/testing/virtual-clock.ts";
import { formatTime } from "../../machinery/time.ts";
import { defaultPlugins } from "../../server/admission/plugins.ts";
import { firstOf } from "../../server/authorization/authorizer.ts";
import type { Authorizer } from "../../server/authorization/authorizer.ts";
import { RbacAuthorizer, mastersAuthorizer } from "../../server/authorization/rbac.ts";
import { bootstrap } from "../../server/bootstrap/bootstrap.ts";
import { objectCodec } from "../../server/encoding/json.ts";
import { createApiServer } from "../../server/server.ts";
import { openStore } from "../../store/local-store.ts";
import { CONTROLLER_MANAGER, controllerUser, startControllers } from "../index.ts";
import type { ControllerSettings } from "../runtime/controller.ts";

export interface TestCluster {
  readonly client: Client;
  readonly clock: VirtualClock;
  readonly informers: SharedInformers;
  readonly requests: { readonly method: string; readonly path: string; readonly status: number }[];
  /** Lines of the log at warn and above. */
  readonly complaints: string[];
  /** Lets the cluster work for so long. */
  run(milliseconds?: number): Promise<void>;
  until(done: () => boolean | undefined, limit?: number): Promise<void>;
  stop(): void;
}

export interface TestClusterOptions {
  readonly only?: readonly string[];
  readonly settings?: ControllerSettings;
  readonly clock?: Clock;
  /** Pods get a node, an address and Ready by themselves. Default true. */
  readonly pods?: boolean;
  /** Without bootstrap policy and authorization: faster. */
  readonly open?: boolean;
}

export const START = Date.UTC(2026, 0, 1);

export async function testCluster(options: TestClusterOptions = {}): Promise<TestCluster> {
  const clock = options.clock ?? new VirtualClock(START, turnOfTheLoop);
  const random = new SeededRandom();
  const scheme = createScheme(builtinKinds);
  const store = await openStore({ clock, codec: objectCodec(scheme) });
  const rbac = new RbacAuthorizer(store);
  const authorizer = options.open === true ? mastersOnly : firstOf([mastersAuthorizer, rbac]);
  const requests: TestCluster["requests"] = [];
  const complaints: string[] = [];
  const log = complaining(complaints);
  const server = createApiServer({
    store,
    scheme,
    clock,
    random,
    log,
    authenticators: [{ authenticate: (request) => request.peer.user }],
    authorizer,
    admission: defaultPlugins({ store, scheme, random, rbac, authorizer }),
  });
  const door: typeof server.door = async (request) => {
    const response = await server.door(request);
    requests.push({ method: request.method, path: request.path, status: response.status });
    return response;
  };
  const stopper = new AbortController();
  if (options.open !== true) {
    const served = [...new Map(builtinKinds.map((kind) => [`${kind.group}/${kind.version}`, kind])).values()];
    await bootstrap({ door, signal: stopper.signal, served, serviceCidr: "10.96.0.0/12", serviceIp: "10.96.0.1" });
  }
  const as = (userAgent: string, user: Parameters<typeof createClient>[1]["user"]): Client =>
    createClient(door, { userAgent, user, clock });
  const client = as("admin", { username: "admin", groups: ["system:masters", "system:authenticated"] });
  if (options.open === true) await client.create(Namespace, { metadata: { name: "default" }, spec: {} });
  if (options.only !== undefined && !options.only.includes("service-account-controller"))
    await client.create(ServiceAccount, { metadata: { name: "default", namespace: "default" } });
  const informers = createInformers({ client: as("kube-controller-manager", CONTROLLER_MANAGER), clock, random, log });
  const running = startControllers({
    client,
    clientFor: (name) => as(name, controllerUser(name)),
    informers,
    clock,
    random,
    log,
    ...(options.only !== undefined && { only: options.only }),
    ...(options.settings !== undefined && { settings: options.settings }),
  });
  if (options.pods !== false) makePodsReady(client, informers, clock);
  await informers.synced();
  return {
    client,
    clock: clock as VirtualClock,
    informers,
    requests,
    complaints,
    run: async (milliseconds = 1000) => (clock as VirtualClock).advance(milliseconds),
    until: (done, limit = 600_000) => (clock as VirtualClock).runUntil(() => done() === true, limit),
    stop: () => {
      running.stop();
      informers.stop();
      stopper.abort();
      server.close();
    },
  };
}

/** All promises that can settle have settled: chains of awaits through the server are long. */
const turnOfTheLoop = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

const mastersOnly: Authorizer = { authorize: () => ({ verdict: "allow" }) };

function complaining(lines: string[]): Log {
  const note = (message: string, fields?: object): void => {
    lines.push(`${message} ${JSON.stringify(fields ?? {})}`);
  };
  const log: Log = { ...silent, warn: note, error: note, child: () => log };
  return log;
}

/** Stands in for scheduler and kubelet: a pod runs at once, and is gone at once when it is deleted. */
export function makePodsReady(client: Client, informers: SharedInformers, clock: Clock): void {
  let address = 0;
  informers.of(Pod).subscribe(({ type, object: pod }) => {
    const { name, namespace, deletionTimestamp } = pod.metadata;
    if (type === "DELETED") return;
    if (deletionTimestamp !== undefined) {
      void client.delete(Pod, name, namespace, { gracePeriodSeconds: 0 }).catch(() => {});
    } else if ((pod.status.phase ?? "Pending") === "Pending") {
      const ip = `10.0.${(++address >> 8) & 255}.${address & 255}`;
      void client.patch(
        Pod,
        name,
        namespace,
        { type: "strategic", body: { status: readyStatus(ip, clock.now()) } },
        { subresource: "status" },
      );
    }
  });
}

export function readyStatus(ip: string, now: number): object {
  const lastTransitionTime = formatTime(now);
  return {
    phase: "Running",
    podIP: ip,
    podIPs: [{ ip }],
    conditions: [{ type: "Ready", status: "True", lastTransitionTime }],
  };
}
