/**
 * Which form an answer takes: the Accept header against what the server can make.
 *
 * Parsed headers are kept (bounded), because clients send the same few again and again.
 */
import { notAcceptable, notProducible } from "../../machinery/errors.ts";
import { remembering } from "../../machinery/remember.ts";
import { Query } from "../query.ts";

export type Format = "json" | "yaml" | "protobuf";

/** Objects as something else: rows of a table, or their metadata alone. */
export interface Transform {
  readonly kind: "Table" | "PartialObjectMetadata" | "PartialObjectMetadataList";
  readonly version: string;
}

/** One document of all resources, in place of one of names. */
const AGGREGATED = { kind: "APIGroupDiscoveryList", group: "apidiscovery.k8s.io", version: "v2" } as const;

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
  /** Formats of objects as they are; all of `formats` where it is not said. */
  readonly plain?: readonly Format[];
  readonly transforms: readonly Transform["kind"][];
  /** Nothing but the one document of all resources. */
  readonly aggregated?: true;
  /** What the path says it produces: whoever takes nothing of it is refused before anything is looked at. */
  readonly produces?: readonly string[];
}

const FORMATS: readonly Format[] = ["json", "yaml", "protobuf"];
/** Formats in which events can follow each other. */
const STREAMED: readonly Format[] = ["json", "protobuf"];
const PARTIAL = ["PartialObjectMetadata", "PartialObjectMetadataList"] as const;
const ALL_TRANSFORMS = ["Table", ...PARTIAL] as const;

const streamed = (format: Format): string => `${MEDIA_TYPES[format]};stream=watch`;
const TYPES = FORMATS.map((format) => MEDIA_TYPES[format]);
const STREAMS = STREAMED.map(streamed);

export const ALL_FORMATS: Offer = { formats: FORMATS, transforms: ALL_TRANSFORMS, produces: TYPES };
/** Of a path that lists or watches. */
export const ALL_STREAMED: Offer = { ...ALL_FORMATS, produces: [...TYPES, ...STREAMS] };
/** Reviews and other questions that are answered and not kept: nobody gave them columns. */
export const WITHOUT_TABLES: Offer = { formats: FORMATS, transforms: PARTIAL, produces: TYPES };
/** Custom resources have no protobuf form, but their metadata has. */
export const WITHOUT_PROTOBUF: Offer = { formats: FORMATS, plain: ["json", "yaml"], transforms: ALL_TRANSFORMS };
/** Of a path that is written as JSON whatever is asked for, once it is let through. */
export const ONLY_JSON: Offer = { formats: ["json"], transforms: [], produces: [MEDIA_TYPES.json] };
/** Of paths that tell of the API; those of upstream's framework look first at what the path says it produces. */
export const DISCOVERY: Offer = { formats: FORMATS, transforms: [] };
export const CHECKED_DISCOVERY: Offer = { ...DISCOVERY, produces: TYPES };
const AGGREGATED_DISCOVERY: Offer = { ...DISCOVERY, aggregated: true };
/** Errors are told in any way that is understood. */
const ERRORS: Offer = { formats: FORMATS, transforms: [] };

interface Clause {
  readonly type: string;
  readonly subtype: string;
  readonly quality: number;
  readonly parameters: ReadonlyMap<string, string>;
}

/** Of headers that are remembered. */
const LIMITS = { most: 256, longest: 512 };

/** What a header chooses of an offer. */
interface Choice {
  readonly producible: boolean;
  /** Absent where nothing acceptable can be made. */
  readonly usual: Negotiated | undefined;
  readonly indented: Negotiated | undefined;
}

const choices = new WeakMap<Offer, (accept: string) => Choice>();

function choiceOf(accept: string, offer: Offer): Choice {
  let choose = choices.get(offer);
  if (choose === undefined) choices.set(offer, (choose = remembering((text) => chosen(text, offer), LIMITS)));
  return choose(accept);
}

/** Throws 406 where nothing acceptable can be made. */
export function negotiate(accept: string, offer: Offer, pretty: boolean): Negotiated {
  const { producible, usual, indented } = choiceOf(accept, offer);
  if (!producible) throw notProducible(offer.produces!);
  if (usual === undefined) throw notAcceptable(offer.formats.map((format) => MEDIA_TYPES[format]));
  return pretty ? indented! : usual;
}

/** undefined: the one document of all resources is not asked for, in no way at least in which it can be made. */
export function negotiateAggregated(accept: string, pretty: boolean): Negotiated | undefined {
  const { usual, indented } = choiceOf(accept, AGGREGATED_DISCOVERY);
  return pretty ? indented : usual;
}

/** Events are no single answer: not every format can have them. Throws 406. */
export function checkStreamed({ format }: Negotiated): void {
  if (!STREAMED.includes(format)) throw notAcceptable(STREAMS);
}

/** The form of an error whatever Accept says: JSON where nothing else fits. */
export function negotiateError(accept: string, pretty: boolean): Negotiated {
  const otherwise: Negotiated = { format: "json", pretty, as: undefined, contentType: MEDIA_TYPES.json };
  const { usual, indented } = choiceOf(accept, ERRORS);
  return (pretty ? indented : usual) ?? otherwise;
}

