/** What changed between two values, as the lines that follow an error on fields that may not change. */
import { compareText, goJson } from "../machinery/go-text.ts";
import type { MessageSchema } from "../machinery/schema/schema.ts";
import { unifiedDiff } from "../machinery/unified-diff.ts";
import { goStruct } from "./go-struct.ts";

/** Of two objects' parts, as Go prints them. */
export function difference(schema: MessageSchema, before: unknown, after: unknown): string {
  return shownDifference(goStruct(schema, before), goStruct(schema, after));
}

export function shownDifference(before: unknown, after: unknown): string {
  return unifiedDiff(lines(before), lines(after));
}

function lines(value: unknown): string[] {
  return goJson(mapsInOrder(value), 1).split("\n");
}

/** Maps by key; what is a struct in Go begins with a capital. */
function mapsInOrder(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(mapsInOrder);
  if (typeof value !== "object" || value === null) return value;
  const entries = Object.entries(value).map(([key, each]) => [key, mapsInOrder(each)] as const);
  const isStruct = entries.some(([key]) => /^[A-Z]/.test(key));
  return Object.fromEntries(isStruct ? entries : entries.toSorted(([a], [b]) => compareText(a, b)));
}
