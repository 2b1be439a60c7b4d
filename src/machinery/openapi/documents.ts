/**
 * The OpenAPI documents of a server: one v2 document of everything, and a v3 document for each group version. Both
 * follow from the kinds; make them again when the scheme's generation changes.
 */
import type { Kind } from "../kind.ts";
import { field, message, string } from "../schema/builders.ts";
import { sha256Hex } from "../sha256.ts";
import type { MessageSchema } from "../schema/schema.ts";
import { Definitions, V2, V3 } from "./definitions.ts";
import type { Dialect, Json } from "./definitions.ts";
import { coreDiscovery, groupDiscovery, groupsDiscovery, versionDiscovery } from "./discovery-paths.ts";
import { pathsOf } from "./kind-paths.ts";
import type { FindKind } from "./kind-paths.ts";
import { kindsByDefinition } from "./kinds-by-definition.ts";
import { rootOf } from "./operation.ts";
import type { Operation, Parameter, Path } from "./operation.ts";

/** The API's version in documents, such as `1.36`. */
const INFO = { title: "Kubernetes", version: "1.36" };

const BEARER: Json = {
  description: "Bearer Token authentication",
  type: "apiKey",
  name: "authorization",
  in: "header",
};

const PATCH = "io.k8s.apimachinery.pkg.apis.meta.v1.Patch";
const PATCH_DEFINITION: Json = {
  description: "A change of an object, in the form that the content type says.",
  type: "object",
};

/** What `/version` answers. */
const VersionInfo = message(
  "io.k8s.apimachinery.pkg.version.Info",
  {
    major: field(0, string(), "The major version, such as `1`.").required(),
    minor: field(0, string(), "The minor version, such as `36`.").required(),
    emulationMajor: field(0, string(), "The major version whose behaviour is shown."),
    emulationMinor: field(0, string(), "The minor version whose behaviour is shown."),
    minCompatibilityMajor: field(0, string(), "The oldest major version that other components may have."),
    minCompatibilityMinor: field(0, string(), "The oldest minor version that other components may have."),
    gitVersion: field(0, string(), "The whole version, such as `v1.36.0`.").required(),
    gitCommit: field(0, string(), "The commit it was built from.").required(),
    gitTreeState: field(
      0,
      string(),
      "`clean`, or `dirty` when the source had changes that are in no commit.",
    ).required(),
    buildDate: field(0, string(), "When it was built, in RFC 3339.").required(),
    goVersion: field(0, string(), "The version of the language or its runtime.").required(),
    compiler: field(0, string(), "What compiled it.").required(),
    platform: field(0, string(), "Operating system and processor, such as `linux/amd64`.").required(),
  },
  { doc: "Version and origin of the server." },
);

/** The documents' names (`api/v1`, `apis/apps/v1`, `version`, …) with the paths that stand in each. */
function pathsByDocument(kinds: readonly Kind[]): Map<string, Path[]> {
  const documents = new Map<string, Path[]>([
    [".well-known/openid-configuration", [plainPath("/.well-known/openid-configuration/", OPENID_CONFIGURATION)]],
    ["api", [coreDiscovery()]],
    ["apis", [groupsDiscovery()]],
    ["openid/v1/jwks", [plainPath("/openid/v1/jwks/", OPENID_KEYS)]],
    ["version", [plainPath("/version/", VERSION)]],
  ]);
  const find = finder(kinds);
  for (const kind of kinds.filter(({ verbs }) => verbs.length > 0)) {
    const name = rootOf(kind).slice(1);
    // Of custom resources only their own paths are told.
    const own = kind.schema.custom !== true;
    if (own && kind.group !== "" && !documents.has(`apis/${kind.group}`)) {
      documents.set(`apis/${kind.group}`, [groupDiscovery(kind.group)]);
    }
    const paths = documents.get(name) ?? (own ? [versionDiscovery(kind)] : []);
    documents.set(name, [...paths, ...pathsOf(kind, find)]);
  }
  return documents;
}

