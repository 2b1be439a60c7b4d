import { field, int64, message, string } from "../schema/builders.ts";
import type { TypeOf } from "../schema/schema.ts";

export const ShardInfo = message("io.k8s.apimachinery.pkg.apis.meta.v1.ShardInfo", {
  selector: field(1, string()).required(),
});
export type ShardInfo = TypeOf<typeof ShardInfo>;

export const ListMeta = message("io.k8s.apimachinery.pkg.apis.meta.v1.ListMeta", {
  selfLink: field(1, string()),
  resourceVersion: field(2, string()),
  continue: field(3, string()),
  remainingItemCount: field(4, int64()).keepEmpty(),
  shardInfo: field(5, ShardInfo),
});
export type ListMeta = TypeOf<typeof ListMeta>;
