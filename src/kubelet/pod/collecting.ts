/** What of a living pod's past is removed again. */
import type { KubeletContext } from "../context.ts";
import type { LocalState } from "./local-state.ts";
import { CONTAINER_NAME } from "./names.ts";
import { messageFileOf } from "./termination-message.ts";

/** Of each container the newest stays, and the one before it for its log; older ones go, and sandboxes without any. */
export async function collectOld(
  state: LocalState,
  { runtime, host }: Pick<KubeletContext, "runtime" | "host">,
): Promise<void> {
  const kept = new Map<string, number>();
  for (const container of state.runtime.containers) {
    const name = container.labels[CONTAINER_NAME] ?? "";
    const count = (kept.get(name) ?? 0) + 1;
    kept.set(name, count);
    if (count <= 2 || container.state !== "EXITED") continue;
    await runtime.removeContainer(container.id);
    await host.logs.remove(container.logPath);
    const message = messageFileOf(container);
    if (message) await host.files.remove(message);
    state.drop(container.id);
  }
  for (const { id, state: condition } of state.runtime.sandboxes.slice(1)) {
    if (condition === "READY" || state.runtime.containers.some(({ podSandboxId }) => podSandboxId === id)) continue;
    await runtime.removePodSandbox(id);
    state.drop(id);
  }
}
