/**
 * Deletes everything in a namespace, of whatever kind the server serves: pods first, the rest once no pod is left, so
 * that no pod outlives the policies and secrets it runs under.
 */
import { discover } from "../../client/discovery.ts";
import type { Client } from "../../client/client.ts";
import { isReason } from "../../machinery/errors.ts";
import type { Kind, KubeObject } from "../../machinery/kind.ts";

export interface Deletion {
  readonly discoveryFailures: readonly string[];
  readonly failures: readonly string[];
  /** `pods.` or `deployments.apps` to how many are left. */
  readonly remaining: ReadonlyMap<string, number>;
  /** Finalizer to how many objects wait for it. */
  readonly finalizers: ReadonlyMap<string, number>;
  /** Seconds the slowest pod was given to end. */
  readonly graceSeconds: number;
}

/** A round over all kinds. */
export async function deleteContent(client: Client, namespace: string): Promise<Deletion> {
  const { resources, failed } = await discover(client);
  const kinds = resources.filter(({ scope, verbs }) => scope === "Namespaced" && verbs.includes("delete"));
  const pods = kinds.filter(isPods);
  const count = new Count();
  await Promise.all(pods.map((kind) => deleteKind(client, kind, namespace, count)));
  if (count.remaining.size === 0) {
    const others = kinds.filter((kind) => !isPods(kind));
    await Promise.all(others.map((kind) => deleteKind(client, kind, namespace, count)));
  }
  return {
    discoveryFailures: failed.map(({ groupVersion, error }) => `${groupVersion}: ${error}`),
    failures: count.failures,
    remaining: count.remaining,
    finalizers: count.finalizers,
    graceSeconds: count.graceSeconds,
  };
}

class Count {
  readonly failures: string[] = [];
  readonly remaining = new Map<string, number>();
  readonly finalizers = new Map<string, number>();
  graceSeconds = 0;

  left(kind: Kind, objects: readonly KubeObject[] = []): void {
    if (objects.length === 0) return;
    this.remaining.set(`${kind.names.plural}.${kind.group}`, objects.length);
    for (const { metadata } of objects) {
      this.graceSeconds = Math.max(this.graceSeconds, Number(metadata.deletionGracePeriodSeconds ?? 0));
      for (const finalizer of metadata.finalizers ?? []) {
        this.finalizers.set(finalizer, (this.finalizers.get(finalizer) ?? 0) + 1);
      }
    }
  }
}

const isPods = ({ group, names }: Kind): boolean => group === "" && names.plural === "pods";

async function deleteKind(client: Client, kind: Kind, namespace: string, count: Count): Promise<void> {
  try {
    if (await deleteAll(client, kind, namespace)) count.left(kind, await present(client, kind, namespace));
  } catch (error) {
    // Served no longer, or of a kind that cannot be listed: nothing of it is in the way.
    if (!isUnsupported(error)) count.failures.push(error instanceof Error ? error.message : String(error));
  }
}

/** False where there was nothing, as of most kinds in most namespaces. */
async function deleteAll(client: Client, kind: Kind, namespace: string): Promise<boolean> {
  if (kind.verbs.includes("deletecollection")) {
    if ((await present(client, kind, namespace, 1))?.length === 0) return false;
    try {
      await client.deleteCollection(kind, { namespace, propagationPolicy: "Background" });
      return true;
    } catch (error) {
      // A server that only says that it can: one by one, then.
      if (!isUnsupported(error)) throw error;
    }
  }
  const objects = (await present(client, kind, namespace)) ?? [];
  await Promise.all(objects.map(({ metadata: { name } }) => deleteOne(client, kind, name, namespace)));
  return objects.length > 0;
}

/** Undefined where that cannot be asked. */
async function present(
  client: Client,
  kind: Kind,
  namespace: string,
  limit?: number,
): Promise<readonly KubeObject[] | undefined> {
  if (!kind.verbs.includes("list")) return undefined;
  return (await client.list(kind, { namespace, ...(limit !== undefined && { limit }) })).items;
}

async function deleteOne(client: Client, kind: Kind, name: string, namespace: string): Promise<void> {
  try {
    await client.delete(kind, name, namespace, { propagationPolicy: "Background" });
  } catch (error) {
    if (!isUnsupported(error)) throw error;
  }
}

const isUnsupported = (error: unknown): boolean => isReason(error, "NotFound") || isReason(error, "MethodNotAllowed");
