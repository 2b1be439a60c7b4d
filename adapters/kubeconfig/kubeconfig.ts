/**
 * kubectl's configuration files: which ones count, how they merge, and which server, credentials and namespace a
 * context means. Programs that fetch credentials (`exec`, `auth-provider`) are not run.
 */
import { readFileSync, statSync } from "node:fs";
import { homedir } from "node:os";
import { delimiter, dirname, isAbsolute, join, resolve } from "node:path";
import { CORE_SCHEMA, load } from "js-yaml";
import type { RemoteServer } from "../node-http/client.ts";

/** A file as it stands; fields that are not ours are kept. */
export interface Kubeconfig {
  apiVersion?: string;
  kind?: string;
  clusters?: { name: string; cluster?: ClusterEntry }[];
  users?: { name: string; user?: UserEntry }[];
  contexts?: { name: string; context?: ContextEntry }[];
  "current-context"?: string;
  [field: string]: unknown;
}

export interface ClusterEntry {
  server?: string;
  "certificate-authority"?: string;
  "certificate-authority-data"?: string;
  "insecure-skip-tls-verify"?: boolean;
  "tls-server-name"?: string;
  extensions?: { name: string; extension?: unknown }[];
  [field: string]: unknown;
}

export interface UserEntry {
  "client-certificate"?: string;
  "client-certificate-data"?: string;
  "client-key"?: string;
  "client-key-data"?: string;
  token?: string;
  tokenFile?: string;
  username?: string;
  password?: string;
  exec?: unknown;
  "auth-provider"?: unknown;
  [field: string]: unknown;
}

export interface ContextEntry {
  cluster?: string;
  user?: string;
  namespace?: string;
  [field: string]: unknown;
}

/** What a context means. */
export interface Connection {
  readonly context: string;
  readonly server: RemoteServer;
  /** Empty where the context names none. */
  readonly namespace: string;
}

export interface Overrides {
  readonly context?: string;
  readonly cluster?: string;
  readonly user?: string;
  readonly server?: string;
  readonly token?: string;
}

/** The configuration does not say how to reach a cluster. The message says what is wrong, and in which file. */
export class KubeconfigError extends Error {}

type Environment = Readonly<Record<string, string | undefined>>;

/** The files that count, first wins: `explicit` alone, or those of `KUBECONFIG`, or `~/.kube/config`. */
export function kubeconfigPaths(explicit: string | undefined, environment: Environment = process.env): string[] {
  if (explicit) return [explicit];
  const listed = (environment["KUBECONFIG"] ?? "").split(delimiter).filter((path) => path !== "");
  if (listed.length > 0) return [...new Set(listed)];
  return [join(environment["HOME"] ?? homedir(), ".kube", "config")];
}

/** The file that new entries go to: the first that exists, else the first. */
export function pathToWrite(paths: readonly string[]): string {
  return paths.find((path) => statSync(path, { throwIfNoEntry: false })?.isFile()) ?? paths[0]!;
}

