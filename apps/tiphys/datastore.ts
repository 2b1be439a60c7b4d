/** etcd as it is named on the command line, and as a data directory remembers it. */
import { readFileSync } from "node:fs";
import { systemClock } from "../../adapters/clock/system-clock.ts";
import type { EtcdOptions } from "../../adapters/etcd/connection.ts";
import { readIfThere, writePrivate } from "../../adapters/keys/private-file.ts";
import type { Log } from "../../src/machinery/log.ts";
import type { Encryption } from "../../src/store/encryption/transformer.ts";
import type { Keep } from "../../src/store/history.ts";
import type { SharedDatabase } from "../../src/store/shared-database.ts";
import { UserError } from "./command.ts";

/** The ways a command may name etcd: `--etcd-servers` and so on, or `--datastore-endpoint`. */
export interface DatastoreFlags {
  readonly endpoints: readonly string[];
  /** Paths; empty where not given. */
  readonly ca: string;
  readonly cert: string;
  readonly key: string;
  readonly username: string;
  readonly passwordFile: string;
}

/** The flags of `--datastore-…` beside the endpoints. */
export function accessOf(values: {
  readonly "datastore-cafile": string;
  readonly "datastore-certfile": string;
  readonly "datastore-keyfile": string;
  readonly "datastore-username": string;
  readonly "datastore-password-file": string;
}): Omit<DatastoreFlags, "endpoints"> {
  return {
    ca: values["datastore-cafile"],
    cert: values["datastore-certfile"],
    key: values["datastore-keyfile"],
    username: values["datastore-username"],
    passwordFile: values["datastore-password-file"],
  };
}

/** All that is needed to reach it; plain JSON with secrets in it. */
export interface Datastore {
  readonly endpoints: readonly string[];
  readonly tls: NonNullable<EtcdOptions["tls"]>;
  readonly auth?: EtcdOptions["auth"];
}

export interface HistoryFlags {
  /** Milliseconds. */
  readonly "history-window": number;
  /** 0: as many as the store keeps by itself. */
  readonly "history-revisions": number;
}

/** How far back the past can be read. */
export function keepOf({
  "history-window": milliseconds,
  "history-revisions": revisions,
}: HistoryFlags): Partial<Keep> {
  if (milliseconds <= 0) throw new UserError("--history-window must be more than nothing, such as 1h");
  if (revisions < 0)
    throw new UserError(`--history-revisions ${revisions}: it is a number of revisions, such as 100000`);
  return { milliseconds, ...(revisions > 0 && { revisions }) };
}

/** As etcdctl has it, so that no password stands on a command line. */
const USER = "ETCDCTL_USER";
const PASSWORD = "ETCDCTL_PASSWORD";

/** Undefined where no endpoint is given. */
export function datastoreOf(flags: DatastoreFlags): Datastore | undefined {
  if (flags.endpoints.length === 0) return undefined;
  if ((flags.cert === "") !== (flags.key === "")) {
    throw new UserError(
      "a client certificate towards etcd needs its key, and the key its certificate: give both files",
    );
  }
  const tls = { ca: textOf(flags.ca), cert: textOf(flags.cert), key: textOf(flags.key) };
  return { endpoints: flags.endpoints, tls, auth: userOf(flags, process.env) };
}

export const etcdOptions = (datastore: Datastore): EtcdOptions => ({ ...datastore, clock: systemClock });

/** The library under it loads only when it is needed. */
export async function openDatastore(datastore: Datastore | undefined): Promise<SharedDatabase | undefined> {
  if (datastore === undefined) return undefined;
  const { openEtcd } = await import("../../adapters/etcd/etcd-database.ts");
  return openEtcd(etcdOptions(datastore));
}

/** Remembers it for `tiphys status`, `token create` and the next `up`, for the owner's eyes only. */
export function keepDatastore(file: string, datastore: Datastore): void {
  writePrivate(file, `${JSON.stringify(datastore, null, 2)}\n`);
}

/** What {@link keepDatastore} wrote; undefined in the directory of an embedded store. */
export function keptDatastore(file: string): Datastore | undefined {
  const text = readIfThere(file);
  return text === undefined ? undefined : (JSON.parse(text) as Datastore);
}

function textOf(path: string): string | undefined {
  return path === "" ? undefined : readFileSync(path, "utf8");
}

/** From the flags, or as etcdctl takes it: `name:password`, or the password in a variable of its own. */
function userOf(
  { username, passwordFile }: DatastoreFlags,
  environment: NodeJS.ProcessEnv,
): { user: string; password: string } | undefined {
  const given = username || environment[USER] || "";
  if (given === "") {
    if (passwordFile !== "")
      throw new UserError("a password for etcd is given, but not whose it is: name the user, too");
    return undefined;
  }
  const colon = username === "" ? given.indexOf(":") : -1;
  if (colon !== -1) return { user: given.slice(0, colon), password: given.slice(colon + 1) };
  const password = passwordFile === "" ? environment[PASSWORD] : readFileSync(passwordFile, "utf8").trimEnd();
  if (password === undefined) {
    throw new UserError(`etcd's user ${given} has no password: give a file with it, or set ${PASSWORD}`);
  }
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
