import { field, message, rawExtension, string } from "../schema/builders.ts";
import type { TypeOf } from "../schema/schema.ts";

export const WatchEvent = message("io.k8s.apimachinery.pkg.apis.meta.v1.WatchEvent", {
  type: field(1, string()).required(),
  object: field(2, rawExtension()).required().orNull(),
});
export type WatchEvent = TypeOf<typeof WatchEvent>;
