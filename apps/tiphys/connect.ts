/** The way from a command to the running cluster that the kubeconfig names, and what its refusals mean to the user. */
import { connectionOf, kubeconfigPaths, readKubeconfig } from "../../adapters/kubeconfig/index.ts";
import { type RemoteServer, remoteDoor } from "../../adapters/node-http/client.ts";
import { answerOf } from "../../src/client/answers.ts";
import { type Client, createClient } from "../../src/client/index.ts";
import { StatusError } from "../../src/machinery/errors.ts";
import { UserError } from "./command.ts";
import { VERSION } from "./version.ts";

export interface ClusterFlags {
  readonly kubeconfig: string;
  readonly context: string;
}

export interface Connected {
  readonly client: Client;
  readonly server: RemoteServer;
  /** The context's name, and the namespace it sets; empty where it sets none. */
  readonly context: string;
  readonly namespace: string;
  /** One request to a path of Tiphys's own; gives the answer's object. Throws {@link UserError} for a refusal. */
  ask(method: string, path: string, options?: { readonly query?: string; readonly body?: object }): Promise<unknown>;
}

/** Runs `work` with a connection, and ends it. */
export async function withCluster<T>(
  command: string,
  flags: ClusterFlags,
  work: (connected: Connected) => Promise<T>,
): Promise<T> {
  const config = readKubeconfig(kubeconfigPaths(flags.kubeconfig || undefined));
  const { server, namespace, context } = connectionOf(config, flags.context ? { context: flags.context } : {});
  const userAgent = `tiphys-${command}/${VERSION}`;
  const remote = remoteDoor({ ...server, userAgent });
  const client = createClient(remote.door, { userAgent });
  try {
    return await work({
      client,
      server,
      namespace,
      context,
      async ask(method, path, { query = "", body } = {}) {
        const given = body && { body: { form: "object", object: body } as const };
        try {
          return await answerOf(await client.request({ method, path, query, ...given }));
        } catch (error) {
          throw refusal(error, server.url, method, path);
        }
      },
    });
  } finally {
    remote.close();
  }
}

/** A Status in words for the user; anything else as it is. */
export function refusal(error: unknown, url: string, method: string, path: string): unknown {
  if (!(error instanceof StatusError)) return error;
  const { code, message, details } = error.status;
  if (code === 404 && !details?.name) {
    return new UserError(`the server at ${url} knows no ${path}: it is not Tiphys, or an older one`);
  }
  if (code === 403) {
    const rule = `a ClusterRole with nonResourceURLs ["${path}"] and verb ${method.toLowerCase()} allows it`;
    return new UserError(`${message}. Cluster administrators may, and ${rule}`);
  }
  return new UserError(message ?? error.message);
}
