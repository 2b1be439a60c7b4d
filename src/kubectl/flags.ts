/**
 * Command line flags as pflag reads them, for `tiphys` and `kubectl` alike: `--name value`, `--name=value`, `-n value`,
 * `-nvalue`, `-ab` for switches, `--switch=false`, `--` to end them, and arguments anywhere in between.
 *
 * ```ts
 * const flags = { namespace: text({ short: "n", usage: "Where to look" }), watch: toggle({ short: "w", usage: "…" }) };
 * const { values, args } = parseFlags(flags, ["pods", "-nkube-system", "--watch"]);
 * values.namespace; // "kube-system", typed string
 * ```
 */

export interface Flag<T> {
  /** One letter. */
  readonly short?: string;
  /** What it is for, one line; a word in backquotes names the value, as in pflag. */
  readonly usage: string;
  readonly initial: T;
  /** How help calls the value; empty for switches. */
  readonly type: string;
  /** What the flag means without a value, such as `true` for switches; absent: a value must follow. */
  readonly bare?: string;
  readonly hidden?: boolean;
  /** Still taken, with this advice. */
  readonly deprecated?: string;
  /** For shell completion. */
  readonly choices?: readonly string[];
  /** The new value after `text` was given; `first` when it replaces the initial one. Throws Error with the reason. */
  readonly read: (text: string, previous: T, first: boolean) => T;
  readonly show: (value: T) => string;
}

export type FlagSet = Readonly<Record<string, Flag<never> | Flag<any>>>;
export type Values<F extends FlagSet> = { readonly [N in keyof F]: F[N] extends Flag<infer T> ? T : never };

export interface ParsedFlags<F extends FlagSet> {
  readonly values: Values<F>;
  /** Names of the flags that were given. */
  readonly changed: ReadonlySet<string>;
  readonly args: readonly string[];
  /** How many arguments stood before `--`; -1 without one. */
  readonly dashAt: number;
}

/** The command line is not right. The message is what the user sees. */
export class FlagError extends Error {}

interface Options<T> {
  readonly short?: string;
  readonly usage: string;
  readonly default?: T;
  readonly hidden?: boolean;
  readonly deprecated?: string;
  readonly choices?: readonly string[];
  /** What the flag means without a value. */
  readonly bare?: string;
}

function flag<T>(type: string, initial: T, options: Options<T>, read: Flag<T>["read"], show: Flag<T>["show"]): Flag<T> {
  const { default: given, ...rest } = options;
  return { ...rest, type, initial: given ?? initial, read, show };
}

export const text = (options: Options<string>): Flag<string> =>
  flag(
    "string",
    "",
    options,
    (given) => given,
    (value) => value,
  );

export const toggle = (options: Options<boolean>): Flag<boolean> =>
  flag("", false, { bare: "true", ...options }, readBoolean, String);

export const int = (options: Options<number>): Flag<number> => flag("int", 0, options, readInteger, String);

export const float = (options: Options<number>): Flag<number> => flag("float", 0, options, readFloat, String);

/** Milliseconds, written as Go does: `1h30m`, `500ms`. */
export const duration = (options: Options<number>): Flag<number> =>
  flag("duration", 0, options, readDuration, durationText);

/** Counts how often it is given: `-vvv`. */
export const count = (options: Options<number>): Flag<number> =>
  flag(
    "count",
    0,
    { bare: "+1", ...options },
    (given, previous) => (given === "+1" ? previous + 1 : readInteger(given)),
    String,
  );

/** Separated by commas, or given several times. */
export const list = (options: Options<readonly string[]>): Flag<readonly string[]> =>
  flag<readonly string[]>(
    "strings",
    [],
    options,
    (given, previous, first) => [...(first ? [] : previous), ...splitCsv(given)],
    (value) => `[${value.join(",")}]`,
  );

/** Given several times; commas belong to the value. */
export const array = (options: Options<readonly string[]>): Flag<readonly string[]> =>
  flag<readonly string[]>(
    "stringArray",
    [],
    options,
    (given, previous, first) => [...(first ? [] : previous), given],
    (value) => `[${value.join(",")}]`,
  );

/** `a=b,c=d`, or given several times. */
export const map = (options: Options<Readonly<Record<string, string>>>): Flag<Readonly<Record<string, string>>> =>
  flag<Readonly<Record<string, string>>>("stringToString", {}, options, readMap, (value) => {
    return `[${Object.entries(value)
      .map((pair) => pair.join("="))
      .join(",")}]`;
  });

/** Reads `argv`. Throws {@link FlagError} in pflag's words, with the nearest name where there is one. */
export function parseFlags<F extends FlagSet>(flags: F, argv: readonly string[]): ParsedFlags<F> {
  return new Parser(flags).parse(argv) as ParsedFlags<F>;
}

