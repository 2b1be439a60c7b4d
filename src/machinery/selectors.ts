/**
 * Label selectors (as query strings and as LabelSelector objects) and field selectors, compiled to matchers.
 * Parse errors are upstream's; a query's ones are answered as 400.
 */
import { ownValue } from "./json-tree.ts";
import { badRequest } from "./errors.ts";
import type { FieldError } from "./field-errors.ts";
import { errorText, invalid, Path } from "./field-errors.ts";
import { compareText, quote } from "./go-text.ts";
import { isQualifiedName, isValidLabelValue } from "./names.ts";

export type Labels = Readonly<Record<string, string>>;
export type Matcher = (labels: Labels | undefined) => boolean;

export type Operator = "in" | "notin" | "=" | "==" | "!=" | "exists" | "!" | "gt" | "lt";

export interface Requirement {
  readonly key: string;
  readonly operator: Operator;
  /** Sorted, each once. */
  readonly values: readonly string[];
}

/** As metav1.LabelSelector. */
export interface LabelSelector {
  readonly matchLabels?: Labels;
  readonly matchExpressions?: readonly LabelSelectorRequirement[];
}

export interface LabelSelectorRequirement {
  readonly key: string;
  readonly operator: string;
  readonly values?: readonly string[];
}

export const everything: Matcher = () => true;
export const nothing: Matcher = () => false;

/** A matcher that holds where all requirements do. */
export function compileLabels(requirements: readonly Requirement[]): Matcher {
  if (requirements.length === 0) return everything;
  const tests = requirements.map(compileOne);
  if (tests.length === 1) return tests[0]!;
  return (labels) => tests.every((test) => test(labels));
}

function compileOne({ key, operator, values }: Requirement): Matcher {
  const first = values[0] ?? "";
  switch (operator) {
    case "=":
    case "==":
      return (labels) => labels?.[key] === first;
    case "!=":
      return (labels) => labels?.[key] !== first;
    case "in":
      return (labels) => labels?.[key] !== undefined && values.includes(labels[key]);
    case "notin":
      return (labels) => labels?.[key] === undefined || !values.includes(labels[key]);
    case "exists":
      return (labels) => typeof labels?.[key] === "string";
    case "!":
      // Every object has something of a name such as constructor, which is no text.
      return (labels) => typeof labels?.[key] !== "string";
    case "gt":
      return (labels) => compareIntegers(ownValue(labels, key), first, (a, b) => a > b);
    case "lt":
      return (labels) => compareIntegers(ownValue(labels, key), first, (a, b) => a < b);
  }
}

const INTEGER = /^[+-]?[0-9]+$/;

function compareIntegers(label: string | undefined, bound: string, holds: (a: bigint, b: bigint) => boolean): boolean {
  return label !== undefined && INTEGER.test(label) && INTEGER.test(bound) && holds(bigOf(label), bigOf(bound));
}

function bigOf(text: string): bigint {
  return BigInt(text.startsWith("+") ? text.slice(1) : text);
}

const OBJECT_OPERATORS: Readonly<Record<string, Operator>> = {
  In: "in",
  NotIn: "notin",
  Exists: "exists",
  DoesNotExist: "!",
};

/** Requirements of a LabelSelector object. Throws a 400 for an operator that is none. */
export function requirementsOf(selector: LabelSelector): Requirement[] {
  const requirements: Requirement[] = [];
  for (const [key, value] of Object.entries(selector.matchLabels ?? {})) {
    requirements.push({ key, operator: "=", values: [value] });
  }
  for (const { key, operator, values = [] } of selector.matchExpressions ?? []) {
    const known = OBJECT_OPERATORS[operator];
    if (known === undefined) throw badRequest(`${quote(operator)} is not a valid label selector operator`);
    requirements.push({ key, operator: known, values: sorted(values) });
  }
  return requirements.toSorted((a, b) => (a.key < b.key ? -1 : a.key > b.key ? 1 : 0));
}

/** An absent selector matches nothing, an empty one everything. */
export function compileSelector(selector: LabelSelector | undefined | null): Matcher {
  return selector === undefined || selector === null ? nothing : compileLabels(requirementsOf(selector));
}

