/** etcd as it is named on the command line. */
import { readFileSync } from "node:fs";
import { systemClock } from "../../adapters/clock/system-clock.ts";
import type { Log } from "../../src/machinery/log.ts";
import type { Encryption } from "../../src/store/encryption/transformer.ts";
import type { SharedDatabase } from "../../src/store/shared-database.ts";
import { UserError } from "./command.ts";

export interface DatastoreFlags {
  readonly endpoints: readonly string[];
  /** Paths; empty where not given. */
  readonly ca: string;
  readonly cert: string;
  readonly key: string;
}

/** As etcdctl has it, so that no password stands on a command line. */
const USER = "ETCDCTL_USER";
const PASSWORD = "ETCDCTL_PASSWORD";

/** Undefined where no endpoint is given. The library under it loads only when it is needed. */
export async function openDatastore(flags: DatastoreFlags): Promise<SharedDatabase | undefined> {
  if (flags.endpoints.length === 0) return undefined;
  if ((flags.cert === "") !== (flags.key === "")) {
    throw new UserError(
      "a client certificate towards etcd needs its key, and the key its certificate: give both files",
    );
  }
  const { openEtcd } = await import("../../adapters/etcd/etcd-database.ts");
  const tls = { ca: textOf(flags.ca), cert: textOf(flags.cert), key: textOf(flags.key) };
  return openEtcd({ endpoints: flags.endpoints, clock: systemClock, tls, auth: userOf(process.env) });
}

function textOf(path: string): string | undefined {
  return path === "" ? undefined : readFileSync(path, "utf8");
}

/** `name:password`, or the password in a variable of its own. */
function userOf(environment: NodeJS.ProcessEnv): { user: string; password: string } | undefined {
  const given = environment[USER];
  if (given === undefined || given === "") return undefined;
  const colon = given.indexOf(":");
  if (colon !== -1) return { user: given.slice(0, colon), password: given.slice(colon + 1) };
  const password = environment[PASSWORD];
  if (password === undefined) throw new UserError(`${USER} names etcd's user but not its password: set ${PASSWORD}`);
  return { user: given, password };
}

/** The file of `--encryption-provider-config`; undefined where none is given. What it needs loads only then. */
export async function encryptionOf(path: string, log: Log): Promise<Encryption | undefined> {
  if (path === "") return undefined;
  const { openEncryption } = await import("../../adapters/encryption/index.ts");
  try {
    return await openEncryption(path, { clock: systemClock, log });
  } catch (error) {
    throw new UserError((error as Error).message, 1, { cause: error });
  }
}
