import { put } from "../../machinery/json-tree.ts";
import { badRequest, internalError } from "../../machinery/errors.ts";
import { goStrings, quote } from "../../machinery/go-text.ts";
import { serviceAccountGroups } from "../../machinery/service-accounts.ts";
import type { UserInfo } from "../../machinery/door.ts";
import type { Exchange } from "../exchange.ts";
import { attributesOf, requireAllowed } from "./authorize.ts";

const EXTRA_PREFIX = "impersonate-extra-";
const SERVICE_ACCOUNT = /^system:serviceaccount:([^:]+):([^:]+)$/;
const AUTHENTICATED = "system:authenticated";
const AUTHENTICATION = "authentication.k8s.io";

/** `Impersonate-…` headers: acts as another user, for those who may `impersonate` each part of that identity. */
export function impersonate(exchange: Exchange): void | Promise<void> {
  const { headers } = exchange.request;
  if (headers["impersonate-user"] === undefined && !names(headers)) return undefined;
  return become(exchange);
}

function withoutUser(
  uid: string,
  groups: readonly string[],
  extra: Readonly<Record<string, readonly string[]>>,
): Error {
  const keys = Object.keys(extra);
  const group = groups.length > 0 ? goStrings(groups) : "[]string(nil)";
  const more = keys.map((key) => `${quote(key)}:${goStrings(extra[key]!)}`).join(", ");
  const map = `map[string][]string${keys.length > 0 ? `{${more}}` : "(nil)"}`;
  const shown = `&user.DefaultInfo{Name:"", UID:${quote(uid)}, Groups:${group}, Extra:${map}}`;
  return badRequest(`requested ${shown} without impersonating a user name`);
}

function names(headers: Readonly<Record<string, string>>): boolean {
  for (const name in headers) if (name.startsWith("impersonate-")) return true;
  return false;
}

async function become(exchange: Exchange): Promise<void> {
  const { headers } = exchange.request;
  const username = headers["impersonate-user"] ?? "";
  const groups = listOf(headers["impersonate-group"]);
  const uid = headers["impersonate-uid"] ?? "";
  const extra = extraOf(headers);
  if (username === "" && groups.length + Object.keys(extra).length === 0 && uid === "") return;
  if (username === "") throw withoutUser(uid, groups, extra);

  const targets = [
    wanted(username),
    ...groups.map((name) => ({ group: "", resource: "groups", name })),
    ...(uid === "" ? [] : [{ group: AUTHENTICATION, resource: "uids", name: uid }]),
    ...Object.entries(extra).flatMap(([key, values]) =>
      values.map((name) => ({ group: AUTHENTICATION, resource: "userextras", subresource: key, name })),
    ),
  ];
  await mayAct(exchange, targets);
  exchange.user = identity(username, uid, groups, extra);
}

interface Target {
  readonly group: string;
  readonly resource: string;
  readonly subresource?: string;
  readonly namespace?: string;
  readonly name: string;
}

function wanted(username: string): Target {
  const account = SERVICE_ACCOUNT.exec(username);
  if (account === null) return { group: "", resource: "users", name: username };
  return { group: "", resource: "serviceaccounts", namespace: account[1]!, name: account[2]! };
}

/**
 * Either the plain verb `impersonate` on every part of the identity, or the narrower ones: `impersonate-on:MODE:VERB` on
 * what is requested and `impersonate:MODE` on the identity. Source: KEP-5284. Who has neither is told of the narrower.
 */
async function mayAct(exchange: Exchange, targets: readonly Target[]): Promise<void> {
  const { user, info } = exchange;
  const act = (verb: string, target: Target): Promise<void> =>
    requireAllowed(exchange, { user, verb, version: "v1", ...target });
  try {
    for (const target of targets) await act("impersonate", target);
  } catch {
    const mode = modeOf(targets[0]!);
    await requireAllowed(exchange, { ...attributesOf(info, user), verb: `impersonate-on:${mode}:${info.verb}` });
    for (const target of targets) {
      const group = target.resource === "users" || target.resource === "groups" ? AUTHENTICATION : target.group;
      await act(`impersonate:${mode}`, { ...target, group });
    }
  }
}

function modeOf({ resource, name }: Target): string {
  if (resource === "serviceaccounts") return "serviceaccount";
  return name.startsWith("system:node:") ? "arbitrary-node" : "user-info";
}

/** What upstream adds: a service account's groups, and that the user is authenticated (or anonymous). */
function identity(
  username: string,
  uid: string,
  asked: readonly string[],
  extra: Readonly<Record<string, readonly string[]>>,
): UserInfo {
  const account = SERVICE_ACCOUNT.exec(username);
  let groups = [...asked];
  if (account !== null && groups.length === 0) groups = serviceAccountGroups(account[1]!);
  if (username === "system:anonymous") {
    if (!groups.includes("system:unauthenticated")) groups.push("system:unauthenticated");
  } else if (!groups.includes(AUTHENTICATED) && !groups.includes("system:unauthenticated")) groups.push(AUTHENTICATED);
  return {
    username,
    groups,
    ...(uid !== "" && { uid }),
    ...(Object.keys(extra).length > 0 && { extra }),
  };
}

const listOf = (header: string | undefined): string[] =>
  header === undefined ? [] : header.split(",").map((each) => each.trim());

function extraOf(headers: Readonly<Record<string, string>>): Record<string, string[]> {
  const extra: Record<string, string[]> = {};
  for (const name in headers) {
    if (!name.startsWith(EXTRA_PREFIX)) continue;
    try {
      put(extra, decodeURIComponent(name.slice(EXTRA_PREFIX.length)), listOf(headers[name]));
    } catch (error) {
      throw internalError(`unable to decode ${name}`, error);
    }
  }
  return extra;
}
