/**
 * YAML as Kubernetes reads it (sigs.k8s.io/yaml over Go-YAML 1.1): `yes`, `on` and `y` are booleans, `0777` is
 * octal, timestamps stay text, keys become strings. How it is written stands in yaml-format.ts.
 */
import { fromJson, toJson } from "./exact-json.ts";
import type { Event } from "js-yaml";
import {
  CORE_SCHEMA,
  defineMappingTag,
  defineScalarTag,
  EVENT_ID,
  getScalarValue,
  load,
  loadAll,
  mergeTag,
  NOT_RESOLVED,
  parseEvents,
  Schema,
  YAMLException,
} from "js-yaml";
import { quote } from "./go-text.ts";
import { countKeys, skim } from "./schema/json-text.ts";
import { BOOLEANS, floatOf, integerOf } from "./yaml-words.ts";

export { formatYaml, formatYamlDocuments } from "./yaml-format.ts";

/** The text is no YAML; `message` is Go-YAML's where it is known. */
export class YamlError extends Error {}

export interface Yaml {
  /** The same value as JSON text. */
  readonly json: string;
  /** What a strict reader refuses: keys that are set twice. */
  readonly problems: readonly string[];
}

/** One document as JSON. Later ones of two equal keys win. Throws {@link YamlError}. */
export function yamlToJson(text: string): Yaml {
  const { value, problems } = parseYaml(text);
  return { json: toJson(value), problems };
}

/** The first document of a text, as Go-YAML takes it; an empty one is null. Throws {@link YamlError}. */
export function parseYaml(whole: string): { readonly value: unknown; readonly problems: readonly string[] } {
  const text = firstDocument(whole);
  const json = parseJson(text);
  if (json !== undefined) return { value: json, problems: [] };
  const seen = { twice: false };
  const value = reading(text, () => (isBlank(text) ? null : load(text, { schema: schemaFor(seen) })));
  checkAliases(text, value);
  return { value, problems: seen.twice ? [duplicateKeys(text)] : [] };
}

