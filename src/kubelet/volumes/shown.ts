/** Pods whose volumes show what the pod itself says (the downward API). */
import type { Pod } from "../../api/core/index.ts";
import { equal } from "../pod/equal.ts";

/** Labels and annotations are what of a pod may change and be shown in its own files. */
export function looksTheSame({ metadata: a }: Pod, { metadata: b }: Pod): boolean {
  return equal(a.labels ?? {}, b.labels ?? {}) && equal(a.annotations ?? {}, b.annotations ?? {});
}

/** Whether any volume shows the pod's own fields. */
export function showsItself(pod: Pod): boolean {
  return (pod.spec.volumes ?? []).some(
    (volume) => volume.downwardAPI || volume.projected?.sources?.some((source) => source.downwardAPI),
  );
}
