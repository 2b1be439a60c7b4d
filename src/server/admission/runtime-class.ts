/** Brings a RuntimeClass's overhead, node selector and tolerations into the pods that name it. */
import { ownValue } from "../../machinery/json-tree.ts";
import { toJson } from "../../machinery/exact-json.ts";
import type { Pod } from "../../api/core/index.ts";
import type { RuntimeClass } from "../../api/node/index.ts";
import { forbidden } from "../../machinery/errors.ts";
import type { Draft } from "../../machinery/kind.ts";
import type { Store } from "../../store/store.ts";
import { toldName } from "./admission.ts";
import type { AdmissionPlugin } from "./admission.ts";
import { PODS, createsPod, podOf } from "./pods.ts";

export function runtimeClass(store: Store): AdmissionPlugin {
  const classOf = (name: string | undefined): RuntimeClass | undefined =>
    name ? (store.head(`/node.k8s.io/runtimeclasses/${name}`)?.object as RuntimeClass | undefined) : undefined;

  return {
    name: "RuntimeClass",
    handles: createsPod,
    admit(attributes) {
      const pod = podOf(attributes);
      const refuse = (why: string): never => {
        throw forbidden(PODS, toldName(attributes), `pod rejected: ${why}`);
      };
      const name = pod.spec.runtimeClassName;
      const found = classOf(name);
      if (name && !found) refuse(`RuntimeClass "${name}" not found`);
      if (found?.overhead) setOverhead(pod, found, refuse);
      if (found?.scheduling) {
        setScheduling(pod, found.scheduling, (why) => {
          throw forbidden(PODS, toldName(attributes), why);
        });
      }
    },
    validate(attributes) {
      const { overhead, runtimeClassName } = podOf(attributes).spec;
      if (!overhead || Object.keys(overhead).length === 0 || classOf(runtimeClassName)?.overhead) return;
      throw forbidden(
        PODS,
        toldName(attributes),
        "pod rejected: Pod Overhead set without corresponding RuntimeClass defined Overhead",
      );
    },
  };
}

function setOverhead(pod: Draft<Pod>, { overhead }: RuntimeClass, refuse: (why: string) => never): void {
  const wanted = { ...overhead?.podFixed };
  const given = pod.spec.overhead;
  if (given && Object.keys(given).length > 0 && !sameEntries(given, wanted)) {
    refuse("Pod's Overhead doesn't match RuntimeClass's defined Overhead");
  }
  pod.spec.overhead = wanted;
}

function setScheduling(
  pod: Draft<Pod>,
  { nodeSelector, tolerations }: NonNullable<RuntimeClass["scheduling"]>,
  refuse: (why: string) => never,
): void {
  for (const [key, value] of Object.entries(nodeSelector ?? {})) {
    const given = ownValue(pod.spec.nodeSelector, key);
    if (given !== undefined && given !== value) {
      refuse(
        `conflict: runtimeClass.scheduling.nodeSelector[${key}] = ${value}; pod.spec.nodeSelector[${key}] = ${given}`,
      );
    }
    (pod.spec.nodeSelector ??= {})[key] = value;
  }
  for (const toleration of tolerations ?? []) {
    const text = toJson(toleration);
    if (pod.spec.tolerations?.some((each) => toJson(each) === text)) continue;
    (pod.spec.tolerations ??= []).push({ ...toleration });
  }
}

function sameEntries(one: Readonly<Record<string, string>>, other: Readonly<Record<string, string>>): boolean {
  const keys = Object.keys(one);
  return keys.length === Object.keys(other).length && keys.every((key) => one[key] === other[key]);
}
