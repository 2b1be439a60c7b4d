/** The port of the kubelet of `tiphys up`, with a serving certificate of the cluster's CA. */
import type { ClusterKeys } from "../../adapters/keys/cluster-keys.ts";
import { nodeSubject } from "../../adapters/keys/cluster-keys.ts";
import type { Listener } from "../../adapters/node-http/listener.ts";
import { UserError } from "./command.ts";
import { ownAddresses } from "./edge.ts";
import { serveKubelet } from "./kubelet-server.ts";
import type { Served } from "./machine-node.ts";

export interface KubeletPort {
  readonly keys: ClusterKeys;
  readonly host: string;
  /** 0: any that is free. Undefined: upstream's, or the next free one beside other clusters' kubelets. */
  readonly port: number | undefined;
}

export const USUAL_PORT = 10_250;
/** So many clusters find a port side by side; further ones take any. */
const TRIES = 100;

export async function openKubeletPort({ keys, host, port }: KubeletPort, served: Served): Promise<Listener> {
  const { nodeName } = served;
  const pair = keys.server("kubelet", nodeSubject(nodeName), [nodeName, "localhost", "127.0.0.1", ...ownAddresses()]);
  const tls = { ...pair, clientCa: keys.ca };
  for (let wanted = port ?? USUAL_PORT; ; wanted = wanted < USUAL_PORT + TRIES ? wanted + 1 : 0) {
    try {
      return await serveKubelet({ ...served, host, port: wanted, tls });
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EADDRINUSE") throw error;
      if (port !== undefined) {
        throw new UserError(
          `port ${port} is in use: stop what listens there, or choose another for the kubelet with --kubelet-port N ` +
            "(0 takes any that is free)",
          1,
          { cause: error },
        );
      }
    }
  }
}
