/** What extensions say of themselves, in the form of this server's own documents. */
import type { Extension, ListedResource, OpenApiV2 } from "./extension.ts";

/** A version in aggregated discovery, from the plain list of its resources. */
export function aggregatedVersion({ service, resources, available }: Extension): object {
  const subresources = new Map<string, ListedResource[]>();
  for (const resource of resources) {
    const [parent, subresource] = resource.name.split("/", 2);
    if (subresource !== undefined) subresources.set(parent!, [...(subresources.get(parent!) ?? []), resource]);
  }
  return {
    version: service.spec.version,
    resources: resources
      .filter(({ name }) => !name.includes("/"))
      .map((resource) => aggregatedResource(resource, subresources.get(resource.name) ?? [])),
    freshness: available ? "Current" : "Stale",
  };
}

function aggregatedResource(resource: ListedResource, subresources: readonly ListedResource[]): object {
  const { name, namespaced, singularName = "", verbs, shortNames, categories } = resource;
  return {
    resource: name,
    responseKind: responseKind(resource),
    scope: namespaced ? "Namespaced" : "Cluster",
    singularResource: singularName,
    verbs,
    ...(shortNames?.length && { shortNames }),
    ...(categories?.length && { categories }),
    ...(subresources.length > 0 && {
      subresources: subresources.map((each) => ({
        subresource: each.name.slice(name.length + 1),
        responseKind: responseKind(each),
        verbs: each.verbs,
      })),
    }),
  };
}

const responseKind = ({ group = "", version = "", kind }: ListedResource): object => ({ group, version, kind });

/** One document of all servers: what this one says stands, others add what it does not have. */
export function mergedOpenApi(own: object, extensions: readonly Extension[]): object {
  const { paths, definitions, parameters } = own as OpenApiV2;
  const all: Record<keyof OpenApiV2, Record<string, unknown>> = {
    paths: { ...paths },
    definitions: { ...definitions },
    parameters: { ...parameters },
  };
  for (const { openApiV2, name } of extensions) {
    for (const [path, item] of Object.entries(openApiV2?.paths ?? {})) {
      if (path.startsWith(`/apis/${name}/`)) all.paths[path] ??= item;
    }
    for (const part of ["definitions", "parameters"] as const) {
      for (const [key, schema] of Object.entries(openApiV2?.[part] ?? {})) all[part][key] ??= schema;
    }
  }
  return { ...own, ...all };
}
