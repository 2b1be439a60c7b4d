/**
 * `'%s costs %.2f'.format([a, b])`: what each clause takes, and how it writes it. Doubles are written as in English, with
 * a comma between thousands.
 */
import { compareText, quote } from "../../go-text.ts";
import {
  CelError,
  Duration,
  Timestamp,
  TypeValue,
  Uint,
  durationText,
  isList,
  isMap,
  timestampText,
  typeNameOf,
} from "../values.ts";
import type { CelList, CelMap } from "../values.ts";

interface Clause {
  /** The types that it takes. */
  readonly takes: ReadonlySet<string>;
  /** What it says of others. */
  readonly refusal: string;
  write(value: unknown, precision: number): string;
}

const INTEGERS = ["int", "uint"];
const DOUBLES: Pick<Clause, "takes"> = { takes: new Set(["double", "string"]) };
const DEFAULT_PRECISION = 6;

const integer = (value: unknown): bigint => (value instanceof Uint ? value.value : (value as bigint));

const hexadecimal: Clause = {
  takes: new Set([...INTEGERS, "string", "bytes"]),
  refusal: "only integers, byte buffers, and strings can be formatted as hex",
  write(value) {
    const bytes = typeof value === "string" ? new TextEncoder().encode(value) : value;
    if (!(bytes instanceof Uint8Array)) return integer(value).toString(16);
    return [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  },
};

export const CLAUSES: Readonly<Record<string, Clause>> = {
  s: {
    takes: new Set("list,map,int,uint,double,bool,string,timestamp,bytes,duration,type,null".split(",")),
    refusal:
      "string clause can only be used on strings, bools, bytes, ints, doubles, maps, lists, types, durations, and timestamps",
    write: textOf,
  },
  d: {
    takes: new Set(INTEGERS),
    refusal: "decimal clause can only be used on integers",
    write: (value) => String(integer(value)),
  },
  f: {
    ...DOUBLES,
    refusal: "fixed-point clause can only be used on doubles",
    write: (value, precision) =>
      localized(value, (double) => double.toFixed(precision).replace(/\B(?=(\d{3})+(?!\d))(?<!\.\d*)/g, ",")),
  },
  e: {
    ...DOUBLES,
    refusal: "scientific clause can only be used on doubles",
    write: (value, precision) => localized(value, (double) => scientific(double, precision)),
  },
  b: {
    takes: new Set([...INTEGERS, "bool"]),
    refusal: "only integers and bools can be formatted as binary",
    write: (value) => (typeof value === "boolean" ? String(Number(value)) : integer(value).toString(2)),
  },
  o: {
    takes: new Set(INTEGERS),
    refusal: "octal clause can only be used on integers",
    write: (value) => integer(value).toString(8),
  },
  x: hexadecimal,
  X: { ...hexadecimal, write: (value, precision) => hexadecimal.write(value, precision).toUpperCase() },
};

const NUMBERS: Readonly<Record<string, number>> = { NaN: Number.NaN, Infinity, "-Infinity": -Infinity };

/** Some texts stand for doubles that cannot be written otherwise. */
function localized(value: unknown, write: (double: number) => string): string {
  const double = typeof value === "string" ? NUMBERS[value] : (value as number);
  if (double === undefined) throw new CelError(`error during formatting: ${CLAUSES["f"]!.refusal}, was given string`);
  if (Number.isNaN(double)) return "NaN";
  return Number.isFinite(double) ? write(double) : double < 0 ? "-∞" : "∞";
}

const RAISED = "⁰¹²³⁴⁵⁶⁷⁸⁹";

/** `3.140000×10⁰⁰` */
function scientific(value: number, precision: number): string {
  const [digits, exponent = ""] = value.toExponential(precision).split("e");
  const raised = exponent
    .slice(1)
    .padStart(2, "0")
    .replace(/\d/g, (digit) => RAISED[Number(digit)]!);
  return `${digits}×10${exponent.startsWith("-") ? "⁻" : ""}${raised}`;
}

/** As Go's %g: in digits where there are not more than six before the point. */
export function doubleText(value: number): string {
  if (!Number.isFinite(value)) return Number.isNaN(value) ? "NaN" : value > 0 ? "+Inf" : "-Inf";
  if (Object.is(value, -0)) return "-0";
  const size = Math.abs(value);
  if (size !== 0 && (size < 1e-4 || size >= 1e6)) {
    const [digits, exponent] = value.toExponential().split("e") as [string, string];
    return `${digits}e${exponent[0]}${exponent.slice(1).padStart(2, "0")}`;
  }
  return String(value);
}

/** A value as `%s` writes it. */
export function textOf(value: unknown): string {
  if (typeof value === "string") return value;
  if (typeof value === "number") return doubleText(value);
  if (value instanceof Uint) return String(value.value);
  if (value instanceof Uint8Array) return new TextDecoder().decode(value);
  if (value instanceof Duration) return durationText(value);
  if (value instanceof Timestamp) return timestampText(value);
  if (value instanceof TypeValue) return value.name;
  if (isList(value)) return listText(value);
  return isMap(value) ? mapText(value) : String(value);
}

/** A value inside of another, as a literal. */
function literalText(value: unknown): string {
  if (typeof value === "string") return quote(value);
  if (typeof value === "number")
    return Number.isFinite(value) ? value.toFixed(DEFAULT_PRECISION) : quote(textOf(value));
  if (value instanceof Uint8Array) return `b${quote(textOf(value))}`;
  if (value instanceof Timestamp) return `timestamp(${quote(textOf(value))})`;
  if (value instanceof Duration) return `duration(${quote(textOf(value))})`;
  const type = typeNameOf(value);
  if (!CLAUSES["s"]!.takes.has(type)) throw new CelError(`error during formatting: no formatting function for ${type}`);
  return textOf(value);
}

const listText = (list: CelList): string => `[${[...list].map(literalText).join(", ")}]`;

const KEYS: ReadonlySet<string> = new Set(["string", "bool", "int", "uint"]);

function mapText(map: CelMap): string {
  const entries = [...map.keys()].map((key): [string, string] => {
    const type = typeNameOf(key);
    if (!KEYS.has(type)) {
      throw new CelError(`error during formatting: no formatting function for map key of type ${type}`);
    }
    return [literalText(key), literalText(map.get(key))];
  });
  return `{${entries
    .toSorted(([a], [b]) => compareText(a, b))
    .map(([key, text]) => `${key}:${text}`)
    .join(", ")}}`;
}

const parsing = (why: string): CelError => new CelError(`could not parse formatting clause: ${why}`);

/** `given`: how many there are for the clauses. `write` is called for each clause in turn. Gives how many were asked for. */
export function readFormat(
  template: string,
  given: number,
  write: (text: string) => void,
  fill: (index: number, clause: Clause, precision: number) => void,
): number {
  let next = 0;
  let at = 0;
  for (const { index, 0: sign } of template.matchAll(/%%|%/g)) {
    if (index < at) continue;
    write(template.slice(at, index));
    at = index + sign.length;
    if (sign === "%%") {
      write("%");
      continue;
    }
    if (at >= template.length) throw new CelError("unexpected end of string");
    if (next >= given) throw new CelError(`index ${next} out of range`);
    const [dotted = "", digits] = /^\.(\d*)/.exec(template.slice(at)) ?? [];
    at += dotted.length;
    if (digits !== undefined && at >= template.length) {
      throw parsing("error while parsing precision: could not find end of precision specifier");
    }
    if (digits === "") {
      const why = 'strconv.Atoi: parsing "": invalid syntax';
      throw parsing(`error while parsing precision: error while converting precision to integer: ${why}`);
    }
    const verb = template[at++]!;
    const clause = Object.hasOwn(CLAUSES, verb) ? CLAUSES[verb] : undefined;
    if (clause === undefined) throw parsing(`unrecognized formatting clause "${verb}"`);
    fill(next++, clause, digits === undefined ? DEFAULT_PRECISION : Number(digits));
  }
  write(template.slice(at));
  return next;
}

/** What a clause says of a value of a type that it does not take. */
export const refusalOf = ({ refusal }: Clause, type: string): string =>
  `error during formatting: ${refusal}, was given ${type}`;

export function formatString(template: string, args: CelList): string {
  let result = "";
  readFormat(
    template,
    args.size,
    (text) => (result += text),
    (index, clause, precision) => {
      const value = args.at(index);
      const type = typeNameOf(value);
      if (!clause.takes.has(type)) throw new CelError(refusalOf(clause, typeTitle(type)));
      result += clause.write(value, precision);
    },
  );
  return result;
}

const TITLES: Readonly<Record<string, string>> = {
  null: "null_type",
  timestamp: "google.protobuf.Timestamp",
  duration: "google.protobuf.Duration",
};

/** A type's name as it is printed. */
export const typeTitle = (name: string): string => TITLES[name] ?? name;
