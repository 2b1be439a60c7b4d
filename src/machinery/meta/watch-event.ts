import { field, message, rawExtension, string } from "../schema/builders.ts";
import type { TypeOf } from "../schema/schema.ts";

export const WatchEvent = message(
  "io.k8s.apimachinery.pkg.apis.meta.v1.WatchEvent",
  {
    type: field(1, string(), "ADDED, MODIFIED, DELETED, BOOKMARK (only a newer resource version) or ERROR.").required(),
    object: field(
      2,
      rawExtension(),
      "The object after the change; for DELETED its last state, for BOOKMARK its kind and resource version, for ERROR a Status.",
    )
      .required()
      .orNull(),
  },
  { doc: "One change in a watch." },
);
export type WatchEvent = TypeOf<typeof WatchEvent>;
