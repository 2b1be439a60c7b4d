/** What all pods of one kubelet share. */
import type { Service } from "../api/core/index.ts";
import type { Pod } from "../api/core/index.ts";
import type { Client } from "../client/client.ts";
import type { Clock } from "../machinery/clock.ts";
import type { Log } from "../machinery/log.ts";
import type { Random } from "../machinery/random.ts";
import type { NodeConfig } from "./config/sandbox.ts";
import type { Events } from "./events.ts";
import type { Host } from "./host.ts";
import type { Images } from "./images/images.ts";
import type { ObjectSource } from "./objects.ts";
import type { Prober } from "./probes/prober.ts";
import type { ContainerRuntime } from "./runtime.ts";
import type { StatusWriter } from "./status-writer.ts";
import type { Tokens } from "./volumes/tokens.ts";

export interface KubeletContext {
  readonly client: Client;
  readonly runtime: ContainerRuntime;
  readonly host: Host;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly nodeName: string;
  readonly events: Events;
  readonly images: Images;
  readonly prober: Prober;
  readonly objects: ObjectSource;
  readonly tokens: Tokens;
  readonly statuses: StatusWriter;
  readonly node: NodeState;
  services(): Iterable<Service>;
  /** The runtime does not answer: stop asking until it does again. */
  runtimeFailed(error: unknown): void;
  /** See KubeletOptions. */
  carriesOn(uid: string): boolean;
  /** Nothing of the pod is left on this node. */
  forget(pod: Pod): void;
  /** Why the node cannot take the pod. */
  admit(pod: Pod): Rejection | undefined;
  /** Why a pod that runs cannot get the size that its spec asks for. */
  judgeResize(pod: Pod): ResizeProblem | undefined;
}

export interface NodeState extends NodeConfig {
  readonly hostIPs: readonly string[];
  readonly runtimeName: string;
  readonly memoryBytes: number;
  readonly allocatable: Readonly<Record<string, string>>;
}

export interface ResizeProblem {
  /** Never, or not now. */
  readonly reason: "Infeasible" | "Deferred";
  readonly message: string;
}

export interface Rejection {
  readonly reason: string;
  readonly message: string;
}
