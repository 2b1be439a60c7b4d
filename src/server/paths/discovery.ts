/**
 * Discovery: which groups, versions and resources there are. All of it follows from the scheme's kinds; documents are
 * made when first asked for after a change.
 */
import { toBase64 } from "../../machinery/base64.ts";
import type { ApiResponse } from "../../machinery/door.ts";
import { methodNotAllowed, unknownResource } from "../../machinery/errors.ts";
import type { Kind } from "../../machinery/kind.ts";
import { sha256, sha256Hex } from "../../machinery/sha256.ts";
import type { Scheme } from "../../machinery/scheme.ts";
import { bytesOf } from "../encoding/encode.ts";
import { encodeJson, encodeText } from "../encoding/json.ts";
import { CHECKED_DISCOVERY, DISCOVERY, negotiateAggregated, wantsPretty } from "../encoding/negotiate.ts";
import type { Negotiated } from "../encoding/negotiate.ts";
import type { Aggregation } from "../aggregation/aggregation.ts";
import { aggregatedVersion } from "../aggregation/documents.ts";
import { Extension } from "../aggregation/extension.ts";
import type { Exchange } from "../exchange.ts";
import type { Parts } from "../parts.ts";
import { answerPlain, negotiated, pageNotFound, respond } from "../respond.ts";

/** Upstream's order of the built-in groups (by their APIServices' priorities); others come after, by name. */
const ORDER: readonly string[] = [
  "apiregistration.k8s.io",
  "apps",
  "events.k8s.io",
  "authentication.k8s.io",
  "authorization.k8s.io",
  "autoscaling",
  "batch",
  "certificates.k8s.io",
  "networking.k8s.io",
  "policy",
  "rbac.authorization.k8s.io",
  "storage.k8s.io",
  "admissionregistration.k8s.io",
  "apiextensions.k8s.io",
  "scheduling.k8s.io",
  "coordination.k8s.io",
  "node.k8s.io",
  "discovery.k8s.io",
  "resource.k8s.io",
  "flowcontrol.apiserver.k8s.io",
];

/** Kinds of this server, or another server's version, which answers for itself. */
type Served = readonly Kind[] | Extension;

/** Groups and their versions, preferred ones first. */
export type Groups = ReadonlyMap<string, ReadonlyMap<string, Served>>;

/** Which groups there are, each with its versions. */
type Listed = readonly (readonly [string, ReadonlyMap<string, Served>])[];

interface AggregatedDocument {
  readonly document: object;
  /** Of its JSON, whatever form is sent. */
  readonly tag: string;
  /** Its forms that were asked for. */
  readonly forms: Map<string, Uint8Array>;
}

export class Discovery {
  readonly #scheme: Scheme;
  readonly #aggregation: Aggregation;
  #generation = -1;
  #aggregated = -1;
  #groups: Groups = new Map();
  readonly #documents = new Map<string, AggregatedDocument>();

  constructor(scheme: Scheme, aggregation: Aggregation) {
    this.#scheme = scheme;
    this.#aggregation = aggregation;
  }

  groups(): Groups {
    if (this.#generation !== this.#scheme.generation || this.#aggregated !== this.#aggregation.generation) {
      this.#groups = groupsOf(this.#scheme.kinds(), this.#aggregation.extensions());
      this.#documents.clear();
      this.#generation = this.#scheme.generation;
      this.#aggregated = this.#aggregation.generation;
    }
    return this.#groups;
  }

