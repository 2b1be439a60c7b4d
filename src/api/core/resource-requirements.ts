import { field, list, map, message, quantity, string } from "../../machinery/schema/builders.ts";
import type { TypeOf } from "../../machinery/schema/schema.ts";

export const ContainerResourceClaim = message(
  "io.k8s.api.core.v1.ResourceClaim",
  {
    name: field(1, string(), "The entry of the pod's `spec.resourceClaims`.").required(),
    request: field(
      2,
      string(),
      "The request in the claim whose devices the container gets; all of them when it is empty.",
    ),
  },
  { doc: "A claim of the pod that a container uses." },
);
export type ContainerResourceClaim = TypeOf<typeof ContainerResourceClaim>;

export const ResourceRequirements = message(
  "io.k8s.api.core.v1.ResourceRequirements",
  {
    limits: field(
      1,
      map(quantity()),
      "The most that may be used, by resource: beyond its CPU limit a container is slowed down, beyond its memory limit killed.",
    ),
    requests: field(
      2,
      map(quantity()),
      "What is set aside on the node, by resource. The limits when it is absent; may not exceed them.",
    ),
    claims: field(
      3,
      list(ContainerResourceClaim).mapKey("name"),
      "The pod's resource claims that are used. Cannot be changed.",
    ),
  },
  { doc: "What a container or pod needs, and what it may use at most." },
);
export type ResourceRequirements = TypeOf<typeof ResourceRequirements>;

export const VolumeResourceRequirements = message(
  "io.k8s.api.core.v1.VolumeResourceRequirements",
  {
    limits: field(1, map(quantity()), "The most that the volume may have, by resource."),
    requests: field(
      2,
      map(quantity()),
      "The least that the volume must have, by resource: `storage`. Can be raised later if the storage class allows volumes to grow.",
    ),
  },
  { doc: "Sizes, by resource." },
);
export type VolumeResourceRequirements = TypeOf<typeof VolumeResourceRequirements>;
