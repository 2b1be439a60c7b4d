/** The paths that tell which groups, versions and resources there are. */
import { APIGroup, APIGroupList, APIResourceList, APIVersions } from "../meta/discovery.ts";
import type { MessageSchema } from "../schema/schema.ts";
import { JSON_YAML, PROTOBUF, capitalized, groupName, rootOf } from "./operation.ts";
import type { Operation, Path } from "./operation.ts";

const DISCOVERY_TYPES = [...JSON_YAML, PROTOBUF];

/** Discovery of the whole, of a group and of a version. */
function discoveryPath(path: string, answer: MessageSchema, said: Pick<Operation, "id" | "tag" | "doc">): Path {
  const types = { consumes: DISCOVERY_TYPES, produces: DISCOVERY_TYPES };
  return { path, operations: [{ method: "get", ...said, parameters: [], ...types, codes: [200], answer }] };
}

export const coreDiscovery = (): Path =>
  discoveryPath("/api/", APIVersions, {
    id: "getCoreAPIVersions",
    tag: "core",
    doc: "Tells which versions of the core group there are.",
  });
export const groupsDiscovery = (): Path =>
  discoveryPath("/apis/", APIGroupList, {
    id: "getAPIVersions",
    tag: "apis",
    doc: "Tells which API groups there are, and their versions.",
  });
export function groupDiscovery(group: string): Path {
  const name = groupName(group);
  const doc = `Tells which versions of the group ${group} there are.`;
  return discoveryPath(`/apis/${group}/`, APIGroup, { id: `get${capitalized(name)}APIGroup`, tag: name, doc });
}
export function versionDiscovery(of: { readonly group: string; readonly version: string }): Path {
  const name = groupName(of.group);
  const id = `get${capitalized(name)}${capitalized(of.version)}APIResources`;
  const doc = `Tells which resources ${of.group === "" ? "" : `${of.group}/`}${of.version} has.`;
  return discoveryPath(`${rootOf(of)}/`, APIResourceList, { id, tag: `${name}_${of.version}`, doc });
}
