import { field, list, map, message, string } from "../schema/builders.ts";
import type { TypeOf } from "../schema/schema.ts";

export const FieldSelectorRequirement = message(
  "io.k8s.apimachinery.pkg.apis.meta.v1.FieldSelectorRequirement",
  {
    key: field(1, string(), "The path of the field that is compared.").required(),
    operator: field(
      2,
      string(),
      "How the field is compared: In and NotIn a list, Exists and DoesNotExist without values.",
    ).required(),
    values: field(
      3,
      list(string()).atomic(),
      "What it is compared to: at least one for In and NotIn, none for Exists and DoesNotExist.",
    ),
  },
  { doc: "A field, an operator, and the values it is compared to." },
);
export type FieldSelectorRequirement = TypeOf<typeof FieldSelectorRequirement>;

export const LabelSelectorRequirement = message(
  "io.k8s.apimachinery.pkg.apis.meta.v1.LabelSelectorRequirement",
  {
    key: field(1, string(), "The key of the label that is compared.").required(),
    operator: field(
      2,
      string(),
      "How the label is compared: In and NotIn a list, Exists and DoesNotExist the key alone. NotIn also fits objects without the label.",
    ).required(),
    values: field(
      3,
      list(string()).atomic(),
      "What it is compared to: at least one for In and NotIn, none for Exists and DoesNotExist.",
    ),
  },
  { doc: "A label, an operator, and the values it is compared to." },
);
export type LabelSelectorRequirement = TypeOf<typeof LabelSelectorRequirement>;

export const LabelSelector = message(
  "io.k8s.apimachinery.pkg.apis.meta.v1.LabelSelector",
  {
    matchLabels: field(1, map(string()), "Labels with the values objects must have."),
    matchExpressions: field(
      2,
      list(LabelSelectorRequirement).atomic(),
      "Further requirements on labels; objects must meet all.",
    ),
  },
  {
    mapType: "atomic",
    doc: "A choice of objects by their labels: those that meet all of it. An empty one fits all objects, an absent one none.",
  },
);
export type LabelSelector = TypeOf<typeof LabelSelector>;
