/** `tiphys token create`: what another machine needs to join, as the one command to type there. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { caHash } from "../../../adapters/keys/pinned-ca.ts";
import { adminAccess } from "../admin.ts";
import { type Invocation, UserError } from "../command.ts";
import { dataDirectoryPath, datastoreFile, type Running, runningIn } from "../data-dir.ts";
import { keptDatastore } from "../datastore.ts";
import { type ControlPlaneKeys, createJoinToken, type JoinRole, SHARED_FILES } from "../join/token.ts";
import { TOKEN_VARIABLE } from "./join.ts";
import type { tokenCreateFlags } from "./cluster.commands.ts";

export async function createToken({ values }: Invocation<typeof tokenCreateFlags>): Promise<number> {
  const path = dataDirectoryPath(values["data-dir"]);
  const running = runningIn(path);
  if (!running) throw new UserError(`no cluster runs in ${path}: start it with "tiphys up"`);
  const role = roleOf(values.role);
  const keys = role === "control-plane" ? sharedKeys(path, running) : undefined;
  const access = adminAccess(path, running, "tiphys-token");
  try {
    const token = await createJoinToken(access.client, { role, keys, expires: Date.now() + values.ttl });
    const server = values.server || running.advertised || running.server;
    const command = `${TOKEN_VARIABLE}=${token} tiphys join ${server} --ca-hash ${caHash(access.keys.ca)}`;
    process.stdout.write(values.output === "token" ? `${token}\n` : `${command}\n`);
    return 0;
  } finally {
    access.close();
  }
}

function roleOf(given: string): JoinRole {
  if (given === "control-plane" || given === "worker") return given;
  throw new UserError(`unknown role "${given}" in --role: there are control-plane and worker`);
}

function sharedKeys(path: string, { encryption }: Running): ControlPlaneKeys {
  const datastore = keptDatastore(datastoreFile(path));
  if (datastore === undefined) {
    throw new UserError(
      "this cluster keeps its state in its own data directory, which no other control plane can use: take it to etcd first " +
        'with "tiphys datastore migrate"',
    );
  }
  const pki = Object.fromEntries(SHARED_FILES.map((file) => [file, readFileSync(join(path, "pki", file), "utf8")]));
  return {
    pki: pki as ControlPlaneKeys["pki"],
    datastore,
    ...(encryption !== undefined && { encryption: readFileSync(encryption, "utf8") }),
  };
}
