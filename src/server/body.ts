/**
 * Reading a request's body: bytes of a media type, or the object itself through an in-process door.
 */
import {
  badRequest,
  invalid as invalidObject,
  requestEntityTooLarge,
  unsupportedMediaType,
} from "../machinery/errors.ts";
import { invalid } from "../machinery/field-errors.ts";
import { quote } from "../machinery/go-text.ts";
import type { Draft, Kind, KubeObject } from "../machinery/kind.ts";
import { DecodeError, parseText } from "../machinery/schema/decode.ts";
import { decodeObject, decodeObjectMessage, decodeObjectText } from "../machinery/schema/kind-codec.ts";
import { openEnvelope } from "../machinery/schema/protobuf-envelope.ts";
import { apiVersionOf } from "../machinery/scheme.ts";
import { yamlToJson } from "../machinery/yaml.ts";
import type { Exchange } from "./exchange.ts";
import { MEDIA_TYPES } from "./encoding/negotiate.ts";
import type { Format } from "./encoding/negotiate.ts";
import type { FieldValidation } from "./options.ts";
import { unconvertible, unregistered } from "./other-type.ts";
import { NO_TYPE, noObject, typeIn } from "./type-meta.ts";

/** A byte order mark is no JSON. */
const decoder = new TextDecoder("utf-8", { ignoreBOM: true });

/** The body's bytes; empty where there is none. Throws 413. */
export function bytesOfBody(exchange: Exchange): Uint8Array {
  const { body } = exchange.request;
  if (body === undefined || body.form === "object") return new Uint8Array(0);
  const { maxBodyBytes } = exchange.parts.flags;
  if (body.bytes.length > maxBodyBytes) throw requestEntityTooLarge(maxBodyBytes);
  return body.bytes;
}

/** The body of a request to a path of our own: a JSON object. Throws 400. */
export function jsonOfBody(exchange: Exchange): object {
  const { body } = exchange.request;
  const value = body?.form === "object" ? body.object : parsed(bytesOfBody(exchange));
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw badRequest("the request needs a body, a JSON object");
  }
  return value;
}

function parsed(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(decoder.decode(bytes));
  } catch {
    return undefined;
  }
}

/** The body's format by its Content-Type; JSON where none is said. Throws 415. */
export function formatOfBody(exchange: Exchange, custom = false): Format {
  const header = exchange.request.headers["content-type"] ?? "";
  if (header === "" || header === MEDIA_TYPES.json) return "json";
  const [type, ...parameters] = header.split(";").map((part) => part.trim());
  const formats: Format[] = custom ? ["json", "yaml"] : ["json", "yaml", "protobuf"];
  const said = areParameters(parameters) ? type!.toLowerCase() : undefined;
  const format = formats.find((each) => MEDIA_TYPES[each] === said);
  if (format === undefined) throw unsupportedMediaType(formats.map((each) => MEDIA_TYPES[each]));
  return format;
}

