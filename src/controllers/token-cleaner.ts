/** Deletes bootstrap tokens (see src/server/authentication/bootstrap-tokens.ts) when they are over. */
import { Secret } from "../api/core/index.ts";
import { timeOf } from "../machinery/time.ts";
import { defineController, right, tellsEvents } from "./runtime/controller.ts";
import type { Observed } from "./runtime/controller.ts";
import { remove } from "./runtime/plan.ts";
import type { Plan } from "./runtime/plan.ts";

export const tokenCleaner = defineController<Secret, object>({
  name: "token-cleaner-controller",
  account: "token-cleaner",
  kind: Secret,
  rbac: [right("delete get list watch", "core", "secrets"), tellsEvents],
  observe: () => ({}),
  decide,
});

export function decide({ object: secret, now }: Observed<Secret>): Plan {
  const { type, data, metadata } = secret;
  if (type !== "bootstrap.kubernetes.io/token" || metadata.namespace !== "kube-system") return { writes: [] };
  const end = data?.["expiration"];
  const over = end === undefined ? undefined : timeOf(atob(end));
  if (over === undefined || metadata.deletionTimestamp !== undefined) return { writes: [] };
  if (over > now) return { writes: [], recheckAt: over };
  const { uid, resourceVersion } = metadata;
  return { writes: [remove(Secret, secret, { options: { preconditions: { uid, resourceVersion } } })] };
}