function finder(kinds: readonly Kind[]): FindKind {
  const byName = new Map(kinds.map((kind) => [`${kind.group}/${kind.version}/${kind.kind}`, kind]));
  return ({ group, version, kind }) => byName.get(`${group}/${version}/${kind}`);
}

const json = ["application/json"];
const plain = { method: "get", parameters: [], codes: [200] } as const;
const VERSION: Operation = {
  ...plain,
  id: "getCodeVersion",
  doc: "Tells the server's version.",
  tag: "version",
  consumes: json,
  produces: json,
  answer: VersionInfo,
};
const OPENID_CONFIGURATION: Operation = {
  ...plain,
  id: "getServiceAccountIssuerOpenIDConfiguration",
  doc: "Tells who issues the tokens of service accounts, and where the keys are that prove them.",
  tag: "WellKnown",
  consumes: [],
  produces: json,
  answer: "string",
};
const OPENID_KEYS: Operation = {
  ...plain,
  id: "getServiceAccountIssuerOpenIDKeyset",
  doc: "Tells the public keys that prove the tokens of service accounts.",
  tag: "openid",
  consumes: [],
  produces: ["application/jwk-set+json"],
  answer: "string",
};

const plainPath = (path: string, operation: Operation): Path => ({ path, operations: [operation] });

/** The whole API as one OpenAPI v2 document. */
export function openApiV2(kinds: Iterable<Kind>): Json {
  const all = [...kinds];
  const writer = new DocumentWriter(V2, all, all);
  const paths = [...pathsByDocument(all).values()].flat();
  return {
    swagger: "2.0",
    info: INFO,
    paths: writer.paths(paths),
    definitions: sorted(writer.definitions.made),
    parameters: sorted(writer.shared),
    securityDefinitions: { BearerToken: BEARER },
    security: [{ BearerToken: [] }],
  };
}

/** The names of the OpenAPI v3 documents, sorted. */
export function openApiV3Names(kinds: Iterable<Kind>): string[] {
  return [...pathsByDocument([...kinds]).keys()].toSorted();
}

/** One OpenAPI v3 document, or undefined when there is none of that name. */
export function openApiV3(kinds: Iterable<Kind>, name: string): Json | undefined {
  const all = [...kinds];
  const paths = pathsByDocument(all).get(name);
  if (paths === undefined) return undefined;
  const writer = new DocumentWriter(V3, all, kindsOfDocument(all, name));
  return {
    openapi: "3.0.0",
    info: INFO,
    paths: writer.paths(paths),
    components: {
      ...(Object.keys(writer.definitions.made).length > 0 && { schemas: sorted(writer.definitions.made) }),
      securitySchemes: { BearerToken: BEARER },
    },
  };
}

function kindsOfDocument(kinds: readonly Kind[], name: string): readonly Kind[] {
  return kinds.filter((kind) => rootOf(kind).slice(1) === name);
}

class DocumentWriter {
  readonly definitions: Definitions;
  /** In version 2: what many operations take, by a name with a hash of it. */
  readonly shared: Record<string, Json> = {};
  private readonly references = new Map<Parameter, Json>();
  private readonly dialect: Dialect;

  constructor(dialect: Dialect, kinds: readonly Kind[], served: readonly Kind[]) {
    this.dialect = dialect;
    this.definitions = new Definitions(dialect, kindsByDefinition(kinds, served));
  }

  paths(paths: readonly Path[]): Json {
    return Object.fromEntries(
      paths.toSorted((a, b) => (a.path < b.path ? -1 : 1)).map(({ path, operations }) => [path, this.path(operations)]),
    );
  }

