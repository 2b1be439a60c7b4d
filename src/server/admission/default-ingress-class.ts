/** An Ingress without a class gets the cluster's default one; of several defaults the newest. */
import type { Ingress, IngressClass } from "../../api/networking/index.ts";
import type { Draft } from "../../machinery/kind.ts";
import type { Store } from "../../store/store.ts";
import type { AdmissionPlugin } from "./admission.ts";

const CLASSES = "/networking.k8s.io/ingressclasses/";

export function defaultIngressClass(store: Store): AdmissionPlugin {
  return {
    name: "DefaultIngressClass",
    handles: ({ operation, group, resource, subresource }) =>
      operation === "CREATE" && group === "networking.k8s.io" && resource === "ingresses" && !subresource,
    admit({ object }) {
      const ingress = object as unknown as Draft<Ingress>;
      if (ingress.spec.ingressClassName !== undefined) return;
      if (ingress.metadata.annotations?.["kubernetes.io/ingress.class"] !== undefined) return;
      let found: IngressClass | undefined;
      for (const entry of store.snapshot().range(CLASSES)) {
        const each = entry.object as IngressClass;
        if (each.metadata.annotations?.["ingressclass.kubernetes.io/is-default-class"] !== "true") continue;
        if (!found || each.metadata.creationTimestamp > found.metadata.creationTimestamp) found = each;
      }
      if (found) ingress.spec.ingressClassName = found.metadata.name;
    },
  };
}
