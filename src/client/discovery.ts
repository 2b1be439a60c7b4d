/** What an API server serves, asked for afresh: built-in resources, custom ones and those of aggregated servers. */
import { StatusError } from "../machinery/errors.ts";
import type { Kind } from "../machinery/kind.ts";
import { apiVersionOf } from "../machinery/scheme.ts";
import { answerOf } from "./answers.ts";
import type { Client } from "./client.ts";

export interface Discovered {
  /** Each resource once, in its group's preferred version. Subresources are left out. */
  readonly resources: readonly Kind[];
  /** Groups that did not answer, with why. What they serve is unknown, not gone. */
  readonly failed: readonly { readonly groupVersion: string; readonly error: string }[];
}

interface ResourceList {
  readonly resources?: readonly {
    readonly name: string;
    readonly singularName?: string;
    readonly namespaced?: boolean;
    readonly kind: string;
    readonly group?: string;
    readonly version?: string;
    readonly verbs?: readonly string[];
  }[];
}

interface GroupList {
  readonly groups?: readonly {
    readonly name: string;
    readonly preferredVersion?: { readonly version: string };
    readonly versions?: readonly { readonly version: string }[];
  }[];
}

/** Throws only when the server cannot be asked at all. */
export async function discover(client: Client): Promise<Discovered> {
  const { groups = [] } = (await ask(client, "/apis")) as GroupList;
  const versions: Version[] = [{ group: "", version: "v1", preferred: true }];
  for (const { name, preferredVersion, versions: all = [] } of groups) {
    for (const { version } of all) {
      versions.push({ group: name, version, preferred: version === preferredVersion?.version });
    }
  }
  const answers = await Promise.all(versions.map((version) => resourcesOf(client, version)));
  return { resources: preferred(answers), failed: answers.flatMap(({ failed }) => failed ?? []) };
}

export interface GroupVersion {
  readonly group: string;
  readonly version: string;
}

interface Version extends GroupVersion {
  readonly preferred: boolean;
}

interface Answer<Of extends GroupVersion> {
  readonly of: Of;
  readonly kinds: readonly Kind[];
  readonly failed?: { readonly groupVersion: string; readonly error: string };
}

/** What one version of a group has, subresources left out. */
export async function resourcesOf<Of extends GroupVersion>(client: Client, of: Of): Promise<Answer<Of>> {
  const path = of.group === "" ? `/api/${of.version}` : `/apis/${of.group}/${of.version}`;
  try {
    const { resources = [] } = (await ask(client, path)) as ResourceList;
    const own = resources.filter(({ name }) => !name.includes("/"));
    return { of, kinds: own.map((resource) => kindOf(of, resource)) };
  } catch (error) {
    if (!(error instanceof StatusError)) throw error;
    // A version that went away since the groups were listed serves nothing.
    if (error.code === 404) return { of, kinds: [] };
    return { of, kinds: [], failed: { groupVersion: apiVersionOf(of), error: error.message } };
  }
}

/** Each resource by its group's preferred version; one that only another version has, by that. */
function preferred(answers: readonly Answer<Version>[]): Kind[] {
  const chosen = new Map<string, Kind>();
  for (const wanted of [true, false]) {
    for (const { of, kinds } of answers) {
      if (of.preferred !== wanted) continue;
      for (const kind of kinds) {
        const key = `${kind.group}/${kind.names.plural}`;
        if (!chosen.has(key)) chosen.set(key, kind);
      }
    }
  }
  return [...chosen.values()];
}

async function ask(client: Client, path: string): Promise<unknown> {
  return answerOf(await client.request({ method: "GET", path }));
}

/** Enough of a kind to list, watch, patch and delete its objects. Its schema is empty: nothing is decoded by it. */
function kindOf({ group, version }: GroupVersion, resource: NonNullable<ResourceList["resources"]>[number]): Kind {
  const { name, singularName = "", kind, namespaced = false, verbs = [] } = resource;
  return {
    group,
    version,
    kind,
    names: { plural: name, singular: singularName },
    scope: namespaced ? "Namespaced" : "Cluster",
    schema: { form: "message", name: kind, fields: {} },
    storage: { group: group === "" ? "core" : group, resource: name, version },
    verbs,
    subresources: {},
    selectableFields: {},
  };
}
