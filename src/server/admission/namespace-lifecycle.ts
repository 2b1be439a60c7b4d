/** Nothing is created in a namespace that does not exist or is going; the system's own namespaces stay. */
import { forbidden, namespaceTerminating, notFound } from "../../machinery/errors.ts";
import type { Store } from "../../store/store.ts";
import { toldName } from "./admission.ts";
import type { AdmissionPlugin } from "./admission.ts";

const IMMORTAL = ["default", "kube-system", "kube-public"];

export function namespaceLifecycle(store: Store): AdmissionPlugin {
  return {
    name: "NamespaceLifecycle",
    handles: ({ operation, kind, resource, group }) =>
      operation === "CREATE"
        ? kind.scope === "Namespaced"
        : operation === "DELETE" && resource === "namespaces" && group === "",
    admit({ operation, group, resource, subresource, namespace, name, object }) {
      if (operation === "DELETE") {
        if (!IMMORTAL.includes(name) || subresource) return;
        throw forbidden({ group, resource }, name, "this namespace may not be deleted");
      }
      // An access review only asks about the namespace.
      if (resource === "localsubjectaccessreviews" || namespace === undefined) return;
      const found = store.head(`/core/namespaces/${namespace}`)?.object as { status?: { phase?: string } } | undefined;
      if (!found) throw notFound({ group: "", resource: "namespaces" }, namespace);
      if (found.status?.phase === "Terminating" && !subresource)
        throw namespaceTerminating({ group, resource }, toldName({ name, object }), namespace);
    },
  };
}
