/** Events for runtimes that tell none: lists compared with the lists before. */
import { setTimeout as wait } from "node:timers/promises";
import type { ContainerRuntime, RuntimeEvent } from "../../src/kubelet/runtime.ts";

/** As often as upstream's kubelet looks. */
const POLL_MS = 1000;

type Lister = Pick<ContainerRuntime, "listContainers" | "listPodSandbox">;
interface Seen {
  readonly state: "created" | "running" | "stopped";
  readonly podUid: string;
}

/** Until `signal` aborts. What is there at the first look is no event; failures of the lists are thrown. */
export async function* polledEvents(
  runtime: Lister,
  signal: AbortSignal,
  milliseconds: number = POLL_MS,
): AsyncGenerator<RuntimeEvent, void, undefined> {
  let before = await look(runtime, signal);
  while (await passed(milliseconds, signal)) {
    const now = await look(runtime, signal);
    yield* differences(before, now, Date.now());
    before = now;
  }
}

/** What must have happened between two looks, in an order in which it can have. */
export function differences(
  before: ReadonlyMap<string, Seen>,
  now: ReadonlyMap<string, Seen>,
  at: number,
): RuntimeEvent[] {
  const events: RuntimeEvent[] = [];
  for (const [id, { state, podUid }] of now) {
    const old = before.get(id)?.state;
    const add = (type: RuntimeEvent["type"]): number => events.push({ type, id, podUid, at });
    if (old === undefined) add("CREATED");
    if (state !== "created" && (old === undefined || old === "created")) add("STARTED");
    if (state === "stopped" && old !== "stopped") add("STOPPED");
  }
  for (const [id, { podUid }] of before) if (!now.has(id)) events.push({ type: "DELETED", id, podUid, at });
  return events;
}

async function look(runtime: Lister, signal: AbortSignal): Promise<Map<string, Seen>> {
  const [sandboxes, containers] = await Promise.all([
    runtime.listPodSandbox(undefined, signal),
    runtime.listContainers(undefined, signal),
  ]);
  const seen = new Map<string, Seen>();
  for (const { id, state, metadata } of sandboxes) {
    seen.set(id, { state: state === "READY" ? "running" : "stopped", podUid: metadata.uid });
  }
  for (const { id, state, podSandboxId } of containers) {
    const known = state === "CREATED" ? "created" : state === "RUNNING" ? "running" : "stopped";
    seen.set(id, { state: known, podUid: seen.get(podSandboxId)?.podUid ?? "" });
  }
  return seen;
}

async function passed(milliseconds: number, signal: AbortSignal): Promise<boolean> {
  await wait(milliseconds, undefined, { signal }).catch(() => {});
  return !signal.aborted;
}
