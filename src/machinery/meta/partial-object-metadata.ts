import { field, list, message } from "../schema/builders.ts";
import type { TypeOf } from "../schema/schema.ts";
import { ListMeta } from "./list-meta.ts";
import { ObjectMeta } from "./object-meta.ts";
import { METADATA_DOC, typeMeta } from "./type-meta.ts";

/** Any object without what is its own: what `as=PartialObjectMetadata` in an Accept header asks for. */
export const PartialObjectMetadata = message(
  "io.k8s.apimachinery.pkg.apis.meta.v1.PartialObjectMetadata",
  {
    ...typeMeta,
    metadata: field(1, ObjectMeta, METADATA_DOC).always(),
  },
  { doc: "Any object, its metadata only." },
);
export type PartialObjectMetadata = TypeOf<typeof PartialObjectMetadata>;

export const PartialObjectMetadataList = message(
  "io.k8s.apimachinery.pkg.apis.meta.v1.PartialObjectMetadataList",
  {
    ...typeMeta,
    metadata: field(1, ListMeta, "What holds for the list as a whole.").always(),
    items: field(2, list(PartialObjectMetadata), "The objects' metadata.").required(),
  },
  { doc: "A list of objects, their metadata only." },
);
export type PartialObjectMetadataList = TypeOf<typeof PartialObjectMetadataList>;
