/** `tiphys fork NAME`: a copy of the running cluster to try something in, with a context of its own. */
import { kubeconfigPaths, mergeEntry, pathToWrite, removeEntry } from "../../../adapters/kubeconfig/index.ts";
import type { ForkList, ForkRequest, ToldFork } from "../../../src/machinery/told-fork.ts";
import { type Invocation, UserError } from "../command.ts";
import { type Connected, withCluster } from "../connect.ts";
import type { forkDeleteFlags, forkFlags, forkListFlags } from "./state.commands.ts";

const PATH = "/tiphys/v1/forks";

export async function fork({ values, args }: Invocation<typeof forkFlags>): Promise<number> {
  const name = nameOf(args, "tiphys fork");
  return withCluster("fork", values, async (connected) => {
    const body: ForkRequest = { name, components: values.components, controllers: values.controllers };
    const began = performance.now();
    const made = (await connected.ask("POST", PATH, { body })) as ToldFork;
    const took = Math.round(performance.now() - began);
    process.stdout.write(`fork "${name}" of revision ${made.revision} runs at ${made.server} (${took} ms)\n`);
    const context = await merge(connected, made, values.kubeconfig);
    if (context !== undefined) {
      process.stdout.write(`\nNext:\n  kubectl --context ${context} get nodes\n  tiphys diff --context ${context}\n`);
    }
    return 0;
  });
}

/** With the same credentials: whoever may do something in the cluster may do it in the fork. Without a certificate none is made. */
async function merge({ server }: Connected, made: ToldFork, kubeconfig: string): Promise<string | undefined> {
  const { ca, cert, key } = server;
  if (ca === undefined || cert === undefined || key === undefined) {
    process.stdout.write(
      `no context was made, as yours has no certificate: use --server ${made.server} with your token\n`,
    );
    return undefined;
  }
  const file = pathToWrite(kubeconfigPaths(kubeconfig || undefined));
  const entry = {
    name: `tiphys-${made.name}`,
    owner: ownerOf(server.url, made.name),
    server: made.server,
    ca,
    cert,
    key,
  };
  return (await mergeEntry(file, entry)).context;
}

const ownerOf = (server: string, name: string): string => `${server}#fork/${name}`;

export async function listForks({ values }: Invocation<typeof forkListFlags>): Promise<number> {
  const list = (await withCluster("fork", values, ({ ask }) => ask("GET", PATH))) as ForkList;
  if (values.output === "json") {
    process.stdout.write(`${JSON.stringify(list, undefined, 2)}\n`);
    return 0;
  }
  if (list.items.length === 0) process.stdout.write('there are no forks: "tiphys fork NAME" makes one\n');
  for (const { name, server, revision, created } of list.items) {
    process.stdout.write(`${name}  ${server}  of revision ${revision}, ${created}\n`);
  }
  return 0;
}

export async function deleteFork({ values, args }: Invocation<typeof forkDeleteFlags>): Promise<number> {
  const name = nameOf(args, "tiphys fork delete");
  return withCluster("fork", values, async ({ ask, server }) => {
    await ask("DELETE", PATH, { query: `name=${encodeURIComponent(name)}` });
    await removeEntry(pathToWrite(kubeconfigPaths(values.kubeconfig || undefined)), ownerOf(server.url, name));
    process.stdout.write(`fork "${name}" is deleted\n`);
    return 0;
  });
}

function nameOf([name]: readonly string[], command: string): string {
  if (name !== undefined) return name;
  throw new UserError(`which fork? Say "${command} NAME"`);
}
