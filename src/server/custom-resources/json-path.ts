/**
 * The JSONPath that printer columns and selectable fields use, as client-go reads it: `.spec.size`, `.list[0]`, `[-1]`,
 * `[0:2]`, `[*]`, `[0,2]`, `.metadata.labels['a\.b']`, `..name`, `.status.conditions[?(@.type=="Ready")].status`. A path is
 * read once and gives a reader. A backslash keeps a dot from ending a name, in brackets too.
 */
import { exactInteger } from "../../machinery/exact-json.ts";

type Values = readonly unknown[];
type Step = (values: Values) => Values;

/** A path that cannot be read, or that does not fit a value. */
class PathError extends Error {}

/** All values at `path`; nothing where it does not fit the object. Undefined where the path cannot be read. */
export function jsonPath(path: string): ((object: unknown) => Values) | undefined {
  let steps: readonly Step[];
  try {
    steps = new Reader(path).steps();
  } catch (error) {
    return unreadable(error, undefined);
  }
  return (object) => {
    try {
      return walk([object], steps);
    } catch (error) {
      return unreadable(error, []);
    }
  };
}

function unreadable<T>(error: unknown, otherwise: T): T {
  if (error instanceof PathError) return otherwise;
  throw error;
}

const walk = (values: Values, steps: readonly Step[]): Values => steps.reduce((now, step) => step(now), values);

/** A path such as `...*...*` meets a value once for each way to it, and there may be any number of those. */
const MOST_VALUES = 100_000;

function each<T>(values: readonly T[], found: (value: T) => Values): Values {
  const out: unknown[] = [];
  for (const value of values) {
    for (const part of found(value)) out.push(part);
    if (out.length > MOST_VALUES) throw new PathError("too many values");
  }
  return out;
}

const NAME_ENDS = new Set([" ", "\t", "\r", "\n", ".", ",", "[", "]", "$", "@", "{", "}"]);
const NUMBER = /[+-]?[\d.]*/y;
const SLICE = /^(-?\d*)(?::(-?\d*))?(?::(-?\d*))?$/;
const COMPARISON = /^([^!<>=]+)([!<>=]+)(.+)$/;

class Reader {
  private readonly text: string;
  private at = 0;
  private afterDescent = false;

  constructor(text: string) {
    this.text = text;
  }

  steps(): readonly Step[] {
    const steps: Step[] = [];
    while (this.at < this.text.length && this.text[this.at] !== "}") {
      const read = this.step();
      if (read !== undefined) steps.push(...read);
    }
    return steps;
  }

  private step(): readonly Step[] | undefined {
    const { text, at } = this;
    const descended = this.afterDescent;
    this.afterDescent = false;
    if (text.startsWith("[?(", at)) return [this.filter()];
    if (text.startsWith("..", at)) {
      if (descended) throw new PathError("invalid multiple recursive descent");
      return this.descent();
    }
    const first = text[at]!;
    this.at += 1;
    if (first === " " || first === "@" || first === "$") {
      this.afterDescent = descended;
      return undefined;
    }
    if (first === "[") return this.brackets();
    if (first === '"' || first === "'") return [constant(this.quoted(first))];
    if (first === ".") return [this.field()];
    this.at = at;
    if (/[-+\d]/.test(first)) return [constant(this.number())];
    if (/[\p{L}_]/u.test(first)) return [this.word()];
    throw new PathError(`unrecognized character in action: ${first}`);
  }

  private descent(): readonly Step[] {
    this.at += 2;
    if (/[\p{L}\p{Nd}_]/u.test(this.text[this.at] ?? "")) return [descend, this.field()];
    this.afterDescent = true;
    return [descend];
  }

  private field(): Step {
    let name = "";
    for (; this.at < this.text.length && !NAME_ENDS.has(this.text[this.at]!); this.at += 1) {
      if (this.text[this.at] === "\\") this.at += 1;
      name += this.text[this.at] ?? "";
    }
    return name === "*" ? wildcard : member(name.replaceAll("\\", ""));
  }

  private number(): number | bigint {
    NUMBER.lastIndex = this.at;
    const text = NUMBER.exec(this.text)![0];
    this.at += text.length;
    const number = Number(text);
    if (Number.isNaN(number) || !/\d/.test(text)) throw new PathError(`cannot parse number ${text}`);
    return exactInteger(number, text);
  }

  private word(): Step {
    const start = this.at;
    while (this.at < this.text.length && !NAME_ENDS.has(this.text[this.at]!)) this.at += 1;
    const word = this.text.slice(start, this.at);
    if (word === "true" || word === "false") return constant(word === "true");
    return () => {
      throw new PathError(`unrecognized identifier ${word}`);
    };
  }

  private quoted(quote: string): string {
    const start = this.at;
    for (; this.text[this.at] !== quote || this.text[this.at - 1] === "\\"; this.at += 1) {
      if (this.at >= this.text.length) throw new PathError("unterminated quoted string");
    }
    this.at += 1;
    return unescaped(this.text.slice(start, this.at - 1));
  }

  private brackets(): readonly Step[] {
    const end = this.text.indexOf("]", this.at);
    if (end < 0) throw new PathError("unterminated array");
    const inner = this.text.slice(this.at, end);
    this.at = end + 1;
    return bracketSteps(inner === "*" ? ":" : inner);
  }

  private filter(): Step {
    const start = this.at + 3;
    const end = filterEnd(this.text, start);
    if (this.text[end + 1] !== "]") throw new PathError("unclosed array expect ]");
    this.at = end + 2;
    const condition = this.text.slice(start, end);
    const [, left, operator, right] = COMPARISON.exec(condition) ?? [];
    if (left === undefined) return kept(exists(new Reader(condition).steps()));
    return kept(compared(new Reader(left).steps(), operator!, new Reader(right!).steps()));
  }
}

