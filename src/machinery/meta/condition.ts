import { field, int64, message, string, time } from "../schema/builders.ts";
import type { TypeOf } from "../schema/schema.ts";

export const Condition = message(
  "io.k8s.apimachinery.pkg.apis.meta.v1.Condition",
  {
    type: field(
      1,
      string(),
      "Which aspect, in CamelCase or `foo.example.com/CamelCase`. There is one condition of each type.",
    ).required(),
    status: field(2, string(), "True, False or Unknown.").required(),
    observedGeneration: field(
      3,
      int64(),
      "The `metadata.generation` that the condition speaks of. When it is less than the object's, the condition is out of date.",
    ),
    lastTransitionTime: field(4, time(), "When `status` last changed.").required().orNull(),
    reason: field(
      5,
      string(),
      "A word in CamelCase for why the status last changed, meant for programs. Must not be empty.",
    ).required(),
    message: field(6, string(), "The details, meant for people. May be empty.").required(),
  },
  { doc: "One aspect of where an object stands." },
);
export type Condition = TypeOf<typeof Condition>;
