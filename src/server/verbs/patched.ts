/** What a patch has made of an object's JSON, as an object of its kind again; what does not fit is the patch's fault. */
import { internalError, invalid as invalidObject } from "../../machinery/errors.ts";
import { toJson } from "../../machinery/exact-json.ts";
import { invalid } from "../../machinery/field-errors.ts";
import { quote } from "../../machinery/go-text.ts";
import type { Draft, KubeObject } from "../../machinery/kind.ts";
import { DecodeError, unknownField } from "../../machinery/schema/decode.ts";
import { decodeObject } from "../../machinery/schema/kind-codec.ts";
import { parseApiVersion } from "../../machinery/scheme.ts";
import { textOf } from "../body.ts";
import { isObject } from "../../machinery/structural/schema.ts";
import type { Exchange } from "../exchange.ts";
import type { Json } from "../objects.ts";
import { fieldValidationOf } from "../options.ts";
import type { WriteOptions } from "../options.ts";
import { internalName, unconvertible, unregistered } from "../other-type.ts";
import type { Resource } from "../resource.ts";
import { typeIn } from "../type-meta.ts";
import type { PatchForm } from "./patch.ts";

export interface Patched {
  readonly form: PatchForm;
  readonly value: Json;
  /** What stands there now and was decoded before; undefined where that is not at hand. */
  readonly previous: KubeObject | undefined;
  /** What an error shows of it. */
  shown(): string;
  /** What is to be said of the patch itself. */
  readonly problems: readonly string[];
}

type Refuse = (why: string) => Error;

export function decodePatched(
  exchange: Exchange,
  resource: Resource,
  { form, value, previous, shown, problems }: Patched,
  options: WriteOptions,
): Draft<KubeObject> {
  const refuse: Refuse = (why) => invalidObject({ group: "", kind: "" }, "", [invalid("patch", shown(), why)]);
  const unknown: string[] = [];
  let draft: Draft<KubeObject>;
  if (form !== "strategic" && isUnversioned(exchange, resource, value, refuse)) {
    unknown.push(...Object.keys(value).filter((name) => name !== "kind" && name !== "apiVersion"));
    unknown.sort();
    draft = { metadata: {} } as Draft<KubeObject>;
  } else {
    try {
      draft = decodeObject(resource.kind, value, unknown, knownOf(resource, previous));
    } catch (error) {
      if (error instanceof DecodeError) throw refuse(form === "strategic" ? restoring(error.message) : error.message);
      throw error;
    }
  }
  const typed = draft as { apiVersion: string; kind: string };
  typed.apiVersion = resource.apiVersion;
  typed.kind = resource.kind.kind;
  const all = [...problems, ...unknown.map(unknownField)];
  report(exchange, all, options, () => refuse(`strict decoding error: ${all.join(", ")}`));
  return draft;
}

/**
 * A patch may put anything in the place of the type, but for strategic ones, which fill a struct that has its own. Without a
 * kind it is the resource's. Without a version upstream takes the object for one of its internal version, whose fields have
 * other names, so that it finds none: then true.
 */
function isUnversioned({ parts: { scheme } }: Exchange, resource: Resource, value: Json, refuse: Refuse): boolean {
  const { kind, apiVersion } = resource;
  if (isObject(value) && value["kind"] === kind.kind && value["apiVersion"] === apiVersion) return false;
  const said = saidIn(value, refuse);
  if (kind.schema.custom) {
    refuseOtherCustom(resource, value, said, refuse);
    return false;
  }
  const { group, version } = parseApiVersion(said.apiVersion);
  const unversioned = version === "" && (group === "" || group === kind.group);
  const name = said.kind || kind.kind;
  const registered = unversioned
    ? [...scheme.kinds()].some((each) => each.group === kind.group && each.kind === name)
    : scheme.byKind(group, version, name) !== undefined;
  if (!registered) {
    const where = unversioned
      ? `the internal version of group ${quote(kind.group)}`
      : `version ${quote(said.apiVersion)}`;
    throw refuse(unregistered(name, where));
  }
  if (name !== kind.kind) {
    throw refuse(unconvertible(kind, unversioned ? internalName(kind.group) : version, name));
  }
  return unversioned;
}

interface Said {
  readonly apiVersion: string;
  readonly kind: string;
}

function saidIn(value: Json, refuse: Refuse): Said {
  try {
    const { apiVersion = "", kind = "" } = typeIn(value);
    return { apiVersion, kind };
  } catch (error) {
    throw refuse(textOf(error));
  }
}

/** A custom resource is what it says, and held against what it has to be afterwards. */
export function refuseOtherCustom({ kind, apiVersion }: Resource, value: Json, said: Said, refuse: Refuse): void {
  if (said.kind === "") throw refuse(`Object 'Kind' is missing in '${toJson(value)}'`);
  const { group, version } = parseApiVersion(said.apiVersion);
  if (version === "") throw internalError("Object 'apiVersion' is missing in 'object has no apiVersion field'");
  const errors = [
    ...(said.kind === kind.kind ? [] : [invalid("kind", said.kind, `must be ${kind.kind}`)]),
    ...(said.apiVersion === apiVersion ? [] : [invalid("apiVersion", said.apiVersion, `must be ${apiVersion}`)]),
  ];
  if (errors.length === 0) return;
  const { name } = (value["metadata"] ?? {}) as { name?: unknown };
  throw invalidObject({ group, kind: said.kind }, typeof name === "string" ? name : "", errors);
}

const KINDS: Readonly<Record<string, string>> = { number: "int64", array: "slice", object: "map" };

/**
 * What filling a struct says of a wrong type, where decoding JSON says something else:
 * `json: cannot unmarshal number into Go struct field Pod.spec of type v1.PodSpec` is `cannot restore struct from: int64`.
 */
export function restoring(message: string): string {
  const wrong = /^json: cannot unmarshal (\w+)( \S+)? into Go struct field .* of type (\S.*)$/.exec(message);
  if (wrong === null) return message;
  const [, from = "", fraction, to = ""] = wrong;
  const kind = fraction === undefined ? (KINDS[from] ?? from) : "float64";
  if (to.startsWith("map[")) return `cannot restore map from ${kind}`;
  if (to.startsWith("[]")) return `cannot restore slice from ${kind}`;
  if (/^v\d\w*\.[A-Z]/.test(to) && kind !== "int64") return `cannot restore struct from: ${kind}`;
  const numeric = from === "number" && !/^bool$/.test(to);
  return numeric ? `cannot convert ${kind} to ${to}` : `unrecognized type: ${to}`;
}

/**
 * What a patched object need not be decoded again where it shares it. Of what was converted, or whose schema may have
 * changed since, all is.
 */
export function knownOf({ kind }: Resource, previous: KubeObject | undefined): KubeObject | undefined {
  return kind.schema.custom || kind.convert !== undefined ? undefined : previous;
}

export function report(
  exchange: Exchange,
  problems: readonly string[],
  options: WriteOptions,
  refusal: () => Error,
): void {
  if (problems.length === 0) return;
  const validation = fieldValidationOf(options);
  if (validation === "Strict") throw refusal();
  if (validation === "Warn") for (const problem of problems) exchange.warn(problem);
}
