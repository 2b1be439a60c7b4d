/** `tiphys kubeconfig`: access for a user of the cluster, printed or merged into the user's file. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { ADMIN, openKeys } from "../../../adapters/keys/cluster-keys.ts";
import {
  kubeconfigOf,
  kubeconfigPaths,
  kubeconfigText,
  mergeEntry,
  pathToWrite,
} from "../../../adapters/kubeconfig/index.ts";
import { type Invocation, UserError } from "../command.ts";
import { dataDirectoryPath, runningIn } from "../data-dir.ts";
import type { kubeconfigFlags } from "./cluster.commands.ts";

export async function kubeconfig({ values, changed }: Invocation<typeof kubeconfigFlags>): Promise<number> {
  const path = dataDirectoryPath(values["data-dir"]);
  if (!existsSync(join(path, "pki", "ca.key"))) {
    throw new UserError(`there is no cluster in ${path}: start one with "tiphys up", or name its --data-dir DIR`);
  }
  const running = runningIn(path);
  if (!running) throw new UserError(`the cluster in ${path} does not run: start it with "tiphys up"`);
  const commonName = values.user;
  const isAdmin = commonName === ADMIN.commonName && !changed.has("group");
  const subject = isAdmin ? ADMIN : { commonName, organizations: values.group };
  const keys = openKeys(join(path, "pki"), { now: Date.now() });
  const pair = keys.client(isAdmin ? "admin" : fileFor(commonName, values.group), subject);
  const name = isAdmin ? "tiphys" : `tiphys-${commonName}`;
  const entry = { name, owner: isAdmin ? path : `${path}#${commonName}`, server: running.server, ca: keys.ca, ...pair };
  if (!values.merge) {
    process.stdout.write(kubeconfigText(kubeconfigOf(entry)));
    return 0;
  }
  const file = pathToWrite(kubeconfigPaths(values.kubeconfig || undefined));
  const { context } = await mergeEntry(file, entry);
  process.stdout.write(`context "${context}" is in ${file}; use it with: kubectl --context ${context} get nodes\n`);
  return 0;
}

/** User names may hold anything; groups are part of the certificate, so other groups are another file. */
function fileFor(user: string, groups: readonly string[]): string {
  return `user-${Buffer.from([user, ...groups].join("\n")).toString("base64url")}`;
}
