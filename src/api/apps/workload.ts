import type { KubeObject } from "../../machinery/kind.ts";
import type { LabelSelector } from "../../machinery/meta/label-selector.ts";
import type { PodTemplateSpec } from "../core/pod-template-spec.ts";

/** What all owners of pods with a template and a selector have. */
export interface Workload extends KubeObject {
  readonly spec: { readonly template: PodTemplateSpec; readonly selector?: LabelSelector };
}
