import { field, string } from "../schema/builders.ts";

/** What every object says of its own type. */
export const typeMeta = {
  apiVersion: field(
    0,
    string(),
    "Group and version of the API the object is written in, such as `apps/v1`, or `v1` for the core group.",
  ),
  kind: field(0, string(), "What the object is, in CamelCase, such as `Pod`. Cannot be changed."),
};

/** Of the field `metadata` of every object. */
export const METADATA_DOC = "Name, labels, owners and the marks of the server.";