class Parser {
  readonly #flags: FlagSet;
  readonly #byLetter = new Map<string, string>();
  readonly #values: Record<string, unknown> = {};
  readonly #changed = new Set<string>();
  #rest: string[] = [];

  constructor(flags: FlagSet) {
    this.#flags = flags;
    for (const [name, { short, initial }] of Object.entries(flags)) {
      this.#values[name] = initial;
      if (short) this.#byLetter.set(short, name);
    }
  }

  parse(argv: readonly string[]): ParsedFlags<FlagSet> {
    const args: string[] = [];
    let dashAt = -1;
    this.#rest = [...argv];
    for (let word = this.#rest.shift(); word !== undefined; word = this.#rest.shift()) {
      if (word === "--") {
        dashAt = args.length;
        args.push(...this.#rest);
        break;
      }
      if (word.startsWith("--")) this.#long(word.slice(2));
      else if (word.startsWith("-") && word !== "-") this.#letters(word);
      else args.push(word);
    }
    return { values: this.#values as never, changed: this.#changed, args, dashAt };
  }

  #long(word: string): void {
    const equals = word.indexOf("=");
    const name = (equals < 0 ? word : word.slice(0, equals)).replaceAll("_", "-");
    if (name === "" || name.startsWith("-")) throw new FlagError(`bad flag syntax: --${word}`);
    const flag = this.#flags[name];
    if (!flag) throw new FlagError(`unknown flag: --${name}${suggestion(name, this.#visible(), "--")}`);
    if (equals >= 0) this.#set(name, word.slice(equals + 1));
    else if (flag.bare !== undefined) this.#set(name, flag.bare);
    else this.#set(name, this.#next(`--${name}`));
  }

  #letters(word: string): void {
    for (let letters = word.slice(1); letters !== "";) {
      const letter = letters[0]!;
      const name = this.#byLetter.get(letter);
      if (name === undefined) throw new FlagError(`unknown shorthand flag: '${letter}' in ${word}`);
      const { bare } = this.#flags[name]!;
      const rest = letters.slice(1);
      if (rest.startsWith("=")) return this.#set(name, rest.slice(1));
      if (bare === undefined) return this.#set(name, rest === "" ? this.#next(`'${letter}' in ${word}`) : rest);
      this.#set(name, bare);
      letters = rest;
    }
  }

  #next(what: string): string {
    const value = this.#rest.shift();
    if (value === undefined) throw new FlagError(`flag needs an argument: ${what}`);
    return value;
  }

  #set(name: string, given: string): void {
    const flag = this.#flags[name] as Flag<unknown>;
    try {
      this.#values[name] = flag.read(given, this.#values[name], !this.#changed.has(name));
    } catch (error) {
      const shown = flag.short ? `-${flag.short}, --${name}` : `--${name}`;
      throw new FlagError(`invalid argument ${JSON.stringify(given)} for "${shown}" flag: ${(error as Error).message}`);
    }
    this.#changed.add(name);
  }

  #visible(): string[] {
    return Object.keys(this.#flags).filter((name) => !this.#flags[name]!.hidden);
  }
}

/** `; did you mean --port?`, or nothing when no name is near. */
export function suggestion(given: string, names: readonly string[], prefix = ""): string {
  const near = nearest(given, names);
  return near === undefined ? "" : `; did you mean ${prefix}${near}?`;
}

/** The name that is at most two typing errors away, or that `given` begins. */
export function nearest(given: string, names: readonly string[]): string | undefined {
  let best: string | undefined;
  let least = Math.min(2, Math.floor(given.length / 2)) + 1;
  for (const name of names) {
    const away = distance(given, name);
    if (away < least) {
      least = away;
      best = name;
    }
  }
  return best ?? (given.length >= 2 ? names.find((name) => name.startsWith(given)) : undefined);
}

/** Levenshtein's, with swapped neighbours as one error. */
function distance(a: string, b: string): number {
  let before: number[] = [];
  let row = Array.from({ length: b.length + 1 }, (_, i) => i);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const same = a[i - 1] === b[j - 1];
      let cost = Math.min(row[j]! + 1, next[j - 1]! + 1, row[j - 1]! + (same ? 0 : 1));
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) cost = Math.min(cost, before[j - 2]! + 1);
      next.push(cost);
    }
    before = row;
    row = next;
  }
  return row[b.length]!;
}

/** The flags one a line, in pflag's layout, by name. */
export function flagUsages(flags: FlagSet): string {
  const rows = Object.entries(flags)
    .filter(([, { hidden, deprecated }]) => !hidden && !deprecated)
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, flag]) => usageRow(name, flag as Flag<unknown>));
  const width = Math.max(0, ...rows.map(({ left }) => left.length));
  return rows.map(({ left, right }) => `${left.padEnd(width)}   ${right}\n`).join("");
}

