import { badRequest, denied, internalError } from "../../machinery/errors.ts";
import { goStrings, quote } from "../../machinery/go-text.ts";
import type { UserInfo } from "../../machinery/door.ts";
import type { Attributes } from "../authorization/authorizer.ts";
import type { Exchange } from "../exchange.ts";

const EXTRA_PREFIX = "impersonate-extra-";
const SERVICE_ACCOUNT = /^system:serviceaccount:([^:]+):([^:]+)$/;
const AUTHENTICATED = "system:authenticated";

/** `Impersonate-…` headers: acts as another user, for those who may `impersonate` each part of that identity. */
export function impersonate(exchange: Exchange): void | Promise<void> {
  const { headers } = exchange.request;
  if (headers["impersonate-user"] === undefined && !names(headers)) return undefined;
  return become(exchange);
}

function withoutUser(uid: string, groups: readonly string[]): Error {
  const shown = `&user.DefaultInfo{Name:"", UID:${quote(uid)}, Groups:${goStrings(groups)}, Extra:map[string][]string(nil)}`;
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
  if (username === "") throw withoutUser(uid, groups);

  await mayAct(exchange, wanted(username));
  for (const group of groups) await mayAct(exchange, { group: "", resource: "groups", name: group });
  if (uid !== "") await mayAct(exchange, { group: "authentication.k8s.io", resource: "uids", name: uid });
  for (const [key, values] of Object.entries(extra)) {
    for (const value of values) {
      await mayAct(exchange, { group: "authentication.k8s.io", resource: "userextras", subresource: key, name: value });
    }
  }
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

async function mayAct(exchange: Exchange, target: Target): Promise<void> {
  const { user, parts } = exchange;
  const attributes: Attributes = { user, verb: "impersonate", version: "v1", ...target };
  const decision = await parts.authorizer.authorize(attributes);
  if (decision.verdict === "allow") return;
  throw denied({
    user: user.username,
    verb: "impersonate",
    resource: target,
    name: target.name,
    ...(target.namespace !== undefined && { namespace: target.namespace }),
    reason: decision.reason ?? "",
  });
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
  if (account !== null && groups.length === 0)
    groups = ["system:serviceaccounts", `system:serviceaccounts:${account[1]}`];
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
      extra[decodeURIComponent(name.slice(EXTRA_PREFIX.length))] = listOf(headers[name]);
    } catch (error) {
      throw internalError(`unable to decode ${name}`, error);
    }
  }
  return extra;
}