/** The query form, sorted by key, as a scale's `status.selector` shows it: `app=web,tier in (a,b),!old`. */
export function selectorText(requirements: readonly Requirement[]): string {
  return requirements.map(requirementText).join(",");
}

function requirementText({ key, operator, values }: Requirement): string {
  if (operator === "exists") return key;
  if (operator === "!") return `!${key}`;
  if (operator === "in" || operator === "notin") return `${key} ${operator} (${values.join(",")})`;
  if (operator === "gt" || operator === "lt") return `${key}${operator === "gt" ? ">" : "<"}${values[0]}`;
  return `${key}${operator}${values[0]}`;
}

function sorted(values: readonly string[]): string[] {
  return [...new Set(values)].toSorted();
}

/** Parses `app=web,tier in (a, b),!old`. Throws a 400 with upstream's text. */
export function parseLabelSelector(text: string): Requirement[] {
  return new LabelParser(text).parse();
}

type TokenKind =
  | "identifier"
  | "end"
  | "error"
  | "("
  | ")"
  | ","
  | "!"
  | "="
  | "=="
  | "!="
  | "<"
  | ">"
  | "in"
  | "notin";

interface Token {
  readonly kind: TokenKind;
  readonly text: string;
}

const SYMBOLS: ReadonlySet<string> = new Set(["(", ")", ",", "!", "=", "==", "!=", "<", ">"]);
const OPERATORS: Readonly<Record<string, Operator>> = {
  in: "in",
  notin: "notin",
  "=": "=",
  "==": "==",
  "!=": "!=",
  ">": "gt",
  "<": "lt",
};

function tokensOf(text: string): Token[] {
  const tokens: Token[] = [];
  for (const [piece] of text.matchAll(/[=!(),><]+|[^=!(),><\s]+/g)) {
    if (/^[=!(),><]/.test(piece)) tokens.push(...symbolsOf(piece));
    else tokens.push({ kind: piece === "in" || piece === "notin" ? piece : "identifier", text: piece });
  }
  return tokens;
}

/** The longest symbol at each place. */
function symbolsOf(piece: string): Token[] {
  const tokens: Token[] = [];
  for (let at = 0; at < piece.length;) {
    const two = piece.slice(at, at + 2);
    const symbol = two.length === 2 && SYMBOLS.has(two) ? two : piece[at]!;
    tokens.push({ kind: symbol as TokenKind, text: symbol });
    at += symbol.length;
  }
  return tokens;
}

const END: Token = { kind: "end", text: "" };

class LabelParser {
  readonly #tokens: readonly Token[];
  #at = 0;

  constructor(text: string) {
    this.#tokens = tokensOf(text);
  }

  parse(): Requirement[] {
    const requirements: Requirement[] = [];
    for (;;) {
      const next = this.#peek();
      if (next.kind === "end") return this.#sorted(requirements);
      if (next.kind !== "identifier" && next.kind !== "!") {
        throw badRequest(`found '${next.text}', expected: !, identifier, or 'end of string'`);
      }
      requirements.push(this.#requirement());
      const after = this.#take();
      if (after.kind === "end") return this.#sorted(requirements);
      if (after.kind !== ",") throw badRequest(`found '${after.text}', expected: ',' or 'end of string'`);
      const following = this.#peek();
      if (following.kind !== "identifier" && following.kind !== "!") {
        throw badRequest(`found '${following.text}', expected: identifier after ','`);
      }
    }
  }

  #sorted(requirements: Requirement[]): Requirement[] {
    return requirements.toSorted((a, b) => (a.key < b.key ? -1 : a.key > b.key ? 1 : 0));
  }

  #requirement(): Requirement {
    let token = this.#take();
    const absent = token.kind === "!";
    if (absent) token = this.#take();
    if (token.kind !== "identifier") this.#fail(`found '${token.text}', expected: identifier`);
    const key = token.text;
    const keyErrors = isQualifiedName(key);
    if (keyErrors.length > 0) this.#fail(errorText(invalid(undefined, key, keyErrors.join("; "))));
    const next = this.#peek().kind;
    if (absent) return { key, operator: "!", values: [] };
    if (next === "end" || next === ",") return { key, operator: "exists", values: [] };
    const operator = this.#operator();
    const list = operator === "in" || operator === "notin";
    const values = sorted(list ? this.#list() : [this.#exact()]);
    this.#check({ key, operator, values });
    return { key, operator, values };
  }

