/**
 * Empties a namespace that is being deleted, says in its status what is still in the way, and lets it go when nothing
 * is left.
 */
import { Namespace } from "../../api/core/index.ts";
import { isReason } from "../../machinery/errors.ts";
import { timeOf } from "../../machinery/time.ts";
import { defineController, right } from "../runtime/controller.ts";
import type { ObjectKey, Outcome, ReconcileContext } from "../runtime/controller.ts";
import { equivalent } from "../runtime/equivalent.ts";
import { conditionsOf } from "./conditions.ts";
import { deleteContent } from "./delete-content.ts";
import type { Deletion } from "./delete-content.ts";

/** The finalizer that is ours. */
const FINALIZER = "kubernetes";
/** How soon to look again, milliseconds: a quarter of the time the deletion has taken, within these. */
const SOONEST = 50;
const LATEST = 15_000;

export const namespaceController = defineController<Namespace>({
  name: "namespace-controller",
  kind: Namespace,
  rbac: [
    right("delete get list watch", "core", "namespaces"),
    right("update", "core", "namespaces/finalize namespaces/status"),
    right("delete deletecollection get list watch", "*", "*"),
  ],
  reconcile,
});

async function reconcile({ name }: ObjectKey, context: ReconcileContext): Promise<Outcome | void> {
  const { client, cache, now } = context;
  const namespace = cache.get(Namespace, name);
  if (namespace?.metadata.deletionTimestamp === undefined) return;
  if (!namespace.spec.finalizers?.includes(FINALIZER)) return;
  const terminating = await markTerminating(namespace, context);
  const deletion = await deleteContent(client, name);
  const current = await showProgress(terminating, deletion, context);
  const empty = deletion.remaining.size + deletion.failures.length + deletion.discoveryFailures.length === 0;
  if (empty) return finalize(current, context);
  const age = now - (timeOf(namespace.metadata.deletionTimestamp) ?? now);
  return { recheckAt: context.clock.now() + Math.min(LATEST, Math.max(SOONEST, age / 4)) };
}

/** Nothing new is let in once the phase says so. */
async function markTerminating(namespace: Namespace, { client }: ReconcileContext): Promise<Namespace> {
  if (namespace.status.phase === "Terminating") return namespace;
  const status = { ...namespace.status, phase: "Terminating" as const };
  return client.update(Namespace, { ...namespace, status }, { subresource: "status" });
}

async function showProgress(namespace: Namespace, deletion: Deletion, context: ReconcileContext): Promise<Namespace> {
  const conditions = conditionsOf(namespace.status.conditions ?? [], deletion, context.now);
  if (equivalent(conditions, namespace.status.conditions)) return namespace;
  const status = { ...namespace.status, conditions };
  return context.client.update(Namespace, { ...namespace, status }, { subresource: "status" });
}

async function finalize(namespace: Namespace, { client }: ReconcileContext): Promise<void> {
  const finalizers = (namespace.spec.finalizers ?? []).filter((finalizer) => finalizer !== FINALIZER);
  try {
    await client.update(
      Namespace,
      { ...namespace, spec: { ...namespace.spec, finalizers } },
      { subresource: "finalize" },
    );
  } catch (error) {
    if (!isReason(error, "NotFound")) throw error;
  }
}
