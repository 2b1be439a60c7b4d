/**
 * Keeps the Node object and its Lease: registers once, renews the lease with each heartbeat, and writes the status only
 * when it has changed or five minutes have passed.
 */
import { Lease } from "../../api/coordination/index.ts";
import { Node } from "../../api/core/index.ts";
import type { NodeStatus, Taint } from "../../api/core/index.ts";
import type { Client } from "../../client/index.ts";
import { formatMicroTime } from "../../machinery/time.ts";
import type { Clock } from "../../machinery/clock.ts";
import { isReason } from "../../machinery/errors.ts";
import type { Log } from "../../machinery/log.ts";
import { equal } from "../pod/equal.ts";
import type { NodeFacts, NodeHealth } from "./node-status.ts";
import { newsOf } from "./node-events.ts";
import type { NodeNews } from "./node-events.ts";
import { labelsOf, nodeStatus } from "./node-status.ts";

const LEASE_NAMESPACE = "kube-node-lease";
const LEASE_SECONDS = 40;
const REPORT_EVERY = 300_000;

export interface RegistrationOptions {
  readonly client: Client;
  readonly clock: Clock;
  readonly log: Log;
  readonly nodeName: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly taints: readonly Taint[];
  readonly providerID?: string;
  /** Called with what has changed, once the API has it. */
  tell(news: NodeNews): void;
  /** Whether a node that is new tells how it is: of thousands of simulated ones nobody would read it. */
  readonly tellsStart: boolean;
}

export class Registration {
  readonly #options: RegistrationOptions;
  #facts: NodeFacts;
  #allocatable: Readonly<Record<string, string>>;
  #node: Node | undefined;
  #lease: Lease | undefined;
  #reportedAt = 0;
  #renewing = false;

  constructor(options: RegistrationOptions, facts: NodeFacts, allocatable: Readonly<Record<string, string>>) {
    this.#options = options;
    this.#facts = facts;
    this.#allocatable = allocatable;
  }

  /** The node as the API had it last. */
  get node(): Node | undefined {
    return this.#node;
  }

  /** Makes the Node, or takes over the one that is there; throws where the API refuses. */
  async register(health: NodeHealth): Promise<Node> {
    const { client, nodeName, labels, taints, providerID } = this.#options;
    const wantedLabels = { ...labelsOf(this.#facts), ...labels };
    try {
      this.#node = await client.create(Node, {
        metadata: {
          name: nodeName,
          labels: wantedLabels,
          annotations: { "volumes.kubernetes.io/controller-managed-attach-detach": "true" },
        },
        spec: { ...(taints.length > 0 && { taints }), ...(providerID && { providerID }) },
        status: nodeStatus(this.#facts, this.#allocatable, health),
      } as never);
      this.#reportedAt = health.now;
      if (this.#options.tellsStart) this.#tell(undefined, this.#node!.status);
    } catch (error) {
      if (!isReason(error, "AlreadyExists")) throw error;
      const body = { metadata: { labels: wantedLabels } };
      this.#node = await client.patch(Node, nodeName, undefined, { type: "strategic", body });
    }
    // A node that was made just now has its status already, where the server keeps what it was given.
    await this.report(health);
    return this.#node!;
  }

  /** Writes the status where it differs from what was written, or is old; `always` writes in any case. */
  async report(health: NodeHealth, always = false): Promise<void> {
    const { client, nodeName, log } = this.#options;
    const before = this.#node;
    if (!before) return;
    const status = nodeStatus(this.#facts, this.#allocatable, health, before);
    const due = health.now - this.#reportedAt >= REPORT_EVERY;
    if (!always && !due && equal(steady(before.status), steady(status))) return;
    try {
      const body = { status: { ...status, addresses: [{ $patch: "replace" }, ...(status.addresses ?? [])] } };
      const cause = { revisions: [] };
      this.#node = await client.patch(
        Node,
        nodeName,
        undefined,
        { type: "strategic", body },
        { subresource: "status", cause },
      );
      this.#reportedAt = health.now;
      this.#tell(before.status, status);
    } catch (error) {
      if (isReason(error, "NotFound")) {
        // Somebody deleted the node while its kubelet runs: it registers again.
        log.warn("the node object is gone; registering again", { node: nodeName });
        this.#lease = undefined;
        await this.register(health);
        return;
      }
      log.warn("the node's status was not written", { node: nodeName, error });
    }
  }

  #tell(before: NodeStatus | undefined, after: NodeStatus | undefined): void {
    for (const news of newsOf(this.#options.nodeName, before, after)) this.#options.tell(news);
  }

  /** Says that the node is alive. Never throws: the next beat tries again. */
  async renew(): Promise<void> {
    if (this.#renewing || !this.#node) return;
    this.#renewing = true;
    try {
      this.#lease = this.#lease ? await this.#renewed(this.#lease) : await this.#firstLease();
    } catch (error) {
      this.#lease = undefined;
      this.#options.log.warn("the node's lease was not renewed", { node: this.#options.nodeName, error });
    } finally {
      this.#renewing = false;
    }
  }

  #renewed(lease: Lease): Promise<Lease> {
    const { client, clock } = this.#options;
    return client.update(Lease, {
      ...lease,
      spec: { ...lease.spec, renewTime: formatMicroTime(clock.now()) },
    } as Lease);
  }

  async #firstLease(): Promise<Lease> {
    const { client, clock, nodeName } = this.#options;
    const { uid, name } = this.#node!.metadata;
    const spec = {
      holderIdentity: nodeName,
      leaseDurationSeconds: LEASE_SECONDS,
      renewTime: formatMicroTime(clock.now()),
    };
    const ownerReferences = [{ apiVersion: "v1", kind: "Node", name, uid }];
    try {
      const metadata = { name: nodeName, namespace: LEASE_NAMESPACE, ownerReferences };
      return await client.create(Lease, { metadata, spec } as never);
    } catch (error) {
      if (!isReason(error, "AlreadyExists")) throw error;
      return this.#renewed(await client.get(Lease, nodeName, LEASE_NAMESPACE));
    }
  }
}

/** A status without what changes with every heartbeat. */
function steady(status: NodeStatus | undefined): unknown {
  return {
    ...status,
    conditions: (status?.conditions ?? []).map((condition) => ({ ...condition, lastHeartbeatTime: undefined })),
  };
}