  install({ routes }: Parts): void {
    routes.path("/api", (exchange) => this.#core(exchange), "get");
    routes.path("/api/", (exchange) => this.#core(exchange), "get");
    routes.path("/apis", (exchange) => this.#named(exchange), "any");
    routes.path("/apis/", (exchange) => this.#names(exchange), "any");
    routes.tree("/api/", (exchange) => this.#version(exchange), "get");
    routes.tree("/apis/", (exchange) => this.#groupOrVersion(exchange), "any");
  }

  /** Group paths for `/`. */
  paths(): string[] {
    const paths: string[] = ["/api", "/apis", "/apis/"];
    for (const [group, versions] of this.groups()) {
      if (group !== "") paths.push(`/apis/${group}`);
      for (const version of versions.keys()) paths.push(group === "" ? `/api/${version}` : `/apis/${group}/${version}`);
    }
    return paths;
  }

  #core(exchange: Exchange): ApiResponse {
    const groups = this.groups();
    const core = groups.get("") ?? new Map<string, Served>();
    const form = aggregatedForm(exchange);
    if (form !== undefined) return this.#answerAggregated(exchange, form, "api", [["", core]]);
    negotiated(exchange, undefined, CHECKED_DISCOVERY);
    const serverAddress = exchange.parts.flags.advertiseAddress;
    const serverAddressByClientCIDRs = [{ clientCIDR: "0.0.0.0/0", serverAddress }];
    return answerPlain(exchange, { kind: "APIVersions", versions: [...core.keys()], serverAddressByClientCIDRs });
  }

  #named(exchange: Exchange): ApiResponse {
    const form = aggregatedForm(exchange);
    return form === undefined
      ? this.#names(exchange)
      : this.#answerAggregated(exchange, form, "apis", this.#namedGroups());
  }

  #names(exchange: Exchange): ApiResponse {
    negotiated(exchange, undefined, DISCOVERY);
    return answerPlain(exchange, {
      kind: "APIGroupList",
      apiVersion: "v1",
      groups: this.#namedGroups().map(([group, versions]) => groupDocument(group, versions)),
    });
  }

  #namedGroups(): Listed {
    return [...this.groups()].filter(([group]) => group !== "");
  }

  #answerAggregated(exchange: Exchange, form: Negotiated, name: string, groups: Listed): ApiResponse {
    let made = this.#documents.get(name);
    if (made === undefined) this.#documents.set(name, (made = aggregatedDocument(groups)));
    const { document, tag, forms } = made;
    const headers = { etag: tag, vary: "Accept", "cache-control": "public" };
    if (exchange.request.headers["if-none-match"] === tag) return { status: 304, headers, body: { form: "none" } };
    const key = `${form.format} ${String(form.pretty)}`;
    let bytes = forms.get(key);
    if (bytes === undefined) forms.set(key, (bytes = bytesOf(form, document)));
    const response = respond(200, form.contentType, { form: "bytes", bytes });
    return { ...response, headers: { ...response.headers, ...headers } };
  }

  #version(exchange: Exchange): ApiResponse {
    const [version = "", ...rest] = partsBelow("/api/", exchange);
    const kinds = this.groups().get("")?.get(version);
    if (kinds === undefined || kinds instanceof Extension || rest.length > 0) throw unknownResource();
    negotiated(exchange, undefined, CHECKED_DISCOVERY);
    return answerPlain(exchange, { kind: "APIResourceList", groupVersion: version, resources: resourcesOf(kinds) });
  }

  #groupOrVersion(exchange: Exchange): ApiResponse {
    const [group = "", version = "", ...rest] = partsBelow("/apis/", exchange);
    const versions = group === "" ? undefined : this.groups().get(group);
    if (versions === undefined) return pageNotFound();
    if (version === "") {
      negotiated(exchange, undefined, DISCOVERY);
      const { name, ...rest } = groupDocument(group, versions);
      return answerPlain(exchange, { kind: "APIGroup", apiVersion: "v1", name, ...rest });
    }
    const kinds = rest.length > 0 ? undefined : versions.get(version);
    const builtIn = exchange.parts.routes.isBuiltIn(group);
    if (kinds === undefined && !builtIn) return pageNotFound();
    if (kinds === undefined || kinds instanceof Extension) throw unknownResource();
    if (exchange.request.method !== "GET") throw methodNotAllowed();
    negotiated(exchange, undefined, builtIn ? CHECKED_DISCOVERY : DISCOVERY);
    return answerPlain(exchange, {
      kind: "APIResourceList",
      apiVersion: "v1",
      groupVersion: `${group}/${version}`,
      resources: resourcesOf(kinds),
    });
  }
}

/** The parts of the path below `root`; slashes at its end do not count. */
function partsBelow(root: string, { info }: Exchange): string[] {
  const parts = info.path.slice(root.length).split("/");
  while (parts.at(-1) === "") parts.pop();
  return parts;
}

function aggregatedDocument(groups: Listed): AggregatedDocument {
  const items = groups.map(([group, versions]) => aggregatedGroup(group, versions));
  const document = { kind: "APIGroupDiscoveryList", apiVersion: "apidiscovery.k8s.io/v2", metadata: {}, items };
  return { document, tag: `"${sha256Hex(encodeJson(document))}"`, forms: new Map() };
}

/** The form of the one document of all resources, where that is asked for. */
function aggregatedForm({ request, query, userAgent }: Exchange): Negotiated | undefined {
  return negotiateAggregated(request.headers["accept"] ?? "", wantsPretty(query, userAgent));
}

function groupsOf(kinds: Iterable<Kind>, extensions: readonly Extension[]): Groups {
  const groups = new Map<string, Map<string, Kind[] | Extension>>();
  for (const kind of kinds) {
    if (kind.verbs.length === 0) continue;
    let versions = groups.get(kind.group);
    if (versions === undefined) groups.set(kind.group, (versions = new Map()));
    const known = versions.get(kind.version);
    if (Array.isArray(known)) known.push(kind);
    else versions.set(kind.version, [kind]);
  }
  for (const extension of extensions) {
    const { group = "", version = "" } = extension.service.spec;
    const versions = groups.get(group) ?? new Map<string, Kind[] | Extension>();
    groups.set(group, versions.set(version, extension));
  }
  const rank = (group: string): number => {
    if (group === "") return -1;
    const at = ORDER.indexOf(group);
    return at < 0 ? ORDER.length : at;
  };
  const names = [...groups.keys()].toSorted((a, b) => rank(a) - rank(b) || (a < b ? -1 : 1));
  return new Map(names.map((name) => [name, sortedVersions(groups.get(name)!)]));
}

