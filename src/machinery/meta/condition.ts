import { field, int64, message, string, time } from "../schema/builders.ts";
import type { TypeOf } from "../schema/schema.ts";

export const Condition = message("io.k8s.apimachinery.pkg.apis.meta.v1.Condition", {
  type: field(1, string()).required(),
  status: field(2, string()).required(),
  observedGeneration: field(3, int64()),
  lastTransitionTime: field(4, time()).required().orNull(),
  reason: field(5, string()).required(),
  message: field(6, string()).required(),
});
export type Condition = TypeOf<typeof Condition>;
