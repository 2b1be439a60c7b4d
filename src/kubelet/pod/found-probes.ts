/** Probes of containers that an earlier life of this kubelet has started. */
import type { Pod } from "../../api/core/index.ts";
import type { KubeletContext } from "../context.ts";
import type { LocalState } from "./local-state.ts";
import type { PodContainer, ProbeResults } from "./situation.ts";
import { currentSandbox, newest } from "./situation.ts";
import type { Member } from "./spec.ts";
import { lastStatus, members } from "./spec.ts";

export function beginFoundProbes(
  { pod, runtime }: LocalState,
  { prober, node }: Pick<KubeletContext, "prober" | "node">,
): void {
  const podIP = (pod.spec.hostNetwork ? node.hostIPs[0] : currentSandbox(runtime)?.ips[0]) ?? "";
  for (const { role, container } of members(pod)) {
    if (role === "init" || role === "ephemeral") continue;
    const running = newest(runtime, container.name);
    if (running?.state !== "RUNNING") continue;
    const target = { pod, container, containerId: running.id, podIP };
    prober.begin(target, running.startedAt, toldBefore(pod, role, running));
  }
}

/** What the API has of a container's probes, as far as it is of this very container and speaks for it. */
function toldBefore(pod: Pod, role: Member["role"], { id, metadata }: PodContainer): ProbeResults {
  const told = lastStatus(pod, role, metadata.name);
  if (!told?.containerID?.endsWith(`://${id}`)) return {};
  return { ...(told.started === true && { startup: true }), ...(told.ready && { readiness: true }) };
}
