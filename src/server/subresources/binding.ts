/** `pods/binding` (and `bindings`): the scheduler's word on which node a pod runs. */
import type { Binding, Pod } from "../../api/index.ts";
import type { ApiResponse } from "../../machinery/door.ts";
import { badRequest, conflict, unknownError } from "../../machinery/errors.ts";
import type { FieldError } from "../../machinery/field-errors.ts";
import { errorText, notSupported, required } from "../../machinery/field-errors.ts";
import { aggregated } from "../../machinery/go-text.ts";
import type { Draft } from "../../machinery/kind.ts";
import { formatTime } from "../../machinery/time.ts";
import { decodeBody } from "../body.ts";
import type { Exchange } from "../exchange.ts";
import { fieldValidationOf, writeOptionsOf } from "../options.ts";
import type { Routes } from "../routes.ts";
import { checkNamespace } from "../namespace-of-path.ts";
import { checkPrecondition } from "../verbs/update.ts";
import { admitCreation, created, kindOf, resourceNamed } from "./kinds.ts";
import { mutate } from "./mutate.ts";

const OF = { group: "", resource: "pods/binding" };

export function installBinding(routes: Routes): void {
  routes.special("/pods/binding", { create: bind });
  routes.special("/bindings", { create: bind });
}

async function bind(exchange: Exchange): Promise<ApiResponse> {
  const options = writeOptionsOf(exchange.query, "CreateOptions");
  const kind = kindOf(exchange.parts, "v1", "Binding");
  const binding = decodeBody(exchange, kind, fieldValidationOf(options)) as Draft<Binding>;
  const { namespace, subresource } = exchange.info;
  checkNamespace(binding, namespace);
  binding.metadata ??= {} as Draft<Binding>["metadata"];
  const name = subresource === "" ? binding.metadata.name : exchange.info.name;
  if (subresource !== "" && binding.metadata.name !== name) {
    throw badRequest("name in URL does not match name in Binding object");
  }
  const errors = errorsOf(binding);
  // Upstream takes them for a fault of its own.
  if (errors.length > 0) throw unknownError(aggregated(errors.map(errorText)));
  const dryRun = options.dryRun !== undefined;
  await admitCreation(exchange, kind, binding, dryRun);
  const pods = resourceNamed(exchange.parts, "", "v1", "pods");
  await mutate<Pod>(exchange, pods, namespace, name, (pod) => {
    const { uid, resourceVersion } = binding.metadata;
    const of = { resource: pods, namespace, name };
    if (uid) checkPrecondition(of, "UID", uid, pod.metadata.uid);
    if (resourceVersion) checkPrecondition(of, "ResourceVersion", resourceVersion, pod.metadata.resourceVersion);
    checkPod(pod);
    return dryRun ? undefined : bound(pod, binding, exchange.parts.clock.now());
  });
  return created(exchange);
}

function errorsOf({ target }: Draft<Binding>): FieldError[] {
  const errors: FieldError[] = [];
  if (target?.kind && target.kind !== "Node")
    errors.push(notSupported("target.kind", target.kind, ["Node", "<empty>"]));
  if (!target?.name) errors.push(required("target.name"));
  return errors;
}

function checkPod(pod: Pod): void {
  const { name, deletionTimestamp } = pod.metadata;
  if (deletionTimestamp !== undefined)
    throw conflict(OF, name, `pod ${name} is being deleted, cannot be assigned to a host`);
  if (pod.spec.nodeName) throw conflict(OF, name, `pod ${name} is already assigned to node "${pod.spec.nodeName}"`);
  if ((pod.spec.schedulingGates?.length ?? 0) > 0)
    throw conflict(OF, name, `pod ${name} has non-empty .spec.schedulingGates`);
}

function bound(pod: Pod, { metadata, target }: Draft<Binding>, now: number): Pod {
  const conditions = (pod.status.conditions ?? []).filter(({ type }) => type !== "PodScheduled");
  const scheduled = {
    type: "PodScheduled",
    status: "True",
    lastProbeTime: null,
    lastTransitionTime: formatTime(now),
  } as unknown as (typeof conditions)[number];
  const annotations = { ...pod.metadata.annotations, ...metadata.annotations };
  const labels = { ...pod.metadata.labels, ...metadata.labels };
  // Where it was to go is no news any more.
  const { nominatedNodeName: _, ...status } = pod.status;
  return {
    ...pod,
    metadata: {
      ...pod.metadata,
      ...(Object.keys(labels).length > 0 && { labels }),
      ...(Object.keys(annotations).length > 0 && { annotations }),
    },
    spec: { ...pod.spec, nodeName: target.name! },
    status: { ...status, conditions: [...conditions, scheduled] },
  };
}