function sortedVersions(versions: ReadonlyMap<string, Kind[] | Extension>): ReadonlyMap<string, Served> {
  const names = [...versions.keys()].toSorted(compareVersions);
  const byPlural = (a: Kind, b: Kind): number => (a.names.plural < b.names.plural ? -1 : 1);
  const sorted = (served: Kind[] | Extension): Served => (Array.isArray(served) ? served.toSorted(byPlural) : served);
  return new Map(names.map((name) => [name, sorted(versions.get(name)!)]));
}

const VERSION = /^v(\d+)(?:(alpha|beta)(\d+))?$/;
const STAGES: readonly (string | undefined)[] = ["alpha", "beta", undefined];

/** Stable before beta before alpha, higher before lower, odd names last: `v2, v1, v1beta1, v1alpha1, foo`. */
function compareVersions(a: string, b: string): number {
  const left = VERSION.exec(a);
  const right = VERSION.exec(b);
  if (left === null || right === null) {
    if (left !== null) return -1;
    if (right !== null) return 1;
    return a < b ? -1 : a > b ? 1 : 0;
  }
  const stage = STAGES.indexOf(right[2]) - STAGES.indexOf(left[2]);
  if (stage !== 0) return stage;
  return Number(right[1]) - Number(left[1]) || Number(right[3] ?? 0) - Number(left[3] ?? 0);
}

function groupDocument(group: string, versions: ReadonlyMap<string, unknown>) {
  const all = [...versions.keys()].map((version) => ({ groupVersion: `${group}/${version}`, version }));
  return { name: group, versions: all, preferredVersion: all[0] };
}

function resourcesOf(kinds: readonly Kind[]): object[] {
  return kinds.flatMap((kind) => [resourceDocument(kind), ...subresourceDocuments(kind)]);
}

function resourceDocument(kind: Kind): object {
  const { names } = kind;
  return {
    name: names.plural,
    singularName: names.singular,
    namespaced: kind.scope === "Namespaced",
    kind: kind.kind,
    verbs: verbsOf(kind),
    ...(names.short?.length && { shortNames: names.short }),
    ...(names.categories?.length && { categories: names.categories }),
    ...(kind.verbs.includes("watch") && { storageVersionHash: storageVersionHash(kind) }),
  };
}

/** Sorted, but for custom resources: upstream gives those in an order of its own. */
const verbsOf = ({ schema, verbs, toldVerbs }: Kind): readonly string[] =>
  schema.custom ? (toldVerbs ?? verbs) : [...verbs].toSorted();

/** Upstream's: the first eight bytes of the hash of the stored group, version and kind. */
function storageVersionHash(kind: Kind): string {
  const group = kind.storage.group === "core" ? "" : kind.storage.group;
  const digest = sha256(encodeText(`${group}/${kind.storage.version}/${kind.kind}`)).subarray(0, 8);
  return toBase64(digest);
}

function subresourceDocuments(kind: Kind): object[] {
  return sortedSubresources(kind).map(([name, { verbs, speaks }]) => ({
    name: `${kind.names.plural}/${name}`,
    singularName: "",
    namespaced: kind.scope === "Namespaced",
    ...foreign(kind, speaks),
    kind: speaks?.kind ?? kind.kind,
    verbs: [...verbs].toSorted(),
  }));
}

/** By name; of custom resources `status` comes before `scale`. */
function sortedSubresources({ schema, subresources }: Kind) {
  const all = Object.entries(subresources);
  return schema.custom ? all : all.toSorted(([a], [b]) => (a < b ? -1 : 1));
}

interface Spoken {
  readonly group: string;
  readonly version: string;
}

/** Group and version of what a subresource speaks, where they are not its resource's own. */
function foreign(kind: Kind, speaks: Spoken | undefined): { group?: string; version?: string } {
  if (speaks === undefined || (speaks.group === kind.group && speaks.version === kind.version)) return {};
  return { group: speaks.group, version: speaks.version };
}

function aggregatedGroup(group: string, versions: ReadonlyMap<string, Served>): object {
  return {
    metadata: group === "" ? {} : { name: group },
    versions: [...versions].map(([version, served]) =>
      served instanceof Extension
        ? aggregatedVersion(served)
        : { version, resources: served.map(aggregatedResource), freshness: "Current" },
    ),
  };
}

function aggregatedResource(kind: Kind): object {
  const { names } = kind;
  // Upstream leaves out of its own kinds what the document tells around them.
  const { group, version } = kind.schema.custom ? kind : { group: "", version: "" };
  const subresources = sortedSubresources(kind).map(([subresource, { verbs, speaks }]) => ({
    subresource,
    responseKind: { group, version, ...foreign(kind, speaks), kind: speaks?.kind ?? kind.kind },
    verbs: [...verbs].toSorted(),
  }));
  return {
    resource: names.plural,
    responseKind: { group, version, kind: kind.kind },
    scope: kind.scope,
    singularResource: names.singular,
    verbs: verbsOf(kind),
    ...(names.short?.length && { shortNames: names.short }),
    ...(names.categories?.length && { categories: names.categories }),
    ...(subresources.length > 0 && { subresources }),
  };
}
