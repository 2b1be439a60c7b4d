/**
 * A cluster's entry in the user's kubeconfig. Entries that are there stay as they are, and the file is replaced in one
 * step, under the same lock file that kubectl uses.
 *
 * Ours carry an extension that names the cluster's data directory, so that the entry of another cluster, or one that
 * the user made, is never taken for ours.
 */
import { closeSync, mkdirSync, openSync, realpathSync, rmSync, statSync } from "node:fs";
import { dirname } from "node:path";
import { CORE_SCHEMA, dump } from "js-yaml";
import { writePrivate } from "../keys/private-file.ts";
import { type Kubeconfig, KubeconfigError, readFile } from "./kubeconfig.ts";

export interface OwnEntry {
  /** The wanted name of context, cluster and user; another is taken where this one is somebody else's. */
  readonly name: string;
  /** Which cluster this is: its data directory. */
  readonly owner: string;
  readonly server: string;
  /** PEM texts. */
  readonly ca: string;
  readonly cert: string;
  readonly key: string;
}

const EXTENSION = "tiphys";

/** A kubeconfig with this entry alone; without an owner where it is never merged. */
export function kubeconfigOf(
  entry: Omit<OwnEntry, "owner"> & { readonly owner?: string },
  name = entry.name,
): Kubeconfig {
  const base64 = (text: string): string => Buffer.from(text).toString("base64");
  return {
    apiVersion: "v1",
    kind: "Config",
    clusters: [
      {
        name,
        cluster: {
          server: entry.server,
          "certificate-authority-data": base64(entry.ca),
          ...(entry.owner === undefined
            ? {}
            : { extensions: [{ name: EXTENSION, extension: { dataDir: entry.owner } }] }),
        },
      },
    ],
    users: [{ name, user: { "client-certificate-data": base64(entry.cert), "client-key-data": base64(entry.key) } }],
    contexts: [{ name, context: { cluster: name, user: name } }],
    "current-context": name,
  };
}

export function kubeconfigText(config: Kubeconfig): string {
  return dump(config, { schema: CORE_SCHEMA, lineWidth: -1 });
}

export interface Merged {
  /** The name our context got. */
  readonly context: string;
  /** Whether kubectl uses it when no context is named. */
  readonly current: boolean;
}

/** Puts our entry into the file; the current context changes only where none is set. */
export async function mergeEntry(path: string, entry: OwnEntry): Promise<Merged> {
  return locked(path, (target) => {
    const config = readFile(target);
    const name = freeName(config, entry);
    const ours = kubeconfigOf(entry, name);
    const merged: Kubeconfig = {
      ...config,
      apiVersion: config.apiVersion ?? "v1",
      kind: config.kind ?? "Config",
      clusters: put(config.clusters, ours.clusters![0]!),
      users: put(config.users, ours.users![0]!),
      contexts: put(config.contexts, ours.contexts![0]!, keepNamespace),
      "current-context": config["current-context"] || name,
    };
    writePrivate(target, kubeconfigText(merged));
    return { context: name, current: merged["current-context"] === name };
  });
}

/** Takes this cluster's entry out again. */
export async function removeEntry(path: string, owner: string): Promise<void> {
  if (!statSync(path, { throwIfNoEntry: false })) return;
  await locked(path, (target) => {
    const config = readFile(target);
    const names = new Set(config.clusters?.filter((entry) => ownerOf(entry) === owner).map(({ name }) => name));
    if (names.size === 0) return;
    const others = <T extends { name: string }>(entries: T[] | undefined): T[] =>
      (entries ?? []).filter(({ name }) => !names.has(name));
    const rest: Kubeconfig = {
      ...config,
      clusters: others(config.clusters),
      users: others(config.users),
      contexts: others(config.contexts),
    };
    if (names.has(config["current-context"] ?? "")) rest["current-context"] = "";
    writePrivate(target, kubeconfigText(rest));
  });
}

function ownerOf(entry: NonNullable<Kubeconfig["clusters"]>[number]): string | undefined {
  const extension = entry.cluster?.extensions?.find(({ name }) => name === EXTENSION)?.extension;
  return (extension as { dataDir?: string } | undefined)?.dataDir;
}

/** The wanted name, or with a number where it is taken: `tiphys`, `tiphys-2`, … */
function freeName(config: Kubeconfig, { name, owner }: OwnEntry): string {
  const own = config.clusters?.find((entry) => ownerOf(entry) === owner);
  if (own) return own.name;
  const taken = new Set<string>();
  for (const list of [config.clusters, config.users, config.contexts]) {
    for (const entry of list ?? []) taken.add(entry.name);
  }
  if (!taken.has(name)) return name;
  for (let number = 2; ; number++) if (!taken.has(`${name}-${number}`)) return `${name}-${number}`;
}

function put<T extends { name: string }>(
  entries: readonly T[] | null | undefined,
  entry: T,
  join: (old: T, entry: T) => T = (_old, entry) => entry,
): T[] {
  const list = [...(entries ?? [])];
  const at = list.findIndex(({ name }) => name === entry.name);
  if (at < 0) list.push(entry);
  else list[at] = join(list[at]!, entry);
  return list;
}

/** The namespace somebody chose with `kubectl config set-context` stays. */
function keepNamespace(
  old: NonNullable<Kubeconfig["contexts"]>[number],
  entry: NonNullable<Kubeconfig["contexts"]>[number],
): NonNullable<Kubeconfig["contexts"]>[number] {
  return { ...entry, context: { ...old.context, ...entry.context } };
}

/** How long somebody else may hold the lock, in milliseconds. */
const LOCK_WAIT = 500;

async function locked<T>(path: string, change: (target: string) => T): Promise<T> {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  // A link is followed, so that it stays a link.
  const target = statSync(path, { throwIfNoEntry: false }) ? realpathSync(path) : path;
  const lock = `${target}.lock`;
  const deadline = performance.now() + LOCK_WAIT;
  for (;;) {
    try {
      closeSync(openSync(lock, "wx", 0o600));
      break;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
      if (performance.now() > deadline) {
        throw new KubeconfigError(`${path} is locked: when no kubectl is running, remove ${lock} and try again`);
      }
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }
  try {
    return change(target);
  } finally {
    rmSync(lock, { force: true });
  }
}
