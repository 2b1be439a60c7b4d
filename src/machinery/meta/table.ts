import { field, int32, json, list, message, rawExtension, string } from "../schema/builders.ts";
import type { TypeOf } from "../schema/schema.ts";
import { ListMeta } from "./list-meta.ts";

/** Tables exist in JSON only: no field has a protobuf tag. */
const v1 = "io.k8s.apimachinery.pkg.apis.meta.v1";

export const TableColumnDefinition = message(`${v1}.TableColumnDefinition`, {
  name: field(0, string()).required(),
  type: field(0, string()).required(),
  format: field(0, string()).required(),
  description: field(0, string()).required(),
  priority: field(0, int32()).required(),
});
export type TableColumnDefinition = TypeOf<typeof TableColumnDefinition>;

export const TableRowCondition = message(`${v1}.TableRowCondition`, {
  type: field(0, string()).required(),
  status: field(0, string()).required(),
  reason: field(0, string()),
  message: field(0, string()),
});
export type TableRowCondition = TypeOf<typeof TableRowCondition>;

export const TableRow = message(`${v1}.TableRow`, {
  cells: field(0, list(json())).required(),
  conditions: field(0, list(TableRowCondition)),
  object: field(0, rawExtension()).orNull(),
});
export type TableRow = TypeOf<typeof TableRow>;

/** Objects as rows of cells: what `as=Table` in an Accept header asks for. */
export const Table = message(`${v1}.Table`, {
  apiVersion: field(0, string()),
  kind: field(0, string()),
  metadata: field(0, ListMeta).always(),
  columnDefinitions: field(0, list(TableColumnDefinition)).required(),
  rows: field(0, list(TableRow)).required(),
});
export type Table = TypeOf<typeof Table>;