/** Most YAML that programs send is JSON, which is YAML, too. Undefined for all else, and where a key is set twice. */
function parseJson(text: string): object | undefined {
  if (!/^\s*\{/.test(text)) return undefined;
  try {
    const value = fromJson(text) as object;
    return skim(text).keys === countKeys(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

/** All documents of a stream, without empty ones. Two equal keys are an error. Throws {@link YamlError}. */
export function parseYamlDocuments(text: string): unknown[] {
  const seen = { twice: false };
  const documents = reading(text, () => (isBlank(text) ? [] : loadAll(text, { schema: schemaFor(seen) })));
  if (seen.twice) throw new YamlError(duplicateKeys(text));
  checkAliases(text, documents);
  return documents.filter((document) => document !== null && document !== undefined);
}

/** Values that aliases may add up to: a short text of aliases to aliases can name billions. */
const VALUES_LIMIT = 1_000_000;

/** Throws a {@link YamlError} for a text whose aliases unfold to too much. */
function checkAliases(text: string, value: unknown): void {
  if (!text.includes("*") || !text.includes("&")) return;
  let left = VALUES_LIMIT;
  const above = new Set<object>();
  const visit = (item: unknown): void => {
    if (left-- <= 0) throw new YamlError("yaml: document contains excessive aliasing");
    if (typeof item !== "object" || item === null) return;
    if (above.has(item)) throw new YamlError(`yaml: anchor '${firstAlias(text)}' value contains itself`);
    above.add(item);
    for (const child of Object.values(item)) visit(child);
    above.delete(item);
  };
  visit(value);
}

const firstAlias = (text: string): string => /\*([^\s,[\]{}]+)/.exec(text)?.[1] ?? "";

/** What comes behind a document is not even looked at. A line that begins so is a marker, wherever it stands. */
function firstDocument(text: string): string {
  if (!/^(?:---|\.\.\.)(?:\s|$)/m.test(text)) return text;
  let begun = false;
  let at = 0;
  for (const line of text.split("\n")) {
    const opens = /^---(?:\s|$)/.test(line);
    if ((opens && begun) || /^\.\.\.(?:\s|$)/.test(line)) return text.slice(0, at);
    begun ||= opens || !/^\s*(?:[#%].*)?$/.test(line);
    at += line.length + 1;
  }
  return text;
}

/** Nothing but space and comments. */
function isBlank(text: string): boolean {
  return text.split("\n").every((line) => /^\s*(?:#.*|---\s*)?$/.test(line));
}

function reading<T>(text: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (error instanceof YAMLException) throw new YamlError(goMessage(error, text), { cause: error });
    throw new YamlError(`yaml: ${error instanceof Error ? error.message : String(error)}`, { cause: error });
  }
}

const TAG = "tag:yaml.org,2002:";

const boolTag = defineScalarTag<boolean>(`${TAG}bool`, {
  implicit: true,
  implicitFirstChars: ["y", "Y", "n", "N", "t", "T", "f", "F", "o", "O"],
  resolve: (source) => BOOLEANS.get(source) ?? NOT_RESOLVED,
  identify: (value) => typeof value === "boolean",
});

const NUMBER_START = [..."+-.0123456789"];

const intTag = defineScalarTag<number | bigint>(`${TAG}int`, {
  implicit: true,
  implicitFirstChars: NUMBER_START,
  resolve: (source) => integerOf(source) ?? NOT_RESOLVED,
  identify: (value) => Number.isInteger(value),
});

const floatTag = defineScalarTag<number>(`${TAG}float`, {
  implicit: true,
  implicitFirstChars: NUMBER_START,
  resolve: (source) => floatOf(source) ?? NOT_RESOLVED,
  identify: (value) => typeof value === "number",
});

type Carrier = Record<string, unknown>;

/** Plain objects; notes keys that are set twice instead of failing. */
function schemaFor(seen: { twice: boolean }): Schema {
  const mapTag = defineMappingTag<Carrier>(`${TAG}map`, {
    create: () => ({}),
    identify: () => false,
    addPair: (carrier, key, value) => {
      if (key !== null && typeof key === "object") return "invalid map key";
      const name = String(key);
      if (Object.hasOwn(carrier, name)) seen.twice = true;
      if (name === "__proto__") {
        Object.defineProperty(carrier, name, { value, enumerable: true, configurable: true, writable: true });
      } else carrier[name] = value;
      return "";
    },
    has: () => false,
    keys: (carrier) => Object.keys(carrier),
    get: (carrier, key) => carrier[String(key)],
  });
  return CORE_SCHEMA.withTags(boolTag, intTag, floatTag, mapTag, mergeTag);
}

/** Go-YAML's text for all keys that are set twice, with their lines. */
function duplicateKeys(text: string): string {
  const lines: string[] = [];
  const frames: { keys: Set<string> | undefined; atKey: boolean }[] = [];
  const passed = (): void => {
    const frame = frames.at(-1);
    if (frame?.keys !== undefined) frame.atKey = !frame.atKey;
  };
  for (const event of parseEvents(text, {}) as Event[]) {
    if (event.type === EVENT_ID.POP) {
      frames.pop();
      passed();
    } else if (event.type === EVENT_ID.MAPPING) frames.push({ keys: new Set(), atKey: true });
    else if (event.type === EVENT_ID.SEQUENCE || event.type === EVENT_ID.DOCUMENT) {
      frames.push({ keys: undefined, atKey: false });
    } else {
      const frame = frames.at(-1);
      if (event.type === EVENT_ID.SCALAR && frame?.keys !== undefined && frame.atKey) {
        const key = getScalarValue(text, event);
        if (frame.keys.has(key))
          lines.push(`  line ${lineAt(text, event.valueStart)}: key ${quote(key)} already set in map`);
        frame.keys.add(key);
      }
      passed();
    }
  }
  return `yaml: unmarshal errors:\n${lines.join("\n")}`;
}

function lineAt(text: string, position: number): number {
  let line = 1;
  for (let i = 0; i < position; i++) if (text[i] === "\n") line++;
  return line;
}

/** What Go-YAML says in the same place; its scanner counts lines from one, its parser from zero. */
type Said = readonly [says: string, from: "scanner" | "parser"];

const NO_VALUES: Said = ["mapping values are not allowed in this context", "scanner"];
const NO_TOKEN: Said = ["found character that cannot start any token", "scanner"];
const NO_NODE: Said = ["did not find expected node content", "parser"];
const NO_KEY: Said = ["did not find expected key", "parser"];
const NO_ITEM: Said = ["did not find expected '-' indicator", "parser"];
const OPEN_QUOTE: Said = ["found unexpected end of stream", "scanner"];

/** The parser's other reasons. */
const REASONS: readonly (readonly [form: RegExp, said: Said])[] = [
  [/nested mappings|mapping values/, NO_VALUES],
  [/bad indentation of a sequence|expected .*sequence/, NO_ITEM],
  [/tab characters|tabs/, NO_TOKEN],
  [/unidentified alias "?([^"\s]*)/, ["unknown anchor referenced", "scanner"]],
  [/unexpected end of the stream within a (?:single|double)/, OPEN_QUOTE],
  [/after a mapping key|multiline key/, ["could not find expected ':'", "scanner"]],
  [/null byte|not valid|special characters/, ["control characters are not allowed", "scanner"]],
];

function goMessage({ reason, mark }: YAMLException, text: string): string {
  const at = mark?.position ?? 0;
  const [says, from] = goReason(reason, text, at);
  const line = lineAt(text, at + /^\s*/.exec(text.slice(at))![0].length) - 1;
  const where = line > 0 ? `line ${from === "scanner" ? line + 1 : line}: ` : "";
  return `yaml: ${where}${says}`;
}

function goReason(reason: string, text: string, at: number): Said {
  const mark = text[at] ?? "";
  if (/[@`%]/.test(mark)) return NO_TOKEN;
  if (FLOW.test(reason)) return brokenFlow(text, at);
  if (/bad indentation of a mapping entry|end of the stream or a document separator/.test(reason)) {
    const before = text.slice(text.lastIndexOf("\n", at - 1) + 1, at);
    if (/^\s*\t/.test(before)) return NO_TOKEN;
    if (mark === ":") return NO_VALUES;
    if (/[}\],]/.test(mark)) return NO_NODE;
    return isInList(text, at, before) ? NO_ITEM : NO_KEY;
  }
  return REASONS.find(([form]) => form.test(reason))?.[1] ?? [reason, "scanner"];
}

const FLOW = /unexpected end of the stream within a flow|missed comma between flow|deficient indentation/;

/** A list or map in brackets in which something else was to come. */
function brokenFlow(text: string, at: number): Said {
  const closing = closingOf(text.slice(0, at));
  if (closing === undefined) return OPEN_QUOTE;
  if (text.slice(at).trim() === "" && /(?:[[{,]|:\s)\s*$/.test(text.slice(0, at))) return NO_NODE;
  return [`did not find expected ',' or '${closing}'`, "parser"];
}

/** Whether what begins in this column stands below the `-` of a list. */
function isInList(text: string, at: number, before: string): boolean {
  if (before.trim() !== "") return false;
  const above = text
    .slice(0, at - before.length)
    .split("\n")
    .toReversed();
  const same = above.find((line) => line.trim() !== "" && line.search(/\S/) <= before.length);
  return same !== undefined && same.search(/\S/) === before.length && /^\s*-(?:\s|$)/.test(same);
}

/** What closes the innermost list or map that is open at the end of a text. */
function closingOf(text: string): "}" | "]" | undefined {
  const open: string[] = [];
  for (let at = 0; at < text.length; at++) {
    const mark = text[at]!;
    if (mark === "{" || mark === "[") open.push(mark);
    else if (mark === "}" || mark === "]") open.pop();
    else if ((mark === '"' || mark === "'") && /[\s,[{:]/.test(text[at - 1] ?? " ")) at = quoteEnd(text, at);
  }
  const innermost = open.at(-1);
  return innermost === undefined ? undefined : innermost === "{" ? "}" : "]";
}

/** The end of the quotes that open at `start`; the end of the text where they do not, so that nothing is read twice. */
function quoteEnd(text: string, start: number): number {
  const quote = text[start];
  let at = start + 1;
  while (at < text.length && text[at] !== quote) at += quote === '"' && text[at] === "\\" ? 2 : 1;
  return at;
}
