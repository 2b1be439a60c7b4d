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
import { yamlSyntaxError } from "./yaml-syntax.ts";
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
  const value = reading(whole, () => (isBlank(text) ? null : load(text, { schema: schemaFor(seen) })));
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
    if (error instanceof YAMLException) {
      throw new YamlError(`yaml: ${yamlSyntaxError(text) ?? goMessage(error)}`, { cause: error });
    }
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

/** What Go-YAML's reader finds nothing wrong with is told as the parser puts it. */
function goMessage({ reason, mark }: YAMLException): string {
  const where = mark !== undefined && mark.line > 0 ? `line ${mark.line + 1}: ` : "";
  return where + reason;
}
