import { defineKind } from "../../machinery/define-kind.ts";
import type { ObjectOf } from "../../machinery/define-kind.ts";
import { field, list, map, message, quantity, string } from "../../machinery/schema/builders.ts";
import type { TypeOf } from "../../machinery/schema/schema.ts";
import type { Draft } from "../../machinery/kind.ts";
import { defaultColumns } from "../columns.ts";
import { validateLimitRange } from "./limit-range.validation.ts";

export const LimitRangeItem = message(
  "io.k8s.api.core.v1.LimitRangeItem",
  {
    type: field(
      1,
      string(),
      "To what they apply: Container, Pod (the sum of its containers) or PersistentVolumeClaim.",
    ).required(),
    max: field(2, map(quantity()), "The most an object may ask for, by resource."),
    min: field(3, map(quantity()), "The least an object must ask for, by resource."),
    default: field(4, map(quantity()), "The limit of containers that set none, by resource."),
    defaultRequest: field(5, map(quantity()), "The request of containers that set none, by resource."),
    maxLimitRequestRatio: field(
      6,
      map(quantity()),
      "By how many times a limit may exceed the request, by resource. Both must then be set.",
    ),
  },
  { doc: "Limits and defaults for objects of one type." },
);
export type LimitRangeItem = TypeOf<typeof LimitRangeItem>;

export const LimitRangeSpec = message(
  "io.k8s.api.core.v1.LimitRangeSpec",
  {
    limits: field(
      1,
      list(LimitRangeItem).atomic(),
      "The limits, one entry for each type. All must be kept.",
    ).required(),
  },
  { doc: "The limits of a namespace." },
);
export type LimitRangeSpec = TypeOf<typeof LimitRangeSpec>;

export const LimitRange = defineKind({
  group: "",
  version: "v1",
  kind: "LimitRange",
  definition: "io.k8s.api.core.v1.LimitRange",
  names: { plural: "limitranges", short: ["limits"] },
  scope: "Namespaced",
  doc: "Limits and defaults for the resources of single objects in a namespace. Checked when objects are created or changed.",
  fields: { spec: field(2, LimitRangeSpec, "The limits that hold.").always() },
  defaults({ spec }) {
    for (const item of spec.limits ?? []) if (item.type === "Container") defaultLimits(item);
  },
  columns: defaultColumns,
  metadataOnUpdate: ["whole"],
  validate: validateLimitRange,
  allowCreateOnUpdate: true,
});
export type LimitRange = ObjectOf<typeof LimitRange>;

/** A container's limit is at most `max`, and it is given what it may have. */
function defaultLimits(item: Draft<LimitRangeItem>): void {
  item.default = { ...item.max, ...item.default };
  item.defaultRequest = { ...item.min, ...item.default, ...item.defaultRequest };
  if (Object.keys(item.default).length === 0) delete item.default;
  if (Object.keys(item.defaultRequest).length === 0) delete item.defaultRequest;
}
