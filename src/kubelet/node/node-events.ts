/** What a change of a node's status is told as, in upstream's words: `Node n1 status is now: NodeReady`. */
import type { NodeStatus } from "../../api/core/index.ts";
import type { EventType } from "../events.ts";

/** Reasons by condition: where it is true, and where it is false. In the order in which they are told. */
const REASONS = {
  MemoryPressure: ["NodeHasInsufficientMemory", "NodeHasSufficientMemory"],
  DiskPressure: ["NodeHasDiskPressure", "NodeHasNoDiskPressure"],
  PIDPressure: ["NodeHasInsufficientPID", "NodeHasSufficientPID"],
  Ready: ["NodeReady", "NodeNotReady"],
} as const;

export interface NodeNews {
  readonly type: EventType;
  readonly reason: string;
  readonly message: string;
}

/** `before`: undefined of a node that is new. */
export function newsOf(node: string, before: NodeStatus | undefined, after: NodeStatus | undefined): NodeNews[] {
  const news: NodeNews[] = [];
  const stateIn = (status: NodeStatus | undefined, type: string): string | undefined =>
    status?.conditions?.find((condition) => condition.type === type)?.status;
  for (const [type, [holds, holdsNot]] of Object.entries(REASONS)) {
    const now = stateIn(after, type);
    if (now === undefined || now === stateIn(before, type)) continue;
    const reason = now === "True" ? holds : holdsNot;
    news.push({ type: "Normal", reason, message: `Node ${node} status is now: ${reason}` });
  }
  const [was, is] = [before?.nodeInfo?.bootID, after?.nodeInfo?.bootID];
  if (was && is && was !== is) {
    news.push({ type: "Warning", reason: "Rebooted", message: `Node ${node} has been rebooted, boot id: ${is}` });
  }
  return news;
}
