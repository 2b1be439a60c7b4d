/** What makes the n-th pod of a StatefulSet that pod: name, labels, host name, claims. */
import type { ControllerRevision, StatefulSet } from "../../api/apps/index.ts";
import { StatefulSet as StatefulSetKind } from "../../api/apps/index.ts";
import type { PersistentVolumeClaim, Pod } from "../../api/core/index.ts";
import type { PodTemplateSpec } from "../../api/core/pod-template-spec.ts";
import type { NewObject } from "../../client/client.ts";
import type { Kind } from "../../machinery/kind.ts";
import { podFrom } from "../runtime/pods.ts";
import { REVISION_HASH, templateOf } from "../runtime/revisions.ts";

export const POD_NAME = "statefulset.kubernetes.io/pod-name";
const POD_INDEX = "apps.kubernetes.io/pod-index";

export const podName = (set: StatefulSet, ordinal: number): string => `${set.metadata.name}-${ordinal}`;

/** The number in the pod's name; undefined where it is no name of this set. */
export function ordinalOf({ metadata: { name } }: Pod, set: StatefulSet): number | undefined {
  const prefix = `${set.metadata.name}-`;
  const digits = name.slice(prefix.length);
  return name.startsWith(prefix) && /^(?:0|[1-9]\d{0,8})$/.test(digits) ? Number(digits) : undefined;
}

export function identityLabels(set: StatefulSet, ordinal: number): Readonly<Record<string, string>> {
  return { [POD_NAME]: podName(set, ordinal), [POD_INDEX]: String(ordinal) };
}

export const claimName = (template: PersistentVolumeClaim, pod: string): string => `${template.metadata.name}-${pod}`;

/** The pod of `ordinal` by the template of `revision`. */
export function podOf(
  set: StatefulSet,
  ordinal: number,
  revision: string,
  remembered: ControllerRevision | undefined,
): NewObject<Pod> {
  const template = (remembered && templateOf(remembered)) ?? set.spec.template;
  const name = podName(set, ordinal);
  const claims = set.spec.volumeClaimTemplates ?? [];
  const labels = { ...template.metadata.labels, ...identityLabels(set, ordinal), [REVISION_HASH]: revision };
  const named: PodTemplateSpec = {
    ...template,
    metadata: { ...template.metadata, labels },
    spec: {
      ...template.spec,
      hostname: name,
      ...(set.spec.serviceName !== "" && { subdomain: set.spec.serviceName }),
      ...((template.spec.volumes !== undefined || claims.length > 0) && {
        volumes: [
          ...claims.map((claim) => ({
            name: claim.metadata.name,
            persistentVolumeClaim: { claimName: claimName(claim, name), readOnly: false },
          })),
          ...(template.spec.volumes ?? []).filter(
            (volume) => !claims.some(({ metadata }) => metadata.name === volume.name),
          ),
        ],
      }),
    },
  };
  return podFrom(named, StatefulSetKind as Kind, set, name);
}

/** The claims of one pod; they outlive it, so that its data does. */
export function claimsOf(set: StatefulSet, ordinal: number): NewObject<PersistentVolumeClaim>[] {
  const pod = podName(set, ordinal);
  return (set.spec.volumeClaimTemplates ?? []).map((template) => ({
    metadata: {
      name: claimName(template, pod),
      namespace: set.metadata.namespace!,
      labels: { ...template.metadata.labels, ...set.spec.selector?.matchLabels },
      ...(template.metadata.annotations !== undefined && { annotations: template.metadata.annotations }),
    },
    spec: template.spec,
  }));
}
