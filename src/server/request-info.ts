/**
 * What a request is about, read from its method, path and query alone: Kubernetes' URL grammar.
 *
 *     /api/v1/namespaces/{namespace}/pods/{name}/{subresource…}
 *     /apis/{group}/{version}/{resource}/{name}
 *     /api/v1/watch/…                  (deprecated form of ?watch=true)
 *     /api/v1/proxy/…                  (gone; authorizers still hear of it)
 *     anything else                    a path that is no resource
 *
 * Worked example: `GET /api/v1/namespaces/default/pods?watch=1` is verb `watch`, resource `pods` in `default`.
 */
import type { FieldRequirement } from "../machinery/field-selectors.ts";
import { parseFieldSelector } from "../machinery/field-selectors.ts";
import { parseLabelSelector } from "../machinery/selectors.ts";
import { integer } from "./options.ts";
import type { Query } from "./query.ts";
import { flag } from "./query.ts";

export interface RequestInfo {
  readonly isResource: boolean;
  readonly path: string;
  /** get, list, watch, create, update, patch, delete, deletecollection; of other paths the method in lower case. */
  readonly verb: string;
  readonly group: string;
  readonly version: string;
  /** Empty: cluster-scoped, or all namespaces. */
  readonly namespace: string;
  readonly resource: string;
  readonly subresource: string;
  /** Of lists and watches: the name a field selector asks for. */
  readonly name: string;
  /** What a list, watch or deletecollection is narrowed to, as the query says it; empty for all else. */
  readonly fieldSelector: string;
  readonly labelSelector: string;
  /** True where the path itself has a name. */
  readonly named: boolean;
  /** What follows the subresource (of a proxy), without its leading slash; undefined where nothing does. */
  readonly rest: string | undefined;
  /** True where the path names a verb and nothing that it could be done to: no request that anybody can answer. */
  readonly endsInVerb?: true;
}

const VERBS: ReadonlyMap<string, string> = new Map([
  ["POST", "create"],
  ["GET", "get"],
  ["HEAD", "get"],
  ["PUT", "update"],
  ["PATCH", "patch"],
  ["DELETE", "delete"],
]);

/** Parts after a namespace's name that are its own subresources, not resources inside of it. */
const OF_NAMESPACES = new Set(["status", "finalize"]);

export function requestInfoOf(method: string, path: string, query: Query): RequestInfo {
  const parts = path.split("/");
  // A leading slash gives an empty first part; trailing ones do not count.
  let at = parts[0] === "" ? 1 : 0;
  let end = parts.length;
  while (end > at && parts[end - 1] === "") end--;

  const prefix = parts[at++];
  const grouped = prefix === "apis";
  if ((prefix !== "api" && !grouped) || end - at < (grouped ? 3 : 2)) return plainPath(method, path);
  const group = grouped ? parts[at++]! : "";
  const version = parts[at++]!;

  let verb = VERBS.get(method) ?? "";
  const byPath = parts[at] === "watch" || parts[at] === "proxy";
  if (byPath) {
    verb = parts[at++]!;
    if (at === end) return { ...plainPath(method, path), endsInVerb: true };
  }

  let namespace = "";
  if (parts[at] === "namespaces" && end - at > 1) {
    namespace = parts[at + 1]!;
    if (end - at > 2 && !OF_NAMESPACES.has(parts[at + 2]!)) at += 2;
  }
  const resource = parts[at]!;
  const name = end - at > 1 ? parts[at + 1]! : "";
  const subresource = end - at > 2 && verb !== "proxy" ? parts[at + 2]! : "";
  // A proxied path keeps its trailing slash.
  const rest = parts.length - at > 3 ? parts.slice(at + 3).join("/") : undefined;
  const named = name !== "";
  if (verb === "get" && !named) verb = flag(query, "watch") ? "watch" : "list";
  if (verb === "delete" && !named) verb = "deletecollection";
  // The old form of watch is about one object or about all, and no authorizer hears of its selectors.
  const reads = !byPath && !named && (verb === "list" || verb === "watch");
  const selects = reads || verb === "deletecollection";
  return {
    isResource: true,
    path,
    verb,
    group,
    version,
    namespace,
    resource,
    subresource,
    name: reads ? nameFrom(query) : name,
    fieldSelector: selects ? query.get("fieldSelector") : "",
    labelSelector: selects ? query.get("labelSelector") : "",
    named,
    rest,
  };
}

function plainPath(method: string, path: string): RequestInfo {
  return {
    isResource: false,
    path,
    verb: method.toLowerCase(),
    group: "",
    version: "",
    namespace: "",
    resource: "",
    subresource: "",
    name: "",
    fieldSelector: "",
    labelSelector: "",
    named: false,
    rest: undefined,
  };
}

/**
 * `metadata.name=x` in a field selector makes lists and watches about one object, also for the authorizer; unless
 * anything in the query cannot be read, or x can be no name in a path.
 */
function nameFrom(query: Query): string {
  const selector = query.get("fieldSelector");
  if (!selector.includes("metadata.name")) return "";
  try {
    parseLabelSelector(query.get("labelSelector"));
    integer(query, "timeoutSeconds");
    integer(query, "limit");
    const wanted = parseFieldSelector(selector).find(isName)?.value ?? "";
    return /^\.{1,2}$|[/%]/.test(wanted) ? "" : wanted;
  } catch {
    return "";
  }
}

const isName = ({ field, operator }: FieldRequirement): boolean => field === "metadata.name" && operator === "=";
