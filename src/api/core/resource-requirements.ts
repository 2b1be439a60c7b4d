import { field, list, map, message, quantity, string } from "../../machinery/schema/builders.ts";
import type { TypeOf } from "../../machinery/schema/schema.ts";

export const ContainerResourceClaim = message("io.k8s.api.core.v1.ResourceClaim", {
  name: field(1, string()).required(),
  request: field(2, string()),
});
export type ContainerResourceClaim = TypeOf<typeof ContainerResourceClaim>;

export const ResourceRequirements = message("io.k8s.api.core.v1.ResourceRequirements", {
  limits: field(1, map(quantity())),
  requests: field(2, map(quantity())),
  claims: field(3, list(ContainerResourceClaim).mapKey("name")),
});
export type ResourceRequirements = TypeOf<typeof ResourceRequirements>;

export const VolumeResourceRequirements = message("io.k8s.api.core.v1.VolumeResourceRequirements", {
  limits: field(1, map(quantity())),
  requests: field(2, map(quantity())),
});
export type VolumeResourceRequirements = TypeOf<typeof VolumeResourceRequirements>;
