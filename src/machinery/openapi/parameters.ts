/** Parameters of operations: those of the options' fields, and the few that are in paths. */
import { CreateOptions, DeleteOptions, ListOptions, PatchOptions } from "../meta/options.ts";
import type { MessageSchema } from "../schema/schema.ts";
import type { Parameter } from "./operation.ts";

export const inPath = (name: string, doc: string): Parameter => ({ name, in: "path", type: "string", doc });
export const NAMESPACE = inPath("namespace", "The namespace that the object is in, or is to be in.");
export const PATH = inPath("path", "The path of the request behind the proxy.");

export const PRETTY: readonly Parameter[] = [
  {
    name: "pretty",
    in: "query",
    type: "string",
    doc: "`true` writes the answer on several lines, with indents; browsers and curl get it so without asking.",
  },
];
export const SELECTION = [
  ...queryOf(ListOptions, "continue", "fieldSelector", "labelSelector", "resourceVersion", "resourceVersionMatch"),
  ...queryOf(ListOptions, "shardSelector", "limit", "timeoutSeconds", "sendInitialEvents"),
];
export const LISTING = [...SELECTION, ...queryOf(ListOptions, "allowWatchBookmarks", "watch")];
export const WRITING = queryOf(CreateOptions, "dryRun", "fieldManager", "fieldValidation");
export const PATCHING = [...WRITING, ...queryOf(PatchOptions, "force")];
export const DELETING = [
  ...queryOf(DeleteOptions, "dryRun", "propagationPolicy", "gracePeriodSeconds"),
  ...queryOf(DeleteOptions, "ignoreStoreReadErrorWithClusterBreakingPotential", "orphanDependents"),
];

/** The fields of options as query parameters, those of the `names` or all; times are not taken. */
export function queryOf(
  { fields }: { readonly fields: MessageSchema["fields"] },
  ...names: readonly string[]
): Parameter[] {
  return (names.length > 0 ? names : Object.keys(fields)).flatMap((name): Parameter[] => {
    const { schema, tag, doc = "" } = fields[name]!;
    const { form } = schema.form === "list" ? schema.item : schema;
    if (tag === 0 || form === "time") return [];
    const type = form === "bool" ? "boolean" : form === "int32" || form === "int64" ? "integer" : "string";
    return [{ name, in: "query", type, doc }];
  });
}
