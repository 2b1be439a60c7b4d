import { field, message, string, time } from "../../machinery/schema/builders.ts";
import type { TypeOf } from "../../machinery/schema/schema.ts";

export const Taint = message("io.k8s.api.core.v1.Taint", {
  key: field(1, string()).required(),
  value: field(2, string()),
  effect: field(3, string().enum("NoExecute", "NoSchedule", "PreferNoSchedule")).required(),
  timeAdded: field(4, time()),
});
export type Taint = TypeOf<typeof Taint>;
