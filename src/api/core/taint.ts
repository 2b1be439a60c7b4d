import { field, message, string, time } from "../../machinery/schema/builders.ts";
import type { TypeOf } from "../../machinery/schema/schema.ts";

export const Taint = message(
  "io.k8s.api.core.v1.Taint",
  {
    key: field(1, string(), "The taint's key, in the form of a label's.").required(),
    value: field(2, string(), "The taint's value, which tolerations can compare."),
    effect: field(
      3,
      string().enum("NoExecute", "NoSchedule", "PreferNoSchedule"),
      "NoSchedule places no new pods, PreferNoSchedule avoids it, NoExecute also drives away those that run.",
    ).required(),
    timeAdded: field(4, time(), "When the taint was added; from then on the seconds of tolerations count."),
  },
  { doc: "Keeps pods off a node, or drives them away, unless they tolerate it." },
);
export type Taint = TypeOf<typeof Taint>;