function usageRow(name: string, flag: Flag<unknown>): { readonly left: string; readonly right: string } {
  const quoted = /`([^`]+)`/.exec(flag.usage);
  const type = quoted?.[1] ?? flag.type;
  const optional = flag.bare !== undefined && flag.type !== "" && flag.type !== "count" ? `[="${flag.bare}"]` : "";
  const left = `  ${flag.short ? `-${flag.short}, ` : "    "}--${name}${type ? ` ${type}` : ""}${optional}`;
  const shown = flag.show(flag.initial);
  const plain = ["", "false", "0", "0s", "[]"].includes(shown);
  const initial = plain ? "" : ` (default ${flag.type === "string" ? JSON.stringify(shown) : shown})`;
  return { left, right: flag.usage.replaceAll("`", "") + initial };
}

function readBoolean(given: string): boolean {
  if (["1", "t", "T", "TRUE", "true", "True"].includes(given)) return true;
  if (["0", "f", "F", "FALSE", "false", "False"].includes(given)) return false;
  throw new Error(`strconv.ParseBool: parsing ${JSON.stringify(given)}: invalid syntax`);
}

function readInteger(given: string): number {
  const number = /^[+-]?(0[xX][0-9a-fA-F]+|0[oO][0-7]+|0[bB][01]+|\d+)$/.test(given) ? Number(given) : Number.NaN;
  if (Number.isSafeInteger(number)) return number;
  throw new Error(`strconv.ParseInt: parsing ${JSON.stringify(given)}: invalid syntax`);
}

function readFloat(given: string): number {
  const number = given.trim() === given && given !== "" ? Number(given) : Number.NaN;
  if (!Number.isNaN(number)) return number;
  throw new Error(`strconv.ParseFloat: parsing ${JSON.stringify(given)}: invalid syntax`);
}

const UNITS: Readonly<Record<string, number>> = {
  ns: 1e-6,
  us: 1e-3,
  µs: 1e-3,
  ms: 1,
  s: 1000,
  m: 60_000,
  h: 3_600_000,
};

/** Milliseconds of Go's notation. */
export function readDuration(given: string): number {
  if (given === "0") return 0;
  const match = /^([+-]?)((?:(?:\d+\.?\d*|\.\d+)(?:ns|us|µs|ms|s|m|h))+)$/.exec(given);
  if (!match) {
    const missing = /^[+-]?\d+(\.\d+)?$/.test(given) ? "missing unit in duration" : "invalid duration";
    throw new Error(`time: ${missing} ${JSON.stringify(given)}`);
  }
  let total = 0;
  for (const [, number, unit] of match[2]!.matchAll(/(\d+\.?\d*|\.\d+)(ns|us|µs|ms|s|m|h)/g)) {
    total += Number(number) * UNITS[unit!]!;
  }
  return match[1] === "-" ? -total : total;
}

/** As Go writes a duration: `1m30s`. */
export function durationText(milliseconds: number): string {
  if (milliseconds === 0) return "0s";
  const sign = milliseconds < 0 ? "-" : "";
  const left = Math.abs(milliseconds);
  if (left < 1000) return `${sign}${left}ms`;
  const hours = Math.floor(left / 3_600_000);
  const minutes = Math.floor((left % 3_600_000) / 60_000);
  const seconds = (left % 60_000) / 1000;
  return `${sign}${hours ? `${hours}h` : ""}${hours || minutes ? `${minutes}m` : ""}${seconds}s`;
}

/** One line of CSV: quotes protect commas, two quotes are one. */
function splitCsv(given: string): string[] {
  if (given === "") return [];
  if (!given.includes('"')) return given.split(",");
  const parts: string[] = [];
  let part = "";
  let quoted = false;
  for (let i = 0; i < given.length; i++) {
    const letter = given[i]!;
    if (letter === '"' && quoted && given[i + 1] === '"') {
      part += '"';
      i++;
    } else if (letter === '"') quoted = !quoted;
    else if (letter === "," && !quoted) {
      parts.push(part);
      part = "";
    } else part += letter;
  }
  if (quoted)
    throw new Error(`parse error on line 1, column ${given.length + 1}: extraneous or missing " in quoted-field`);
  return [...parts, part];
}

function readMap(
  given: string,
  previous: Readonly<Record<string, string>>,
  first: boolean,
): Readonly<Record<string, string>> {
  const result = first ? {} : { ...previous };
  // A single pair may have commas in its value.
  const pairs = given.split("=").length === 2 ? [given] : splitCsv(given);
  for (const pair of pairs) {
    const equals = pair.indexOf("=");
    if (equals < 0) throw new Error(`${pair} must be formatted as key=value`);
    result[pair.slice(0, equals)] = pair.slice(equals + 1);
  }
  return result;
}
