/**
 * Where things are on a Kubernetes API server: paths and query strings of the calls a client makes.
 * Paths are decoded, as doors take them; query strings are encoded.
 */
import type { Kind } from "../machinery/kind.ts";
import type { DeleteOptions, ListOptions, Patch, WatchOptions, WriteOptions } from "./client.ts";

/** `/apis/apps/v1/namespaces/default/deployments/web/status`; without a name the collection. */
export function resourcePath(kind: Kind, namespace?: string, name?: string, subresource?: string): string {
  let path = kind.group === "" ? `/api/${kind.version}` : `/apis/${kind.group}/${kind.version}`;
  if (kind.scope === "Namespaced" && namespace !== undefined && namespace !== "") path += `/namespaces/${namespace}`;
  path += `/${kind.names.plural}`;
  if (name !== undefined) path += `/${name}`;
  if (subresource !== undefined) path += `/${subresource}`;
  return path;
}

/** Content types of the four ways to patch. */
export const PATCH_TYPES: Readonly<Record<Patch["type"], string>> = {
  json: "application/json-patch+json",
  merge: "application/merge-patch+json",
  strategic: "application/strategic-merge-patch+json",
  apply: "application/apply-patch+yaml",
};

export function listQuery(options: ListOptions): string {
  return query({
    labelSelector: options.labelSelector,
    fieldSelector: options.fieldSelector,
    limit: options.limit,
    continue: options.continue,
    resourceVersion: options.resourceVersion,
    resourceVersionMatch: options.resourceVersionMatch,
  });
}

export function watchQuery(options: WatchOptions): string {
  const rest = query({
    labelSelector: options.labelSelector,
    fieldSelector: options.fieldSelector,
    resourceVersion: options.resourceVersion,
    resourceVersionMatch: options.resourceVersionMatch,
    allowWatchBookmarks: options.allowWatchBookmarks,
    sendInitialEvents: options.sendInitialEvents,
    timeoutSeconds: options.timeoutSeconds,
  });
  return rest === "" ? "watch=true" : `watch=true&${rest}`;
}

export function writeQuery(options: WriteOptions | undefined): string {
  if (options === undefined) return "";
  return query({
    fieldManager: options.fieldManager,
    force: options.force,
    dryRun: options.dryRun === true ? "All" : undefined,
  });
}

/** A DeleteOptions body, or undefined where nothing is asked for. */
export function deleteBody(options: DeleteOptions | undefined): object | undefined {
  if (options === undefined) return undefined;
  const { gracePeriodSeconds, propagationPolicy, preconditions, dryRun } = options;
  if (gracePeriodSeconds === undefined && !propagationPolicy && !preconditions && !dryRun) return undefined;
  return {
    kind: "DeleteOptions",
    apiVersion: "v1",
    ...(gracePeriodSeconds !== undefined && { gracePeriodSeconds }),
    ...(propagationPolicy !== undefined && { propagationPolicy }),
    ...(preconditions !== undefined && { preconditions }),
    ...(dryRun === true && { dryRun: ["All"] }),
  };
}

function query(values: Readonly<Record<string, string | number | boolean | undefined>>): string {
  let text = "";
  for (const name in values) {
    const value = values[name];
    if (value === undefined || value === "") continue;
    text += `${text === "" ? "" : "&"}${name}=${encodeURIComponent(value)}`;
  }
  return text;
}
