/**
 * The ways to become somebody else, the narrower ones first. Source: KEP-5284.
 *
 * A narrow mode wants `impersonate-on:MODE:VERB` on what is requested and `impersonate:MODE` on each part of the identity; the last,
 * which was there from the beginning, the plain verb `impersonate` on each part.
 */
import type { UserInfo } from "../../machinery/door.ts";
import { denied } from "../../machinery/errors.ts";
import { errorText } from "../../machinery/field-errors.ts";
import { aggregated, quote } from "../../machinery/go-text.ts";
import { isDomainPrefixedPath } from "../../machinery/names.ts";
import { serviceAccountGroups } from "../../machinery/service-accounts.ts";
import type { Attributes, ResourceAttributes } from "../authorization/authorizer.ts";
import type { Wanted } from "./wanted.ts";
import { accountNamed, isOnNode, nodeNamed, onlyName } from "./wanted.ts";

const AUTHENTICATION = "authentication.k8s.io";
const AUTHENTICATED = "system:authenticated";
const UNAUTHENTICATED = "system:unauthenticated";
const MASTERS = "system:masters";

/** From how many parts on a narrow mode asks for all of them at once first. */
const MANY = 4;

/** Throws the 403 of what is not allowed. */
export type Require = (attributes: Attributes) => Promise<void>;

/** Who he is then; undefined where the mode is not meant for that. `request` is what he wants to do. Throws a 403. */
export type Mode = (require: Require, request: Attributes, wanted: Wanted) => Promise<UserInfo | undefined>;

export const MODES: readonly Mode[] = [
  associatedNode,
  narrow("arbitrary-node", (wanted) => onlyName(wanted) && nodeNamed(wanted.username) !== undefined),
  narrow("serviceaccount", (wanted) => onlyName(wanted) && accountNamed(wanted.username) !== undefined),
  narrow("user-info", ({ username }) => nodeNamed(username) === undefined && accountNamed(username) === undefined),
  (require, { user }, wanted) => become({ require, user, verb: "impersonate", narrow: false }, wanted),
];

function narrow(name: string, fits: (wanted: Wanted) => boolean): Mode {
  return async (require, request, wanted) => {
    if (!fits(wanted)) return undefined;
    await require({ ...request, verb: `impersonate-on:${name}:${request.verb}` });
    return become({ require, user: request.user, verb: `impersonate:${name}`, narrow: true }, wanted);
  };
}

/**
 * A service account may become the node it is on. The authorizer is asked whether it may become each it will ever be on, and
 * hears nothing of the one it is on now.
 */
async function associatedNode(require: Require, request: Attributes, wanted: Wanted): Promise<UserInfo | undefined> {
  if (!onlyName(wanted) || !isOnNode(request.user, nodeNamed(wanted.username))) return undefined;
  const keys = Object.keys(request.user.extra ?? {}).toSorted();
  const extra = { "authentication.kubernetes.io/associated-node-keys": keys };
  const user: UserInfo = { ...request.user, extra };
  const asAny: Require = (asked) =>
    require(asked.verb === "impersonate:associated-node" ? { ...(asked as ResourceAttributes), name: "*" } : asked);
  return narrow("associated-node", () => true)(asAny, { ...request, user }, wanted);
}

interface Asker {
  readonly require: Require;
  readonly user: UserInfo;
  readonly verb: string;
  readonly narrow: boolean;
}

async function become(asker: Asker, wanted: Wanted): Promise<UserInfo> {
  const groups = await nameAllowed(asker, wanted);
  if (wanted.uid !== "") await asker.require(part(asker, AUTHENTICATION, "uids", { name: wanted.uid }));
  await groupsAllowed(asker, wanted.groups);
  await extraAllowed(asker, wanted.extra);
  const { username, uid, extra } = wanted;
  return {
    username,
    groups: completed(username, groups),
    ...(uid !== "" && { uid }),
    ...(Object.keys(extra).length > 0 && { extra }),
  };
}

const part = (
  { user, verb }: Asker,
  group: string,
  resource: string,
  more: Partial<Pick<ResourceAttributes, "namespace" | "name" | "subresource">> = {},
): ResourceAttributes => ({ user, verb, group, version: "v1", resource, ...more });

/** Where names and groups are asked for. */
const groupOf = (asker: Asker): string => (asker.narrow ? AUTHENTICATION : "");

/** The groups he is then in. */
async function nameAllowed(asker: Asker, { username, groups }: Wanted): Promise<readonly string[]> {
  const account = accountNamed(username);
  if (account !== undefined) {
    await asker.require(part(asker, groupOf(asker), "serviceaccounts", account));
    return groups.length > 0 ? groups : serviceAccountGroups(account.namespace);
  }
  const node = asker.narrow ? nodeNamed(username) : undefined;
  if (node !== undefined) {
    await asker.require(part(asker, AUTHENTICATION, "nodes", { name: node }));
    return ["system:nodes"];
  }
  await asker.require(part(asker, groupOf(asker), "users", { name: username }));
  return groups;
}

async function groupsAllowed(asker: Asker, groups: readonly string[]): Promise<void> {
  const of = (name: string): ResourceAttributes => part(asker, groupOf(asker), "groups", { name });
  if (asker.narrow) {
    if (groups.includes("")) throw refused(of(""), "impersonating the empty string group is not allowed");
    if (groups.includes(MASTERS)) throw refused(of(MASTERS), `impersonating the ${MASTERS} group is not allowed`);
    if (groups.length >= MANY && (await isAllowed(asker, of("*")))) return;
  }
  for (const name of groups) await asker.require(of(name));
}

async function extraAllowed(asker: Asker, extra: Wanted["extra"]): Promise<void> {
  const of = (subresource: string, name: string): ResourceAttributes =>
    part(asker, AUTHENTICATION, "userextras", { ...(subresource !== "" && { subresource }), name });
  const entries = Object.entries(extra).flatMap(([key, values]) => values.map((value) => [key, value] as const));
  if (asker.narrow) {
    for (const [key, value] of entries) {
      const problem = problemOf(key, value);
      if (problem !== undefined) throw refused(of("", ""), problem);
    }
    if (entries.length >= MANY && (await isAllowed(asker, of("*", "*")))) return;
  }
  for (const [key, value] of entries) await asker.require(of(key, value));
}

function problemOf(key: string, value: string): string | undefined {
  if (key === "") return "impersonating the empty string key in extra is not allowed";
  const errors = isDomainPrefixedPath("extra.key", key);
  if (errors.length > 0) {
    return `impersonating an invalid key in extra is not allowed: ${aggregated(errors.map(errorText))}`;
  }
  if (key !== key.toLowerCase()) return `impersonating a non-lowercase key in extra is not allowed: ${quote(key)}`;
  return value === "" ? "impersonating the empty string value in extra is not allowed" : undefined;
}

const isAllowed = ({ require }: Asker, attributes: Attributes): Promise<boolean> =>
  require(attributes).then(
    () => true,
    () => false,
  );

function refused({ user, verb, name = "", group, resource, subresource }: ResourceAttributes, reason: string): Error {
  return denied({
    user: user.username,
    verb,
    resource: { group, resource, ...(subresource && { subresource }) },
    name,
    reason,
  });
}

/** Everybody is authenticated, or says that he is not. */
function completed(username: string, groups: readonly string[]): readonly string[] {
  const missing = username === "system:anonymous" ? UNAUTHENTICATED : AUTHENTICATED;
  return groups.includes(missing) || groups.includes(UNAUTHENTICATED) ? groups : [...groups, missing];
}