  #operator(): Operator {
    const token = this.#tokens[this.#at++] ?? END;
    const operator = OPERATORS[token.kind];
    if (operator === undefined) this.#fail(`found '${token.text}', expected: in, notin, =, ==, !=, gt, lt`);
    return operator!;
  }

  #exact(): string {
    const next = this.#peek().kind;
    if (next === "end" || next === ",") return "";
    const token = this.#take();
    if (token.kind !== "identifier") this.#fail(`found '${token.text}', expected: identifier`);
    return token.text;
  }

  #list(): string[] {
    const open = this.#take();
    if (open.kind !== "(") this.#fail(`found '${open.text}' expected: '('`);
    const first = this.#peek();
    if (first.kind === ")") {
      this.#take();
      return [];
    }
    if (first.kind !== "identifier" && first.kind !== ",") {
      this.#fail(`found '${first.text}', expected: ',', ')' or identifier`);
    }
    const values = this.#identifiers();
    if (this.#take().kind !== ")") this.#fail(`found '${first.text}', expected: ')'`);
    return values;
  }

  #identifiers(): string[] {
    const values: string[] = [];
    for (;;) {
      const token = this.#take();
      if (token.kind === "identifier") {
        values.push(token.text);
        const next = this.#peek();
        if (next.kind === ")") return values;
        if (next.kind !== ",") this.#fail(`found '${next.text}', expected: ',' or ')'`);
      } else if (token.kind === ",") {
        if (values.length === 0) values.push("");
        const next = this.#peek().kind;
        if (next === ")") return [...values, ""];
        if (next === ",") {
          this.#take();
          values.push("");
        }
      } else {
        this.#fail(`found '${token.text}', expected: ',', or identifier`);
      }
    }
  }

  #check({ key, operator, values }: Requirement): void {
    const errors: FieldError[] = [];
    const at = new Path(undefined, "values", false);
    if ((operator === "in" || operator === "notin") && values.length === 0) {
      errors.push(invalid(at, values, "for 'in', 'notin' operators, values set can't be empty"));
    }
    if ((operator === "gt" || operator === "lt") && !INTEGER.test(values[0]!)) {
      errors.push(invalid(at.index(0), values[0], "for 'Gt', 'Lt' operators, the value must be an integer"));
    }
    values.forEach((value, index) => {
      const texts = isValidLabelValue(value);
      if (texts.length > 0) errors.push(invalid(at.index(index).key(key), value, texts.join("; ")));
    });
    if (errors.length === 0) return;
    const texts = [...new Set(errors.map(errorText))];
    this.#fail(texts.length === 1 ? texts[0]! : `[${texts.join(", ")}]`);
  }

  /** Where a value may stand, `in` and `notin` are plain words. */
  #peek(): Token {
    const token = this.#tokens[this.#at] ?? END;
    return token.kind === "in" || token.kind === "notin" ? { kind: "identifier", text: token.text } : token;
  }

  #take(): Token {
    const token = this.#peek();
    this.#at++;
    return token;
  }

  #fail(why: string): never {
    throw badRequest(`unable to parse requirement: ${why}`);
  }
}

/** As Go prints one that an object has: `&LabelSelector{MatchLabels:map[string]string{app: web,},…}`. */
export function goSelectorText({ matchLabels = {}, matchExpressions = [] }: LabelSelector): string {
  const labels = Object.entries(matchLabels)
    .toSorted(([a], [b]) => compareText(a, b))
    .map(([key, value]) => `${key}: ${value},`);
  const requirements = matchExpressions.map(
    ({ key, operator, values = [] }) =>
      `LabelSelectorRequirement{Key:${key},Operator:${operator},Values:[${values.join(" ")}],},`,
  );
  return `&LabelSelector{MatchLabels:map[string]string{${labels.join("")}},MatchExpressions:[]LabelSelectorRequirement{${requirements.join("")}},}`;
}