/** Where the parenthesis closes that no quotes are around. */
function filterEnd(text: string, start: number): number {
  let quote: string | undefined;
  let closed = true;
  for (let at = start; at < text.length; at += 1) {
    const letter = text[at]!;
    if (letter === ")" && closed) return at;
    if (letter !== '"' && letter !== "'") continue;
    if (quote === undefined) {
      quote = letter;
      closed = false;
    } else if (letter === quote && text[at - 1] !== "\\") closed = true;
  }
  throw new PathError("unterminated filter");
}

const ESCAPES: Readonly<Record<string, string>> = { n: "\n", t: "\t", r: "\r", "\\": "\\", "'": "'", '"': '"' };

function unescaped(text: string): string {
  return text.replace(/\\(u[\da-fA-F]{4}|.?)/g, (_, escape: string) => {
    const letter = escape.length > 1 ? String.fromCharCode(parseInt(escape.slice(1), 16)) : ESCAPES[escape];
    if (letter === undefined) throw new PathError(`unquote string ${text}`);
    return letter;
  });
}

function bracketSteps(inner: string): readonly Step[] {
  const parts = inner.split(",");
  if (parts.length > 1) {
    const all = parts.map((part) => new Reader(`[${part.trim()}]`).steps());
    return [(values) => each(all, (steps) => walk(values, steps))];
  }
  const key = /^'([^']*)'$/.exec(inner)?.[1];
  if (key !== undefined) return new Reader(`.${key}`).steps();
  const slice = SLICE.exec(inner);
  if (slice === null) throw new PathError(`invalid array index ${inner}`);
  const [start, end, step] = slice
    .slice(1)
    .map((text) => (text === undefined || text === "" ? undefined : Number(text)));
  if ([start, end, step].some(Number.isNaN)) throw new PathError(`array index ${inner} is not a number`);
  return [(values) => sliced(values, { start, end, step, single: !inner.includes(":") })];
}

interface Slice {
  readonly start: number | undefined;
  readonly end: number | undefined;
  readonly step: number | undefined;
  /** One item, and not all from there. */
  readonly single: boolean;
}

function sliced(values: Values, { start = 0, end, step = 1, single }: Slice): Values {
  const out: unknown[] = [];
  for (const list of values) {
    if (list === null || list === undefined) continue;
    if (!Array.isArray(list)) throw new PathError("not array or slice");
    const { length } = list;
    const first = start < 0 ? start + length : start;
    const last = single ? first + 1 : end === undefined ? length : end < 0 ? end + length : end;
    if (first === last) return out;
    const outside = first < 0 || first >= length || last < 0 || last > length;
    if (outside || first > last || step <= 0) throw new PathError("array index out of bounds");
    for (let index = first; index < last; index += step) out.push(list[index]);
  }
  return out;
}

const constant =
  (value: unknown): Step =>
  () => [value];

const isMap = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

const member =
  (name: string): Step =>
  (values) =>
    values.flatMap((value) => (isMap(value) && Object.hasOwn(value, name) ? [value[name]] : []));

const partsOf = (value: unknown): readonly unknown[] =>
  typeof value === "object" && value !== null ? Object.values(value) : [];

const wildcard: Step = (values) => each(values, partsOf);

/** Everything that has parts, from the outside in. */
const descend: Step = (values) =>
  each(values, (value) => {
    if (typeof value === "string" && value !== "") return [value];
    const parts = partsOf(value);
    return parts.length === 0 ? [] : [value, ...descend(parts)];
  });

type Condition = (item: unknown) => boolean;

const kept =
  (holds: Condition): Step =>
  (values) =>
    values.flatMap((value) => {
      if (!Array.isArray(value)) throw new PathError("not array or slice and cannot be filtered");
      return value.filter(holds);
    });

const exists =
  (steps: readonly Step[]): Condition =>
  (item) => {
    try {
      return walk([item], steps).length > 0;
    } catch (error) {
      return unreadable(error, false);
    }
  };

const OPERATORS: Readonly<Record<string, (order: number) => boolean>> = {
  "==": (order) => order === 0,
  "!=": (order) => order !== 0,
  "<": (order) => order < 0,
  "<=": (order) => order <= 0,
  ">": (order) => order > 0,
  ">=": (order) => order >= 0,
};

const compared =
  (left: readonly Step[], operator: string, right: readonly Step[]): Condition =>
  (item) => {
    const [here, there] = [walk([item], left), walk([item], right)];
    if (here.length > 1 || there.length > 1) throw new PathError("can only compare one element at a time");
    if (here.length === 0 || there.length === 0) return false;
    const holds = OPERATORS[operator];
    if (holds === undefined) throw new PathError(`unrecognized filter operator ${operator}`);
    return holds(orderOf(here[0], there[0], operator));
  };

function orderOf(left: unknown, right: unknown, operator: string): number {
  const kind = kindOf(left);
  const basic = kind !== "other" && (kind !== "boolean" || /^[!=]=$/.test(operator));
  if (!basic || kind !== kindOf(right)) throw new PathError("incompatible types for comparison");
  if (left === right) return 0;
  return (left as string) < (right as string) ? -1 : 1;
}

function kindOf(value: unknown): "string" | "boolean" | "integer" | "float" | "other" {
  if (typeof value === "bigint") return "integer";
  if (typeof value === "number") return Number.isInteger(value) ? "integer" : "float";
  if (typeof value === "boolean") return "boolean";
  return typeof value === "string" ? "string" : "other";
}
