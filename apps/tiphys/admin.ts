/** Access as administrator to the cluster that runs in a data directory, with the keys that are there. */
import { join } from "node:path";
import { ADMIN, type ClusterKeys, openKeys } from "../../adapters/keys/cluster-keys.ts";
import { remoteDoor } from "../../adapters/node-http/client.ts";
import { type Client, createClient } from "../../src/client/index.ts";
import type { Running } from "./data-dir.ts";

export interface AdminAccess {
  readonly client: Client;
  readonly keys: ClusterKeys;
  close(): void;
}

export function adminAccess(path: string, running: Running, userAgent: string): AdminAccess {
  const keys = openKeys(join(path, "pki"), { now: Date.now() });
  const remote = remoteDoor({ url: running.server, ca: keys.ca, ...keys.client("admin", ADMIN) });
  return { client: createClient(remote.door, { userAgent }), keys, close: () => remote.close() };
}
