/** Whom somebody wants to be, as his request's `Impersonate-…` headers say. */
import type { UserInfo } from "../../machinery/door.ts";
import { badRequest } from "../../machinery/errors.ts";
import { goStrings, quote } from "../../machinery/go-text.ts";
import { isDNS1123Label, isDNS1123Subdomain } from "../../machinery/names.ts";

/** What is not asked for is empty. */
export interface Wanted {
  readonly username: string;
  readonly uid: string;
  readonly groups: readonly string[];
  readonly extra: Readonly<Record<string, readonly string[]>>;
}

type Headers = Readonly<Record<string, string>>;

const PREFIX = "impersonate-";
const EXTRA = `${PREFIX}extra-`;

export function mayImpersonate(headers: Headers): boolean {
  for (const name in headers) if (name.startsWith(PREFIX)) return true;
  return false;
}

/** Undefined where nobody else is wanted. Throws a 400 for parts of an identity without a name. */
export function wantedOf(headers: Headers): Wanted | undefined {
  const wanted: Wanted = {
    username: listOf(headers["impersonate-user"])[0] ?? "",
    uid: listOf(headers["impersonate-uid"])[0] ?? "",
    groups: listOf(headers["impersonate-group"]),
    extra: extraOf(headers),
  };
  if (wanted.username !== "") return wanted;
  if (onlyName(wanted)) return undefined;
  throw badRequest(`requested ${shown(wanted)} without impersonating a user name`);
}

const listOf = (header: string | undefined): string[] => (header === undefined ? [] : header.split("\n"));

function extraOf(headers: Headers): Record<string, string[]> {
  const extra: [string, string[]][] = [];
  for (const name in headers) {
    if (name.startsWith(EXTRA)) extra.push([unescaped(name.slice(EXTRA.length)), listOf(headers[name])]);
  }
  return Object.fromEntries(extra);
}

/** What cannot be unescaped is taken as it is. */
function unescaped(key: string): string {
  try {
    return decodeURIComponent(key);
  } catch {
    return key;
  }
}

/** As Go prints its struct. */
function shown({ uid, groups, extra }: Wanted): string {
  const keys = Object.keys(extra);
  const group = groups.length > 0 ? goStrings(groups) : "[]string(nil)";
  const more = keys.map((key) => `${quote(key)}:${goStrings(extra[key]!)}`).join(", ");
  const map = `map[string][]string${keys.length > 0 ? `{${more}}` : "(nil)"}`;
  return `&user.DefaultInfo{Name:"", UID:${quote(uid)}, Groups:${group}, Extra:${map}}`;
}

export const onlyName = ({ uid, groups, extra }: Wanted): boolean =>
  uid === "" && groups.length === 0 && Object.keys(extra).length === 0;

const ACCOUNT = /^system:serviceaccount:([^:]*):([^:]*)$/;
const NODE = "system:node:";

/** The service account that a user's name stands for, if any. */
export function accountNamed(username: string): { readonly namespace: string; readonly name: string } | undefined {
  const [, namespace = "", name = ""] = ACCOUNT.exec(username) ?? [];
  if (isDNS1123Label(namespace).length > 0 || isDNS1123Subdomain(name).length > 0) return undefined;
  return { namespace, name };
}

/** The node that a user's name stands for, if any. */
export function nodeNamed(username: string): string | undefined {
  const name = username.slice(NODE.length);
  return username.startsWith(NODE) && isDNS1123Subdomain(name).length === 0 ? name : undefined;
}

/** A service account's token that a pod got says on which node that is. */
export function isOnNode({ username, extra = {} }: UserInfo, node: string | undefined): boolean {
  const said = extra["authentication.kubernetes.io/node-name"] ?? [];
  return node !== undefined && accountNamed(username) !== undefined && said.length === 1 && said[0] === node;
}