function chosen(accept: string, offer: Offer): Choice {
  const usual = formFor(accept, offer);
  return {
    producible: offer.produces === undefined || isProducible(accept, offer.produces),
    usual,
    indented: usual && { ...usual, pretty: true },
  };
}

function formFor(accept: string, offer: Offer): Negotiated | undefined {
  for (const { type, subtype, parameters } of clausesOf(accept)) {
    for (const format of offer.formats) {
      const [wanted, of] = MEDIA_TYPES[format].split("/");
      if (!(type === wanted && (subtype === of || subtype === "*")) && !(type === "*" && subtype === "*")) continue;
      const as = transformOf(parameters, offer, format);
      const stream = parameters.get("stream") ?? "";
      if (as === null || (stream !== "" && (stream !== "watch" || !STREAMED.includes(format)))) continue;
      const contentType = MEDIA_TYPES[format] + (offer.aggregated ? AGGREGATED_PARAMETERS : "");
      return { format, pretty: parameters.get("pretty") === "1", as, contentType };
    }
  }
  return undefined;
}

const AGGREGATED_PARAMETERS = `;g=${AGGREGATED.group};v=${AGGREGATED.version};as=${AGGREGATED.kind}`;

/** The first of these media types that the header asks for; undefined where it takes none of them. */
export function acceptedType(accept: string, types: readonly string[]): string | undefined {
  for (const { type, subtype } of clausesOf(accept)) {
    const found = types.find((each) => {
      const [wanted, of] = each.split("/");
      return (type === wanted && (subtype === of || subtype === "*")) || (type === "*" && subtype === "*");
    });
    if (found !== undefined) return found;
  }
  return undefined;
}

/** As upstream: asked for by the query, otherwise given to tools that people look through. */
export function wantsPretty(query: Query, userAgent: string): boolean {
  const said = query.get("pretty");
  if (said !== "") return /^(1|t|T|TRUE|true|True)$/.test(said);
  return userAgent.startsWith("curl") || userAgent.startsWith("Wget") || userAgent.startsWith("Mozilla/5.0");
}

/** What stands in front of upstream's handlers knows no wildcard but the one for everything. */
function isProducible(accept: string, produces: readonly string[]): boolean {
  if (accept === "" || accept === MEDIA_TYPES.json) return true;
  return accept.split(",").some((part) => {
    const type = part.split(";")[0]!.trim();
    return type === "*/*" || produces.includes(type);
  });
}

/** undefined: none is asked for; null: one that cannot be made. */
function transformOf(
  parameters: ReadonlyMap<string, string>,
  { transforms, plain, aggregated }: Offer,
  format: Format,
): Transform | undefined | null {
  const kind = parameters.get("as");
  const group = parameters.get("g");
  const version = parameters.get("v") ?? "";
  if (aggregated) {
    return kind === AGGREGATED.kind && group === AGGREGATED.group && version === AGGREGATED.version ? undefined : null;
  }
  if (kind === undefined && group === undefined && !parameters.has("v")) {
    return plain === undefined || plain.includes(format) ? undefined : null;
  }
  if (group !== "meta.k8s.io" || (version !== "v1" && version !== "v1beta1")) return null;
  const offered = transforms.find((each) => each === kind);
  return offered === undefined || (offered === "Table" && format === "protobuf") ? null : { kind: offered, version };
}

const clausesOf = remembering((accept): readonly Clause[] => {
  const clauses = (accept === "" ? "*/*" : accept).split(",").flatMap(clauseOf);
  return clauses.length > FEW ? clauses.toSorted((a, b) => b.quality - a.quality) : inserted(clauses);
}, LIMITS);

/** A range of media types; nothing where it is none. */
function clauseOf(text: string): Clause[] {
  const [range, ...rest] = text.split(";");
  const [type, subtype = type === "*" ? "*" : "", ...more] = range!.split("/").map(trimmed);
  if (subtype === "" || more.length > 0) return [];
  let quality = 1;
  const parameters = new Map<string, string>();
  for (const each of rest) {
    const [name, value = "", ...others] = each.split("=");
    if (value === "" || others.length > 0) continue;
    if (trimmed(name!) === "q") quality = Number.isNaN(Number(value)) ? 0 : Number(value);
    else parameters.set(trimmed(name!), trimmed(value));
  }
  return [{ type: type!, subtype, quality, parameters }];
}

/** Without the spaces around it; in steps of one, as a pattern would look for the end from each space in the middle. */
function trimmed(text: string): string {
  let [from, to] = [0, text.length];
  while (from < to && text[from] === " ") from++;
  while (to > from && text[to - 1] === " ") to--;
  return text.slice(from, to);
}

/** So many clauses Go's sort inserts one by one. Its order contradicts itself, so how it is done decides what comes out. */
const FEW = 12;

function inserted(clauses: readonly Clause[]): readonly Clause[] {
  const sorted = [...clauses];
  for (let i = 1; i < sorted.length; i++) {
    for (let at = i; at > 0 && before(sorted[at]!, sorted[at - 1]!); at--) {
      [sorted[at - 1], sorted[at]] = [sorted[at]!, sorted[at - 1]!];
    }
  }
  return sorted;
}

function before(a: Clause, b: Clause): boolean {
  if (a.quality > b.quality) return true;
  return (a.type !== "*" && b.type === "*") || (a.subtype !== "*" && b.subtype === "*");
}
