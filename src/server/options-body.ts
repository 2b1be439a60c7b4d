/**
 * DeleteOptions in the body of a request. They are in every version of every group, because clients have always sent the
 * version of what they delete; nothing else may stand there. All failures are 400, in upstream's words.
 */
import { jsonType } from "../machinery/schema/go-names.ts";
import { badRequest } from "../machinery/errors.ts";
import { quote } from "../machinery/go-text.ts";
import type { Draft } from "../machinery/kind.ts";
import { DeleteOptions } from "../machinery/meta/options.ts";
import { DecodeError, decode, parseText } from "../machinery/schema/decode.ts";
import { decodeMessage } from "../machinery/schema/protobuf.ts";
import { openEnvelope } from "../machinery/schema/protobuf-envelope.ts";
import { yamlToJson } from "../machinery/yaml.ts";
import { bytesOfBody, formatOfBody, textOf } from "./body.ts";
import type { Format } from "./encoding/negotiate.ts";
import type { Exchange } from "./exchange.ts";
import { NO_TYPE, noObject } from "./type-meta.ts";

const NAME = "DeleteOptions";
const META = "meta.k8s.io/v1";

/** What upstream's codec for options knows beside them, in any version and in that of the options alone. */
const ANYWHERE: ReadonlySet<string> = new Set(
  "APIGroup APIGroupList APIResourceList APIVersions CreateOptions Status UpdateOptions".split(" "),
);
const IN_META: ReadonlySet<string> = new Set(
  "GetOptions ListOptions PartialObjectMetadata PartialObjectMetadataList PatchOptions Table TableOptions WatchEvent".split(
    " ",
  ),
);

interface Typed {
  readonly apiVersion?: unknown;
  readonly kind?: unknown;
}

/** Undefined where there is no body. */
export function deleteOptionsInBody(exchange: Exchange): Draft<DeleteOptions> | undefined {
  const { body } = exchange.request;
  if (body?.form === "object") return decoded(body.object as Typed);
  const bytes = bytesOfBody(exchange);
  if (bytes.length === 0) return undefined;
  const format = formatOfBody(exchange);
  return format === "protobuf" ? fromProtobuf(bytes) : decoded(parsed(new TextDecoder().decode(bytes), format));
}

function fromProtobuf(bytes: Uint8Array): Draft<DeleteOptions> {
  let envelope;
  try {
    envelope = openEnvelope(bytes);
  } catch (error) {
    throw badRequest(textOf(error));
  }
  checkType(envelope);
  try {
    return decodeMessage(DeleteOptions, envelope.raw);
  } catch (error) {
    throw badRequest(textOf(error));
  }
}

function parsed(text: string, format: Format): Typed {
  let value: unknown;
  try {
    value = parseText(format === "yaml" ? yamlToJson(text).json : text);
  } catch (error) {
    throw badRequest(`${NO_TYPE} ${textOf(error)}`);
  }
  const wrong = noObject(value);
  if (wrong !== undefined) throw badRequest(`${NO_TYPE} ${wrong}`);
  return (value ?? {}) as Typed;
}

function decoded(value: Typed): Draft<DeleteOptions> {
  checkType(value);
  try {
    return decode(DeleteOptions, value);
  } catch (error) {
    throw error instanceof DecodeError ? badRequest(error.message) : error;
  }
}

function checkType(typed: Typed): void {
  const version = textIn(typed, "apiVersion") || META;
  const kind = textIn(typed, "kind") || NAME;
  if (version.split("/").length > 2) throw badRequest(`unexpected GroupVersion string: ${version}`);
  if (kind === NAME) return;
  if (ANYWHERE.has(kind) || (version === META && IN_META.has(kind))) {
    throw badRequest(`converting (v1.${kind}) to (v1.${NAME}): unknown conversion`);
  }
  const scheme = "pkg/apis/meta/internalversion/scheme/register.go:27";
  throw badRequest(`no kind ${quote(kind)} is registered for version ${quote(version)} in scheme ${quote(scheme)}`);
}

function textIn(typed: Typed, name: keyof Typed): string {
  const value = typed[name] ?? "";
  if (typeof value === "string") return value;
  throw badRequest(`${NO_TYPE} json: cannot unmarshal ${jsonType(value)} into Go struct field .${name} of type string`);
}
