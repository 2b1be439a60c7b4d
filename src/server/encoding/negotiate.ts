/**
 * Which form an answer takes: the Accept header against what the server can make.
 *
 * Parsed headers are kept (bounded), because clients send the same few again and again.
 */
import { notAcceptable } from "../../machinery/errors.ts";
import { Query } from "../query.ts";

export type Format = "json" | "yaml" | "protobuf";

/** Objects as something else: rows of a table, or their metadata alone. */
export interface Transform {
  readonly kind: "Table" | "PartialObjectMetadata" | "PartialObjectMetadataList";
  readonly version: string;
}

export interface Negotiated {
  readonly format: Format;
  readonly pretty: boolean;
  readonly as: Transform | undefined;
  /** The Content-Type of an answer that is no watch. */
  readonly contentType: string;
}

export const MEDIA_TYPES: Readonly<Record<Format, string>> = {
  json: "application/json",
  yaml: "application/yaml",
  protobuf: "application/vnd.kubernetes.protobuf",
};

/** What the server offers for one request, in order of preference. */
export interface Offer {
  readonly formats: readonly Format[];
  readonly transforms: readonly Transform["kind"][];
}

const PARTIAL = ["PartialObjectMetadata", "PartialObjectMetadataList"] as const;
const ALL_TRANSFORMS = ["Table", ...PARTIAL] as const;

export const ALL_FORMATS: Offer = { formats: ["json", "yaml", "protobuf"], transforms: ALL_TRANSFORMS };
/** Reviews and other questions that are answered and not kept: nobody gave them columns. */
export const WITHOUT_TABLES: Offer = { formats: ["json", "yaml", "protobuf"], transforms: PARTIAL };
/** Custom resources have no protobuf form. */
export const WITHOUT_PROTOBUF: Offer = { formats: ["json", "yaml"], transforms: ALL_TRANSFORMS };
export const PLAIN_FORMATS: Offer = { formats: ["json", "yaml", "protobuf"], transforms: [] };

interface Clause {
  readonly type: string;
  readonly quality: number;
  readonly parameters: Readonly<Record<string, string>>;
}

const PARSED_LIMIT = 256;
const parsed = new Map<string, readonly Clause[]>();

/** Throws 406 where nothing acceptable can be made. */
export function negotiate(accept: string, offer: Offer, pretty: boolean): Negotiated {
  for (const clause of clausesOf(accept)) {
    const format = formatOf(clause.type, offer);
    if (format === undefined) continue;
    const as = transformOf(clause.parameters, offer);
    if (as === null || (as?.kind === "Table" && format === "protobuf")) continue;
    return {
      format,
      pretty: pretty || clause.parameters["pretty"] === "1",
      as,
      contentType: MEDIA_TYPES[format],
    };
  }
  throw notAcceptable(offer.formats.map((format) => MEDIA_TYPES[format]));
}

/** The first of these media types that the header asks for; undefined where it takes none of them. */
export function acceptedType(accept: string, types: readonly string[]): string | undefined {
  for (const { type } of clausesOf(accept)) {
    const found = types.find((each) => type === each || type === "*/*" || type === `${each.split("/")[0]}/*`);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** The form of an error whatever Accept says: JSON where nothing else fits. */
export function negotiateError(accept: string): Negotiated {
  for (const clause of clausesOf(accept)) {
    const format = formatOf(clause.type, ALL_FORMATS);
    if (format !== undefined) return { format, pretty: false, as: undefined, contentType: MEDIA_TYPES[format] };
  }
  return { format: "json", pretty: false, as: undefined, contentType: MEDIA_TYPES.json };
}

/** As upstream: asked for by the query, otherwise given to tools that people look through. */
export function wantsPretty(query: Query, userAgent: string): boolean {
  if (query.has("pretty")) return /^(1|t|T|TRUE|true|True)$/.test(query.get("pretty"));
  return userAgent.startsWith("curl") || userAgent.startsWith("Wget") || userAgent.startsWith("Mozilla/5.0");
}

function formatOf(type: string, offer: Offer): Format | undefined {
  if (type === "*/*") return offer.formats[0];
  return offer.formats.find((format) => MEDIA_TYPES[format] === type);
}

/** undefined: none is asked for; null: one that cannot be made. */
function transformOf(parameters: Readonly<Record<string, string>>, offer: Offer): Transform | undefined | null {
  const kind = parameters["as"];
  if (kind === undefined) return undefined;
  if (parameters["g"] !== "meta.k8s.io") return null;
  const version = parameters["v"] ?? "";
  if (version !== "v1" && version !== "v1beta1") return null;
  const offered = offer.transforms.find((each) => each === kind);
  return offered === undefined ? null : { kind: offered, version };
}

function clausesOf(accept: string): readonly Clause[] {
  let clauses = parsed.get(accept);
  if (clauses === undefined) {
    clauses = parseAccept(accept);
    if (parsed.size >= PARSED_LIMIT) parsed.clear();
    parsed.set(accept, clauses);
  }
  return clauses;
}

function parseAccept(accept: string): readonly Clause[] {
  const text = accept.trim() === "" ? "*/*" : accept;
  const clauses = text.split(",").map((part) => {
    const [type, ...rest] = part.split(";");
    const parameters: Record<string, string> = {};
    for (const each of rest) {
      const at = each.indexOf("=");
      if (at > 0) parameters[each.slice(0, at).trim()] = each.slice(at + 1).trim();
    }
    const quality = parameters["q"] === undefined ? 1 : Number(parameters["q"]);
    return { type: type!.trim().toLowerCase(), quality: Number.isNaN(quality) ? 0 : quality, parameters };
  });
  return clauses.toSorted((a, b) => b.quality - a.quality);
}
