/** What can be asked of a server, in a form that both OpenAPI versions are written from, and the names in it. */
import type { MessageSchema } from "../schema/schema.ts";
import type { GroupVersionKind } from "./definitions.ts";

export interface Parameter {
  readonly name: string;
  readonly in: "query" | "path";
  readonly type: "string" | "boolean" | "integer";
  readonly doc: string;
}

export interface Operation {
  /** Lower case. */
  readonly method: string;
  readonly id: string;
  /** What it does. */
  readonly doc: string;
  readonly tag: string;
  /** `list`, `get`, `post`, …; absent for discovery. */
  readonly action?: string;
  readonly kind?: GroupVersionKind;
  /** Those of the path too; what all operations of a path share is told once when it is written. */
  readonly parameters: readonly Parameter[];
  readonly body?: { readonly schema: MessageSchema | "Patch"; readonly required: boolean };
  readonly consumes: readonly string[];
  readonly produces: readonly string[];
  /** Status codes besides 401, with what they answer. */
  readonly codes: readonly number[];
  readonly answer: MessageSchema | "string";
}

export interface Path {
  readonly path: string;
  readonly operations: readonly Operation[];
}

export const JSON_YAML = ["application/json", "application/yaml"];
export const PROTOBUF = "application/vnd.kubernetes.protobuf";

/** The group in identifiers: `rbac.authorization.k8s.io` is `rbacAuthorization`. */
export function groupName(group: string): string {
  if (group === "") return "core";
  const parts = group.replace(/\.k8s\.io$/, "").split(/[.-]/);
  return parts.map((part, index) => (index === 0 ? part : capitalized(part))).join("");
}

export const capitalized = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);

/** `/api/v1` or `/apis/apps/v1`. */
export function rootOf({ group, version }: { readonly group: string; readonly version: string }): string {
  return group === "" ? `/api/${version}` : `/apis/${group}/${version}`;
}
