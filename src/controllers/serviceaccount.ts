/** Gives every namespace that is not going away its `default` service account, and gives it back when it is deleted. */
import { Namespace, ServiceAccount } from "../api/core/index.ts";
import { defineController, right, tellsEvents, watch } from "./runtime/controller.ts";
import type { Observed } from "./runtime/controller.ts";
import { create } from "./runtime/plan.ts";
import type { Plan } from "./runtime/plan.ts";

export interface ServiceAccountView {
  readonly hasDefault: boolean;
}

export const serviceAccountController = defineController<Namespace, ServiceAccountView>({
  name: "service-account-controller",
  kind: Namespace,
  watches: [
    watch(ServiceAccount, ({ type, object: { metadata } }) =>
      type === "DELETED" && metadata.name === "default" ? [metadata.namespace!] : [],
    ),
  ],
  rbac: [right("create", "core", "serviceaccounts"), tellsEvents],
  observe: ({ metadata: { name } }, cache) => ({
    hasDefault: cache.get(ServiceAccount, "default", name) !== undefined,
  }),
  decide,
});

export function decide({ object: namespace, hasDefault }: Observed<Namespace> & ServiceAccountView): Plan {
  if (hasDefault || namespace.metadata.deletionTimestamp !== undefined) return { writes: [] };
  const account = { metadata: { name: "default", namespace: namespace.metadata.name } };
  return { writes: [create(ServiceAccount, account, { mayExist: true })] };
}
