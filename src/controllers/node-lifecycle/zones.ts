/**
 * How fast nodes that do not answer may be emptied, zone by zone: slowly where single nodes fail, more slowly or not
 * at all where most of a zone is down, since then it is more likely the network than the nodes, and not at all when
 * every zone is down, since then it is more likely us.
 */
import type { Node } from "../../api/core/index.ts";
import { TokenBucket } from "../../client/back-off.ts";
import type { Clock } from "../../machinery/clock.ts";
import type { ControllerSettings } from "../runtime/controller.ts";
import { readiness } from "./taints.ts";

export type ZoneState = "normal" | "partly down" | "down";

interface Zone {
  ready: number;
  notReady: number;
}

export class Zones {
  private readonly clock: Clock;
  private readonly settings: ControllerSettings;
  private zones = new Map<string, Zone>();
  private readonly buckets = new Map<string, { readonly rate: number; readonly bucket: TokenBucket }>();

  constructor(clock: Clock, settings: ControllerSettings) {
    this.clock = clock;
    this.settings = settings;
  }

  /** Counts all nodes anew. */
  count(nodes: Iterable<Node>): void {
    this.zones = new Map();
    for (const node of nodes) {
      const name = zoneOf(node);
      let zone = this.zones.get(name);
      if (zone === undefined) this.zones.set(name, (zone = { ready: 0, notReady: 0 }));
      if (readiness(node) === "True") zone.ready++;
      else zone.notReady++;
    }
  }

  /** Every node of the cluster is down: nothing is evicted then. */
  get allDown(): boolean {
    return this.zones.size > 0 && [...this.zones.values()].every((zone) => this.stateOf(zone) === "down");
  }

  /** Milliseconds until this node's turn to be emptied: 0 is now, undefined not while things stay as they are. */
  turn(node: Node): number | undefined {
    const name = zoneOf(node);
    const rate = this.rateOf(this.zones.get(name));
    if (rate <= 0 || this.allDown) return undefined;
    let limit = this.buckets.get(name);
    if (limit?.rate !== rate) this.buckets.set(name, (limit = { rate, bucket: new TokenBucket(this.clock, rate, 1) }));
    return limit.bucket.take() ? 0 : 1000 / rate;
  }

  private stateOf({ ready, notReady }: Zone): ZoneState {
    const { unhealthyZoneThreshold = 0.55 } = this.settings;
    if (ready === 0 && notReady > 0) return "down";
    return notReady > 2 && notReady / (ready + notReady) >= unhealthyZoneThreshold ? "partly down" : "normal";
  }

  private rateOf(zone: Zone | undefined): number {
    const { nodeEvictionRate = 0.1, secondaryNodeEvictionRate = 0.01, largeClusterSizeThreshold = 50 } = this.settings;
    if (zone === undefined || this.stateOf(zone) !== "partly down") return nodeEvictionRate;
    return zone.ready + zone.notReady > largeClusterSizeThreshold ? secondaryNodeEvictionRate : 0;
  }
}

function zoneOf({ metadata: { labels = {} } }: Node): string {
  return `${labels["topology.kubernetes.io/region"] ?? ""}:${labels["topology.kubernetes.io/zone"] ?? ""}`;
}