/** One file; empty when there is none. Throws {@link KubeconfigError} when it is not a kubeconfig. */
export function readFile(path: string): Kubeconfig {
  let text: string;
  try {
    text = readFileSync(path, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return {};
    throw new KubeconfigError(`the kubeconfig ${path} cannot be read: ${(error as Error).message}`);
  }
  if (text.trim() === "") return {};
  let parsed: unknown;
  try {
    parsed = load(text, { schema: CORE_SCHEMA });
  } catch (error) {
    throw new KubeconfigError(`the kubeconfig ${path} is not valid YAML: ${(error as Error).message.split("\n")[0]}`);
  }
  if (parsed === null || parsed === undefined) return {};
  if (typeof parsed !== "object" || Array.isArray(parsed)) throw new KubeconfigError(`${path} is not a kubeconfig`);
  return parsed as Kubeconfig;
}

/** All files as one: the first file that names an entry or a current context wins. File names become absolute. */
export function readKubeconfig(paths: readonly string[]): Kubeconfig {
  const merged: Required<Pick<Kubeconfig, "clusters" | "users" | "contexts">> & Kubeconfig = {
    clusters: [],
    users: [],
    contexts: [],
  };
  for (const path of paths) {
    const config = readFile(path);
    const folder = dirname(resolve(path));
    merged["current-context"] ||= config["current-context"];
    addMissing(merged.contexts, config.contexts);
    addMissing(
      merged.clusters,
      config.clusters?.map((entry) => ({ ...entry, cluster: absolute(entry.cluster, folder, CLUSTER_FILES) })),
    );
    addMissing(
      merged.users,
      config.users?.map((entry) => ({ ...entry, user: absolute(entry.user, folder, USER_FILES) })),
    );
  }
  return merged;
}

const CLUSTER_FILES = ["certificate-authority"];
const USER_FILES = ["client-certificate", "client-key", "tokenFile"];

function addMissing<T extends { name: string }>(into: T[], from: readonly T[] | null | undefined): void {
  for (const entry of from ?? []) if (!into.some(({ name }) => name === entry.name)) into.push(entry);
}

function absolute<T extends Record<string, unknown>>(
  entry: T | undefined,
  folder: string,
  fields: readonly string[],
): T | undefined {
  if (!entry) return entry;
  const copy: Record<string, unknown> = { ...entry };
  for (const field of fields) {
    const path = copy[field];
    if (typeof path === "string" && path !== "" && !isAbsolute(path)) copy[field] = resolve(folder, path);
  }
  return copy as T;
}

/** The server and credentials of a context, the current one where none is named. Reads the files they name. */
export function connectionOf(config: Kubeconfig, overrides: Overrides = {}): Connection {
  const name = overrides.context ?? config["current-context"] ?? "";
  const context = config.contexts?.find((entry) => entry.name === name)?.context;
  if (!context && overrides.context !== undefined) throw new KubeconfigError(`context "${name}" does not exist`);
  if (!context && !overrides.server && !overrides.cluster) {
    throw new KubeconfigError(
      name
        ? `the current context "${name}" does not exist`
        : "no configuration has been provided: set KUBECONFIG or give --kubeconfig FILE",
    );
  }
  const cluster = find(config.clusters, overrides.cluster ?? context?.cluster, "cluster")?.cluster;
  const user = find(config.users, overrides.user ?? context?.user, "user")?.user ?? {};
  const url = overrides.server ?? cluster?.server;
  if (!url) throw new KubeconfigError(`the cluster of context "${name}" has no server`);
  if (!overrides.token && !user.token && (user.exec || user["auth-provider"])) {
    throw new KubeconfigError(
      `the user of context "${name}" gets its credentials from a program, which is not supported: use a certificate or a token`,
    );
  }
  return { context: name, namespace: context?.namespace ?? "", server: serverOf(url, cluster ?? {}, user, overrides) };
}

function find<T extends { name: string }>(
  entries: readonly T[] | undefined,
  name: string | undefined,
  what: string,
): T | undefined {
  if (!name) return undefined;
  const entry = entries?.find((candidate) => candidate.name === name);
  if (!entry) throw new KubeconfigError(`${what} "${name}" does not exist`);
  return entry;
}

function serverOf(url: string, cluster: ClusterEntry, user: UserEntry, overrides: Overrides): RemoteServer {
  const token = overrides.token ?? user.token;
  return {
    url: url.includes("://") ? url : `http://${url}`,
    ca: inline(cluster, "certificate-authority"),
    insecure: cluster["insecure-skip-tls-verify"],
    serverName: cluster["tls-server-name"],
    cert: inline(user, "client-certificate"),
    key: inline(user, "client-key"),
    token,
    tokenFile: overrides.token ? undefined : user.tokenFile,
    username: token ? undefined : user.username,
    password: user.password,
  };
}

/** PEM given inline (base64) or as a file; inline wins. */
function inline(entry: Readonly<Record<string, unknown>>, field: string): string | undefined {
  const data = entry[`${field}-data`];
  if (typeof data === "string" && data !== "") return Buffer.from(data, "base64").toString();
  const path = entry[field];
  if (typeof path !== "string" || path === "") return undefined;
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    throw new KubeconfigError(`unable to read ${field} ${path}: ${(error as Error).message}`);
  }
}
