/**
 * Exec, attach and port-forward: CRI answers with a URL on the runtime's own streaming server, and the streams are
 * opened there.
 *
 * They go over SPDY: containerd's WebSocket has no protocol that can half-close stdin, and its `v4` does not report
 * the exit status reliably. Port-forward goes the same way, because the runtime dials from inside of the pod's
 * network, where listeners on loopback are reachable too.
 */
import { RuntimeError } from "../../src/kubelet/runtime.ts";
import type { Channels } from "../../src/machinery/door.ts";
import { UpgradeRefused, connectRemote } from "../streams/connect.ts";
import type { CommandStreams } from "../streams/spdy-channels.ts";

/** From v4 on the error channel carries a Status with the exit code. */
const COMMAND_PROTOCOL = "v4.channel.k8s.io";
const PORT_FORWARD_PROTOCOL = "portforward.k8s.io";

/** Opens what `url` stands for: the streams of a command, or, without `command`, a port-forward. */
export async function openStreams(
  url: string,
  command: CommandStreams | undefined,
  signal: AbortSignal | undefined,
): Promise<Channels> {
  const protocols = [command ? COMMAND_PROTOCOL : PORT_FORWARD_PROTOCOL];
  const { channels } = await connectRemote(url, { protocols, command, signal }).catch((error: Error) => {
    if (signal?.aborted) throw signal.reason;
    const code = error instanceof UpgradeRefused ? "Unknown" : "Unavailable";
    throw new RuntimeError(code, `the container runtime's streaming server: ${error.message}`);
  });
  const stop = (): void => void channels.close();
  if (signal?.aborted) stop();
  else signal?.addEventListener("abort", stop, { once: true });
  return channels;
}
