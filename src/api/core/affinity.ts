import { LabelSelector } from "../../machinery/meta/label-selector.ts";
import { field, int32, list, message, string } from "../../machinery/schema/builders.ts";
import type { TypeOf } from "../../machinery/schema/schema.ts";
import { NodeSelector, NodeSelectorTerm } from "./node-selector.ts";

export const PreferredSchedulingTerm = message("io.k8s.api.core.v1.PreferredSchedulingTerm", {
  weight: field(1, int32()).required(),
  preference: field(2, NodeSelectorTerm).required(),
});
export type PreferredSchedulingTerm = TypeOf<typeof PreferredSchedulingTerm>;

export const NodeAffinity = message("io.k8s.api.core.v1.NodeAffinity", {
  requiredDuringSchedulingIgnoredDuringExecution: field(1, NodeSelector),
  preferredDuringSchedulingIgnoredDuringExecution: field(2, list(PreferredSchedulingTerm).atomic()),
});
export type NodeAffinity = TypeOf<typeof NodeAffinity>;

export const PodAffinityTerm = message("io.k8s.api.core.v1.PodAffinityTerm", {
  labelSelector: field(1, LabelSelector),
  namespaces: field(2, list(string()).atomic()),
  topologyKey: field(3, string()).required(),
  namespaceSelector: field(4, LabelSelector),
  matchLabelKeys: field(5, list(string()).atomic()),
  mismatchLabelKeys: field(6, list(string()).atomic()),
});
export type PodAffinityTerm = TypeOf<typeof PodAffinityTerm>;

export const WeightedPodAffinityTerm = message("io.k8s.api.core.v1.WeightedPodAffinityTerm", {
  weight: field(1, int32()).required(),
  podAffinityTerm: field(2, PodAffinityTerm).required(),
});
export type WeightedPodAffinityTerm = TypeOf<typeof WeightedPodAffinityTerm>;

export const PodAffinity = message("io.k8s.api.core.v1.PodAffinity", {
  requiredDuringSchedulingIgnoredDuringExecution: field(1, list(PodAffinityTerm).atomic()),
  preferredDuringSchedulingIgnoredDuringExecution: field(2, list(WeightedPodAffinityTerm).atomic()),
});
export type PodAffinity = TypeOf<typeof PodAffinity>;

export const PodAntiAffinity = message("io.k8s.api.core.v1.PodAntiAffinity", {
  requiredDuringSchedulingIgnoredDuringExecution: field(1, list(PodAffinityTerm).atomic()),
  preferredDuringSchedulingIgnoredDuringExecution: field(2, list(WeightedPodAffinityTerm).atomic()),
});
export type PodAntiAffinity = TypeOf<typeof PodAntiAffinity>;

export const Affinity = message("io.k8s.api.core.v1.Affinity", {
  nodeAffinity: field(1, NodeAffinity),
  podAffinity: field(2, PodAffinity),
  podAntiAffinity: field(3, PodAntiAffinity),
});
export type Affinity = TypeOf<typeof Affinity>;
