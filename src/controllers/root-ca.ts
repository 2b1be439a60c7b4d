/** Puts the cluster's root certificate into every namespace, as config map `kube-root-ca.crt`, and keeps it right. */
import { ConfigMap, Namespace } from "../api/core/index.ts";
import { defineController, right, tellsEvents, watch } from "./runtime/controller.ts";
import type { Controller, Observed } from "./runtime/controller.ts";
import { create, update } from "./runtime/plan.ts";
import type { Plan } from "./runtime/plan.ts";

const NAME = "kube-root-ca.crt";
const DESCRIPTION = "kubernetes.io/description";
const TEXT =
  "Contains a CA bundle that can be used to verify the kube-apiserver when using internal endpoints such as the " +
  "internal service IP or kubernetes.default.svc. No other usage is guaranteed across distributions of Kubernetes " +
  "clusters.";

export interface RootCaView {
  readonly map: ConfigMap | undefined;
}

/** `certificate` is PEM. */
export function rootCaController(certificate: string): Controller {
  return defineController<Namespace, RootCaView>({
    name: "root-ca-cert-publisher",
    kind: Namespace,
    watches: [watch(ConfigMap, ({ object: { metadata } }) => (metadata.name === NAME ? [metadata.namespace!] : []))],
    rbac: [right("create update", "core", "configmaps"), tellsEvents],
    observe: ({ metadata: { name } }, cache) => ({ map: cache.get(ConfigMap, NAME, name) }),
    decide: (observed) => decide(observed, certificate),
  });
}

export function decide({ object: namespace, map }: Observed<Namespace> & RootCaView, certificate: string): Plan {
  if (namespace.metadata.deletionTimestamp !== undefined) return { writes: [] };
  const data = { "ca.crt": certificate };
  if (map === undefined) {
    const metadata = { name: NAME, namespace: namespace.metadata.name, annotations: { [DESCRIPTION]: TEXT } };
    return { writes: [create(ConfigMap, { metadata, data }, { mayExist: true })] };
  }
  const right = map.metadata.annotations?.[DESCRIPTION] === TEXT;
  if (right && Object.keys(map.data ?? {}).length === 1 && map.data?.["ca.crt"] === certificate) return { writes: [] };
  const annotations = { ...map.metadata.annotations, [DESCRIPTION]: TEXT };
  return { writes: [update(ConfigMap, { ...map, data, metadata: { ...map.metadata, annotations } })] };
}
