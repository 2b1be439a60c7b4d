/** Which object is meant by `deployment/web`, `deploy/web` or `deployments.apps/web`. */
import { badRequest, notFound } from "../../machinery/errors.ts";
import { quote } from "../../machinery/go-text.ts";
import type { Kind } from "../../machinery/kind.ts";
import type { Scheme } from "../../machinery/scheme.ts";
import { resourceOf } from "../resource.ts";
import type { Resource } from "../resource.ts";

export interface Found {
  readonly resource: Resource;
  readonly name: string;
  readonly key: string;
}

/** Throws 400 where it is not of that form, 404 for a kind that nobody knows. */
export function findObject(scheme: Scheme, text: string, namespace: string): Found {
  const [word = "", name = "", ...rest] = text.split("/");
  if (word === "" || name === "" || name === ".." || rest.length > 0) {
    throw badRequest(`object must be KIND/NAME, such as deployment/web, and not ${quote(text)}`);
  }
  const kind = kindOf(scheme, word.toLowerCase());
  if (kind === undefined) throw badRequest(`the server doesn't have a resource type ${quote(word)}`);
  const resource = resourceOf(kind);
  return { resource, name, key: resource.keyOf(namespace, name) };
}

export const missing = ({ resource, name }: Found) => notFound(resource.groupResource, name);

/** The kind that `deploy`, `deployments` or `deployments.apps` names. */
export function kindOf(scheme: Scheme, word: string): Kind | undefined {
  const [plain = "", ...group] = word.split(".");
  // Also with a version in between: deployments.v1.apps.
  const groups = [group.join("."), group.slice(1).join(".")];
  for (const kind of scheme.kinds()) {
    if (!kind.verbs.includes("get") || (group.length > 0 && !groups.includes(kind.group))) continue;
    const { plural, singular, short = [] } = kind.names;
    if ([plural, singular, kind.kind.toLowerCase(), ...short].includes(plain)) return kind;
  }
  return undefined;
}
