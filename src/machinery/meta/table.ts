import { field, int32, json, list, message, rawExtension, string } from "../schema/builders.ts";
import type { TypeOf } from "../schema/schema.ts";
import { ListMeta } from "./list-meta.ts";
import { typeMeta } from "./type-meta.ts";

/** Tables exist in JSON only: no field has a protobuf tag. */
const v1 = "io.k8s.apimachinery.pkg.apis.meta.v1";

export const TableColumnDefinition = message(
  `${v1}.TableColumnDefinition`,
  {
    name: field(0, string(), "The column's heading.").required(),
    type: field(0, string(), "The type of its cells: string, integer, number, boolean or date.").required(),
    format: field(0, string(), "How to show them, such as `name` for the column that identifies the row.").required(),
    description: field(0, string(), "What the column shows.").required(),
    priority: field(0, int32(), "0 for columns that are always shown; others only where there is room.").required(),
  },
  { doc: "A column of a table." },
);
export type TableColumnDefinition = TypeOf<typeof TableColumnDefinition>;

export const TableRowCondition = message(
  `${v1}.TableRowCondition`,
  {
    type: field(0, string(), "What holds: only Completed, for objects that are done, exists.").required(),
    status: field(0, string(), "True, False or Unknown.").required(),
    reason: field(0, string(), "A word in CamelCase for why, meant for programs."),
    message: field(0, string(), "The details, meant for people."),
  },
  { doc: "Something that holds for a row." },
);
export type TableRowCondition = TypeOf<typeof TableRowCondition>;

export const TableRow = message(
  `${v1}.TableRow`,
  {
    cells: field(0, list(json()), "One value for each column.").required(),
    conditions: field(0, list(TableRowCondition), "What holds for the row, such as that the object is done."),
    object: field(0, rawExtension(), "The object or its metadata, as `includeObject` asks.").orNull(),
  },
  { doc: "An object as cells." },
);
export type TableRow = TypeOf<typeof TableRow>;

/** Objects as rows of cells: what `as=Table` in an Accept header asks for. */
export const Table = message(
  `${v1}.Table`,
  {
    ...typeMeta,
    metadata: field(0, ListMeta, "What holds for the list as a whole.").always(),
    columnDefinitions: field(0, list(TableColumnDefinition), "The columns.").required(),
    rows: field(0, list(TableRow), "The objects.").required(),
  },
  { doc: "Objects as rows of cells." },
);
export type Table = TypeOf<typeof Table>;
