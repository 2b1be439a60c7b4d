import { field, int64, message, string } from "../schema/builders.ts";
import type { TypeOf } from "../schema/schema.ts";

export const ShardInfo = message(
  "io.k8s.apimachinery.pkg.apis.meta.v1.ShardInfo",
  {
    selector: field(1, string(), "The shard selector of the request, as it was given.").required(),
  },
  { doc: "Which part of a list was asked for." },
);
export type ShardInfo = TypeOf<typeof ShardInfo>;

export const ListMeta = message(
  "io.k8s.apimachinery.pkg.apis.meta.v1.ListMeta",
  {
    selfLink: field(1, string(), "Deprecated and no longer set."),
    resourceVersion: field(
      2,
      string(),
      "The state of the server that the list shows. Watches can start from it; only to be compared for equality.",
    ),
    continue: field(
      3,
      string(),
      "Set when there is more: send it as `continue`, with the same other parameters, for the next part. It expires after some minutes.",
    ),
    remainingItemCount: field(
      4,
      int64(),
      "How many objects come after this part, if the server knows; not with selectors. An estimate.",
    ).keepEmpty(),
    shardInfo: field(5, ShardInfo, "The part of all objects that the list has; absent when it has all."),
  },
  { doc: "Metadata of lists." },
);
export type ListMeta = TypeOf<typeof ListMeta>;
