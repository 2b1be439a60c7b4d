/** Which pods stand behind a Service, and how its ports are found on them. */
import type { Pod, Service, ServicePort } from "../../api/core/index.ts";
import { Service as ServiceKind } from "../../api/core/index.ts";
import type { Cache } from "../runtime/cache.ts";
import type { Changed } from "../runtime/controller.ts";
import { equivalent } from "../runtime/equivalent.ts";
import { isFinished, isReady } from "../runtime/pods.ts";

export interface Port {
  readonly name: string;
  readonly port: number;
  readonly protocol: "TCP" | "UDP" | "SCTP";
  readonly appProtocol?: string;
}

export const isHeadless = ({ spec }: Service): boolean => spec.clusterIP === "None";

/** Services without a selector get their endpoints from somebody else. */
export function selects(service: Service, labels: Readonly<Record<string, string>> | undefined): boolean {
  const { selector, type } = service.spec;
  if (selector === undefined || type === "ExternalName" || Object.keys(selector).length === 0) return false;
  for (const key in selector) if (labels?.[key] !== selector[key]) return false;
  return true;
}

/** Has an address, and has not finished. */
export function hasEndpoint(pod: Pod): boolean {
  return !isFinished(pod) && (pod.status.podIPs?.length ?? 0) > 0;
}

/** The pod's port for each of the Service's; one whose name the pod does not have is left out. */
export function portsOn(pod: Pod, service: Service): Port[] {
  const ports: Port[] = [];
  for (const wanted of service.spec.ports ?? []) {
    const port = numberOn(pod, wanted);
    if (port === undefined) continue;
    const { name = "", protocol, appProtocol } = wanted;
    ports.push({ name, port, protocol, ...(appProtocol !== undefined && { appProtocol }) });
  }
  return ports;
}

function numberOn(pod: Pod, { targetPort, port, protocol }: ServicePort): number | undefined {
  if (typeof targetPort === "number") return targetPort === 0 ? port : targetPort;
  if (targetPort === undefined || targetPort === "") return port;
  const sidecars = (pod.spec.initContainers ?? []).filter(({ restartPolicy }) => restartPolicy === "Always");
  for (const container of [...pod.spec.containers, ...sidecars]) {
    for (const named of container.ports ?? []) {
      if (named.name === targetPort && (named.protocol ?? "TCP") === protocol) return named.containerPort;
    }
  }
  return undefined;
}

/** The Services whose endpoints a change of a pod may change. */
export function* servicesOf({ type, object, previous }: Changed<Pod>, cache: Cache): Iterable<string> {
  if (type === "MODIFIED" && previous !== undefined && sameEndpoint(previous, object)) return;
  const { namespace } = object.metadata;
  for (const service of cache.of(ServiceKind).list(namespace)) {
    const touched =
      selects(service, object.metadata.labels) || (previous && selects(service, previous.metadata.labels));
    if (touched) yield `${namespace}/${service.metadata.name}`;
  }
}

function sameEndpoint(before: Pod, after: Pod): boolean {
  return (
    before.metadata.uid === after.metadata.uid &&
    before.spec.nodeName === after.spec.nodeName &&
    before.status.podIP === after.status.podIP &&
    isReady(before) === isReady(after) &&
    isFinished(before) === isFinished(after) &&
    before.metadata.deletionTimestamp === after.metadata.deletionTimestamp &&
    equivalent(before.status.podIPs, after.status.podIPs) &&
    equivalent(before.metadata.labels, after.metadata.labels)
  );
}
