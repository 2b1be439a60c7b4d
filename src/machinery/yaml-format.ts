/**
 * YAML as `kubectl -o yaml` prints it: keys sorted, lists not indented under their key, text over several lines
 * as a literal block, words that would read as something else in double quotes, long lines folded at blanks.
 */
import { compareText, goJson } from "./go-text.ts";
import { resolvesToOther } from "./yaml-words.ts";

/** The emitter breaks a line at the first blank beyond this column. */
const WIDTH = 80;

/** One document, ending in a line feed. Members that are undefined are left out. */
export function formatYaml(value: unknown): string {
  if (isCollection(value)) return isEmptyCollection(value) ? `${emptyText(value)}\n` : block(value, 0);
  return `${scalar(value, 0, 0)}\n`;
}

/** Several documents, `---` between them. */
export function formatYamlDocuments(values: readonly unknown[]): string {
  return values.map(formatYaml).join("---\n");
}

type Collection = readonly unknown[] | Readonly<Record<string, unknown>>;

function isCollection(value: unknown): value is Collection {
  return typeof value === "object" && value !== null;
}

function isEmptyCollection(value: Collection): boolean {
  return Array.isArray(value) ? value.length === 0 : Object.values(value).every((item) => item === undefined);
}

function emptyText(value: Collection): string {
  return Array.isArray(value) ? "[]" : "{}";
}

function block(value: Collection, indent: number): string {
  return Array.isArray(value) ? items(value, indent) : fields(value as Readonly<Record<string, unknown>>, indent);
}

function fields(value: Readonly<Record<string, unknown>>, indent: number): string {
  const pad = " ".repeat(indent);
  let text = "";
  for (const name of Object.keys(value).toSorted(compareKeys)) {
    const item = value[name];
    if (item === undefined) continue;
    const key = `${pad}${keyText(name)}:`;
    if (!isCollection(item)) text += `${key} ${scalar(item, indent, key.length + 1)}\n`;
    else if (isEmptyCollection(item)) text += `${key} ${emptyText(item)}\n`;
    else text += `${key}\n${block(item, Array.isArray(item) ? indent : indent + 2)}`;
  }
  return text;
}

function items(list: readonly unknown[], indent: number): string {
  const pad = " ".repeat(indent);
  let text = "";
  for (const item of list) {
    if (!isCollection(item)) text += `${pad}- ${scalar(item ?? null, indent, indent + 2)}\n`;
    else if (isEmptyCollection(item)) text += `${pad}- ${emptyText(item)}\n`;
    else text += `${pad}- ${block(item, indent + 2).slice(indent + 2)}`;
  }
  return text;
}

/** Runs of digits by number, letters before other signs: Go-YAML's order of keys. */
function compareKeys(a: string, b: string): number {
  const left = [...a];
  const right = [...b];
  for (let i = 0; i < left.length && i < right.length; i++) {
    const x = left[i]!;
    const y = right[i]!;
    if (x === y) continue;
    const xLetter = /\p{L}/u.test(x);
    const yLetter = /\p{L}/u.test(y);
    if (xLetter && yLetter) return compareText(x, y);
    if (xLetter !== yLetter) return xLetter ? 1 : -1;
    const digits = /^[0-9]+/;
    const m = digits.exec(a.slice(i))?.[0];
    const n = digits.exec(b.slice(i))?.[0];
    if (m !== undefined && n !== undefined && Number(m) !== Number(n)) return Number(m) - Number(n);
    return compareText(x, y);
  }
  return left.length - right.length;
}

function keyText(name: string): string {
  const style = styleOf(name);
  if (style === "plain") return name;
  return style === "single" ? `'${name.replaceAll("'", "''")}'` : doubled(name);
}

function scalar(value: unknown, indent: number, column: number): string {
  if (typeof value !== "string") return typeof value === "number" ? numberText(value) : String(value);
  if (value.includes("\n") && isLiteral(value)) return literal(value, indent + 2);
  const style = styleOf(value);
  if (style === "plain") return folded(value, indent + 2, column);
  if (style === "single") return `'${folded(value.replaceAll("'", "''"), indent + 2, column + 1)}'`;
  return doubled(value);
}

function numberText(value: number): string {
  return Number.isInteger(value) && Math.abs(value) < 1e21
    ? String(value)
    : String(value).replace(/e([+-])(\d)$/, "e$10$2");
}

type Style = "plain" | "single" | "double";

function styleOf(text: string): Style {
  if (/[^\t\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufefe\uff00-\ufffd\u{10000}-\u{10ffff}]/u.test(text) || text.includes("\n"))
    return "double";
  if (resolvesToOther(text) || /^[-+]?[0-9][0-9_]*(?::[0-5]?[0-9])+(?:\.[0-9_]*)?$/.test(text)) return "double";
  if (/^\d{4}-\d{1,2}-\d{1,2}(?:$|[Tt\s])/.test(text)) return "double";
  if (/^[\s]|[\s]$|^[,[\]{}#&*!|>'"%@`]|^[-?:](?:\s|$)|^(?:---|\.\.\.)|:(?:\s|$)|\s#/.test(text)) return "single";
  return text.includes("\t") ? "double" : "plain";
}

/** A literal block keeps text as it is; leading blanks or signs it cannot show need quotes. */
function isLiteral(text: string): boolean {
  return (
    !/[^\t\n\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufefe\uff00-\ufffd\u{10000}-\u{10ffff}]/u.test(text) &&
    !/ \n|^\n*$/.test(text)
  );
}

function literal(text: string, indent: number): string {
  const pad = " ".repeat(indent);
  const hint = /^[ \n]/.test(text) ? "2" : "";
  const chomp = text.endsWith("\n") ? (text.endsWith("\n\n") ? "+" : "") : "-";
  const body = chomp === "-" ? text : text.slice(0, -1);
  const lines = body.split("\n").map((line) => (line === "" ? "" : pad + line));
  return `|${hint}${chomp}\n${lines.join("\n")}`;
}

function doubled(text: string): string {
  return goJson(text).replaceAll("\\u003c", "<").replaceAll("\\u003e", ">").replaceAll("\\u0026", "&");
}

/** Breaks at single blanks beyond the width. */
function folded(text: string, indent: number, start: number): string {
  if (start + text.length <= WIDTH || !text.includes(" ")) return text;
  const pad = `\n${" ".repeat(indent)}`;
  let result = "";
  let column = start;
  for (let i = 0; i < text.length; i++) {
    const inner = i > 0 && i < text.length - 1;
    if (text[i] === " " && inner && column > WIDTH && text[i - 1] !== " " && text[i + 1] !== " ") {
      result += pad;
      column = indent;
    } else {
      result += text[i];
      column++;
    }
  }
  return result;
}