const PARAMETER = /^[^\s"(),/:;<=>?@[\\\]{}]+=(?:"[^"]*"|[^\s"(),/:;<=>?@[\\\]{}]+)$/;

/** Whether what follows a media type can; one semicolon at the end may have nothing behind it. */
function areParameters(parameters: readonly string[]): boolean {
  return parameters.every((each, at) => PARAMETER.test(each) || (each === "" && at === parameters.length - 1));
}

/**
 * The body as a fresh draft of `kind`, defaults filled in. What the kind does not know is refused, warned of or dropped as
 * `validation` says. `alias` is another apiVersion that stands for the kind's own. Throws 400 with upstream's texts.
 */
export function decodeBody<T extends KubeObject>(
  exchange: Exchange,
  kind: Kind<T>,
  validation: FieldValidation,
  alias?: string,
): Draft<T> {
  const { body } = exchange.request;
  if (body?.form === "object") {
    const said = checkType(exchange, kind, body.object as TypeMeta, alias);
    return named(kind, said, () => complete(kind, decodeObject(kind, body.object)));
  }
  const format = formatOfBody(exchange, kind.schema.custom === true);
  const bytes = bytesOfBody(exchange);
  if (format === "protobuf") return fromProtobuf(exchange, kind, bytes, alias);
  return fromText(exchange, kind, bytes, { format, validation, alias });
}

interface TypeMeta {
  readonly apiVersion?: unknown;
  readonly kind?: unknown;
  readonly metadata?: unknown;
}

function fromProtobuf<T extends KubeObject>(
  exchange: Exchange,
  kind: Kind<T>,
  bytes: Uint8Array,
  alias: string | undefined,
): Draft<T> {
  let unknown;
  try {
    unknown = openEnvelope(bytes);
  } catch (error) {
    throw unrecognized(kind, textOf(error), decoder.decode(bytes), bytes);
  }
  const said = checkType(exchange, kind, unknown, alias);
  return named(kind, said, () => complete(kind, decodeObjectMessage(kind, unknown.raw)));
}

interface Read {
  readonly text: string;
  /** The same as JSON. */
  readonly json: string;
  readonly bytes: Uint8Array;
  readonly validation: FieldValidation;
}

/** Custom resources say what they are; it does not follow from the path. */
function checkTyped(kind: Kind, { kind: name, apiVersion }: TypeMeta, { text, json, bytes, validation }: Read): void {
  const missing = (data: string): string => `Object 'Kind' is missing in '${data}'`;
  if (!name && validation !== "Ignore") throw unrecognized(kind, missing(text), text, bytes);
  if (!name) throw cannotHandle(kind, { apiVersion: apiVersionOf(kind), kind: kind.kind }, missing(json));
  if (!apiVersion) throw otherVersion(kind, "");
}

interface Reading {
  readonly format: "json" | "yaml";
  readonly validation: FieldValidation;
  readonly alias: string | undefined;
}

function fromText<T extends KubeObject>(
  exchange: Exchange,
  kind: Kind<T>,
  bytes: Uint8Array,
  { format, validation, alias }: Reading,
): Draft<T> {
  const text = decoder.decode(bytes);
  const { json, problems: yamlProblems } =
    format === "yaml" ? jsonOfYaml(kind, text, bytes) : { json: text, problems: [] };
  const value = parseObject(kind, json, bytes);
  const type = typeMetaOf(kind, value, json, bytes);
  if (kind.schema.custom) checkTyped(kind, type, { text, json, bytes, validation });
  const said = checkType(exchange, kind, type, alias);
  const decoded = named(kind, said, () =>
    decodeObjectText(kind, value === null ? "{}" : json, validation !== "Ignore", value ?? {}),
  );
  const problems = [...yamlProblems, ...decoded.problems];
  if (problems.length > 0) {
    if (validation === "Strict") throw cannotHandle(kind, said, `strict decoding error: ${problems.join(", ")}`);
    if (validation === "Warn") for (const problem of problems) exchange.warn(problem);
  }
  return complete(kind, decoded.object);
}

function complete<T extends KubeObject>(kind: Kind<T>, draft: Draft<T>): Draft<T> {
  const typed = draft as { apiVersion: string; kind: string; metadata?: object };
  typed.apiVersion = apiVersionOf(kind);
  typed.kind = kind.kind;
  return draft;
}

function unrecognized(kind: Kind, why: string, text: string, bytes: Uint8Array): Error {
  return badRequest(
    `the object provided is unrecognized (must be of type ${kind.kind}): ${why} (${excerpt(text, bytes)})`,
  );
}

/** Upstream looks at apiVersion and kind first, with its own words for text that is no object. */
function parseObject(kind: Kind, text: string, bytes: Uint8Array): object | null {
  let value: unknown;
  try {
    value = parseText(text);
  } catch (error) {
    throw unrecognized(kind, `${NO_TYPE} ${textOf(error)}`, text, bytes);
  }
  const wrong = noObject(value);
  if (wrong !== undefined) throw unrecognized(kind, `${NO_TYPE} ${wrong}`, text, bytes);
  return value as object | null;
}

/** What an object says it is. */
function typeMetaOf(kind: Kind, value: object | null, text: string, bytes: Uint8Array): TypeMeta {
  try {
    return { ...typeIn(value ?? {}), metadata: (value as TypeMeta | null)?.metadata };
  } catch (error) {
    throw unrecognized(kind, textOf(error), text, bytes);
  }
}

/** What upstream shows of a body it could not read: JSON-like text as it is, anything else as hex; at most 30 bytes. */
function excerpt(text: string, bytes: Uint8Array): string {
  if (text === "") return "<empty>";
  const looksLikeJson = /^[\t\n\v\f\r ]*\{/.test(text);
  if (looksLikeJson) return text.length > 30 ? `${text.slice(0, 30)} ...` : text;
  let hex = "";
  for (const byte of bytes.subarray(0, 30)) hex += byte.toString(16).padStart(2, "0");
  return bytes.length > 30 ? `${hex} ...` : hex;
}

function jsonOfYaml(kind: Kind, text: string, bytes: Uint8Array): { json: string; problems: readonly string[] } {
  try {
    return yamlToJson(text);
  } catch (error) {
    throw unrecognized(kind, textOf(error), text, bytes);
  }
}

/** The body must be of the kind the path says, as far as it says what it is. */
function checkType(
  exchange: Exchange,
  kind: Kind,
  { apiVersion, kind: name, metadata }: TypeMeta,
  alias: string | undefined,
): TypeMeta {
  const said = {
    apiVersion: typeof apiVersion === "string" && apiVersion !== "" ? apiVersion : apiVersionOf(kind),
    kind: typeof name === "string" && name !== "" ? name : kind.kind,
  };
  const fits = said.apiVersion === apiVersionOf(kind) || said.apiVersion === alias;
  if (fits && said.kind === kind.kind) return said;
  if (kind.schema.custom) {
    if (!fits) throw otherVersion(kind, said.apiVersion);
    throw invalidObject({ group: kind.group, kind: said.kind }, nameOf(metadata), [
      invalid("kind", said.kind, `must be ${kind.kind}`),
    ]);
  }
  const version = said.apiVersion.split("/").at(-1)!;
  const known = exchange.parts.scheme.byApiVersion(said.apiVersion, said.kind);
  if (known === undefined && !isList(exchange, said) && !isMeta(exchange, said)) {
    if (said.apiVersion !== apiVersionOf(kind) && kind.group !== "") throw otherVersion(kind, said.apiVersion);
    throw cannotHandle(kind, said, unregistered(said.kind, `version ${quote(said.apiVersion)}`));
  }
  if (known?.kind === kind.kind) throw otherVersion(kind, said.apiVersion);
  throw cannotHandle(kind, said, unconvertible(kind, version, said.kind));
}

/** Upstream's scheme has these in every version of every group, and what tells of the API itself in the core's. */
const IN_EVERY_VERSION: ReadonlySet<string> = new Set(
  "WatchEvent ListOptions GetOptions DeleteOptions CreateOptions UpdateOptions PatchOptions".split(" "),
);
const OF_THE_API: ReadonlySet<string> = new Set("Status APIVersions APIGroup APIGroupList APIResourceList".split(" "));

function isMeta({ parts }: Exchange, { apiVersion, kind }: { apiVersion: string; kind: string }): boolean {
  if (OF_THE_API.has(kind)) return apiVersion === "v1";
  if (!IN_EVERY_VERSION.has(kind)) return false;
  for (const each of parts.scheme.kinds()) if (!each.schema.custom && apiVersionOf(each) === apiVersion) return true;
  return false;
}

function otherVersion(kind: Kind, said: string): Error {
  return badRequest(
    `the API version in the data (${said}) does not match the expected API version (${apiVersionOf(kind)})`,
  );
}

/** Lists are kinds, too. */
function isList({ parts }: Exchange, { apiVersion, kind }: { apiVersion: string; kind: string }): boolean {
  if (!kind.endsWith("List")) return false;
  const item = kind.slice(0, -"List".length);
  if (item === "") return apiVersion === "v1";
  return parts.scheme.byApiVersion(apiVersion, item)?.verbs.includes("list") === true;
}

function nameOf(metadata: unknown): string {
  const name = (metadata as { name?: unknown } | undefined)?.name;
  return typeof name === "string" ? name : "";
}

function cannotHandle(kind: Kind, said: TypeMeta, why: string): Error {
  const version = String(said.apiVersion).split("/").at(-1)!;
  return badRequest(
    `${String(said.kind)} in version ${JSON.stringify(version)} cannot be handled as a ${kind.kind}: ${why}`,
  );
}

function named<T>(kind: Kind, said: TypeMeta, run: () => T): T {
  try {
    return run();
  } catch (error) {
    if (!(error instanceof DecodeError)) throw error;
    throw cannotHandle(kind, said, error.message);
  }
}

export const textOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