  /** Parameters that all operations share stand beside them. */
  private path(operations: readonly Operation[]): Json {
    const shared = sharedKeys(operations);
    const own = Object.fromEntries(operations.map((each) => [each.method, this.operation(each, shared)]));
    const common = (operations[0]?.parameters ?? []).filter((parameter) => shared.has(keyOf(parameter)));
    return { ...own, ...(common.length > 0 && { parameters: this.parameters(common) }) };
  }

  private operation(operation: Operation, shared: ReadonlySet<string>): Json {
    const { id, doc, tag, action, kind, body } = operation;
    const two = this.dialect.version === "2";
    const parameters = this.parameters(operation.parameters.filter((parameter) => !shared.has(keyOf(parameter))));
    const schema =
      body &&
      (body.schema === "Patch"
        ? this.definitions.referNamed(PATCH, PATCH_DEFINITION)
        : this.definitions.refer(body.schema));
    const required = body?.required === true && { required: true };
    const all = two && body ? [{ name: "body", in: "body", ...required, schema }, ...parameters] : parameters;
    const content = Object.fromEntries(operation.consumes.map((type) => [type, { schema }]));
    return {
      ...(two && {
        ...(operation.consumes.length > 0 && { consumes: operation.consumes }),
        produces: operation.produces,
        schemes: ["https"],
      }),
      description: doc,
      tags: [tag],
      operationId: id,
      ...(all.length > 0 && { parameters: all }),
      ...(!two && body && { requestBody: { content, ...required } }),
      responses: this.responses(operation),
      ...(action !== undefined && { "x-kubernetes-action": action }),
      ...(kind !== undefined && { "x-kubernetes-group-version-kind": kind }),
    };
  }

  private responses({ codes, answer, produces }: Operation): Json {
    const schema = answer === "string" ? { type: "string" } : this.definitions.refer(answer as MessageSchema);
    const content = Object.fromEntries(produces.toSorted().map((type) => [type, { schema }]));
    const body = this.dialect.version === "2" ? { schema } : { content };
    const entries = codes.map((code) => [code, { description: DESCRIPTIONS[code] ?? "OK", ...body }]);
    return { ...(Object.fromEntries(entries) as Json), 401: { description: "Unauthorized" } };
  }

  private parameters(parameters: readonly Parameter[]): Json[] {
    const sortedByName = parameters.toSorted((a, b) => (a.name < b.name ? -1 : Number(a.name > b.name)));
    return sortedByName.map((each) => this.parameter(each));
  }

  /** Version 2 tells it once and refers to it; but objects' names differ with their kinds. */
  private parameter(parameter: Parameter): Json {
    const { name, in: place, type, doc } = parameter;
    const two = this.dialect.version === "2";
    const known = this.references.get(parameter);
    if (known !== undefined) return known;
    const written = {
      ...(two ? { uniqueItems: true, type } : { schema: { type, uniqueItems: true } }),
      name,
      in: place,
      description: doc,
      ...(place === "path" && { required: true }),
    };
    if (!two || name === "name") return written;
    const key = `${name}-${sha256Hex(encoder.encode(JSON.stringify(written))).slice(0, 8)}`;
    this.shared[key] = written;
    const reference = { $ref: `#/parameters/${key}` };
    this.references.set(parameter, reference);
    return reference;
  }
}

const DESCRIPTIONS: Readonly<Record<number, string>> = { 200: "OK", 201: "Created", 202: "Accepted" };

const encoder = new TextEncoder();

const keyOf = ({ name, in: place }: Parameter): string => `${place} ${name}`;

/** The parameters that each of the operations has. */
function sharedKeys(operations: readonly Operation[]): Set<string> {
  const [first, ...others] = operations.map(({ parameters }) => new Set(parameters.map(keyOf)));
  return new Set([...(first ?? [])].filter((key) => others.every((keys) => keys.has(key))));
}

function sorted(definitions: Record<string, Json>): Json {
  return Object.fromEntries(Object.entries(definitions).toSorted(([a], [b]) => (a < b ? -1 : 1)));
}
