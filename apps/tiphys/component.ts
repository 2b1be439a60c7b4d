/** What the components share that run alone: the way to the API server, the lead among several, logs. */
import { randomUUID } from "node:crypto";
import { hostname } from "node:os";
import { systemClock, systemRandom } from "../../adapters/clock/system-clock.ts";
import { connectionOf, kubeconfigPaths, readKubeconfig } from "../../adapters/kubeconfig/index.ts";
import { openLog } from "../../adapters/log/log.ts";
import { type RemoteDoor, remoteDoor, type RemoteServer } from "../../adapters/node-http/client.ts";
import { createClient, runLeaderElection } from "../../src/client/index.ts";
import type { Log } from "../../src/machinery/log.ts";
import { UserError } from "./command.ts";
import { stopSignal } from "./stop-signal.ts";
import { VERSION } from "./version.ts";

export interface LogFlags {
  readonly v: number;
  readonly "logging-format": string;
}

export function componentLog(flags: LogFlags): Promise<Log> {
  const level = flags.v >= 4 ? "debug" : flags.v >= 1 ? "info" : "warn";
  return openLog({ format: flags["logging-format"] === "json" ? "json" : "text", level });
}

/** The API server that the kubeconfig names; `master` wins over its address. */
export function apiServerDoor(component: string, kubeconfig: string, master = ""): RemoteDoor {
  return remoteDoor(apiServer(component, kubeconfig, master));
}

/** The same server for a caller who shows no credentials of the kubeconfig's. */
export function anonymousDoor(component: string, kubeconfig: string, master = ""): RemoteDoor {
  const { url, ca, serverName, insecure, userAgent } = apiServer(component, kubeconfig, master);
  return remoteDoor({ url, ca, serverName, insecure, userAgent });
}

function apiServer(component: string, kubeconfig: string, master: string): RemoteServer {
  if (!kubeconfig && !master && !process.env["KUBECONFIG"]) {
    throw new UserError(`which API server? Give ${component} one with --kubeconfig FILE`);
  }
  const config = readKubeconfig(kubeconfigPaths(kubeconfig || undefined));
  const { server } = connectionOf(config, master ? { server: master } : {});
  return { ...server, userAgent: `${component}/${VERSION}` };
}

export interface ElectionFlags {
  readonly "leader-elect": boolean;
  readonly "leader-elect-lease-duration": number;
  readonly "leader-elect-renew-deadline": number;
  readonly "leader-elect-retry-period": number;
  readonly "leader-elect-resource-name": string;
  readonly "leader-elect-resource-namespace": string;
}

/**
 * Runs `work` until Ctrl-C, only while leading where that is asked for. `work` gives how to stop.
 * The exit code is 1 when the lead was lost: whoever started the process starts it again.
 */
export async function runComponent(
  component: string,
  remote: RemoteDoor,
  flags: ElectionFlags,
  log: Log,
  work: () => () => void,
): Promise<number> {
  const stopping = stopSignal();
  try {
    if (!flags["leader-elect"]) {
      const stop = work();
      await stopping;
      stop();
      return 0;
    }
    const end = new AbortController();
    void stopping.then(() => end.abort(new Error("stopped")));
    await runLeaderElection({
      client: createClient(remote.door, { userAgent: `${component}/${VERSION}` }),
      name: flags["leader-elect-resource-name"] || component,
      namespace: flags["leader-elect-resource-namespace"],
      identity: `${hostname()}_${randomUUID()}`,
      clock: systemClock,
      random: systemRandom,
      log,
      signal: end.signal,
      leaseDuration: flags["leader-elect-lease-duration"],
      renewDeadline: flags["leader-elect-renew-deadline"],
      retryPeriod: flags["leader-elect-retry-period"],
      async lead(signal) {
        const stop = work();
        await new Promise<void>((resolve) => signal.addEventListener("abort", () => resolve(), { once: true }));
        stop();
      },
    });
    return 0;
  } finally {
    remote.close();
  }
}
