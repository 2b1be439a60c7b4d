import { field, list, message, string } from "../schema/builders.ts";
import type { TypeOf } from "../schema/schema.ts";
import { ListMeta } from "./list-meta.ts";
import { ObjectMeta } from "./object-meta.ts";

/** Any object without what is its own: what `as=PartialObjectMetadata` in an Accept header asks for. */
export const PartialObjectMetadata = message("io.k8s.apimachinery.pkg.apis.meta.v1.PartialObjectMetadata", {
  apiVersion: field(0, string()),
  kind: field(0, string()),
  metadata: field(1, ObjectMeta).always(),
});
export type PartialObjectMetadata = TypeOf<typeof PartialObjectMetadata>;

export const PartialObjectMetadataList = message("io.k8s.apimachinery.pkg.apis.meta.v1.PartialObjectMetadataList", {
  apiVersion: field(0, string()),
  kind: field(0, string()),
  metadata: field(1, ListMeta).always(),
  items: field(2, list(PartialObjectMetadata)).required(),
});
export type PartialObjectMetadataList = TypeOf<typeof PartialObjectMetadataList>;
