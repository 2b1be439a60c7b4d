import { byteLength } from "../go-text.ts";
import type { CelType } from "./types.ts";

/** What is wrong with an expression, as cel-go prints it: place, text, the line and a caret. */
export interface Issue {
  /** Where it begins, or {@link NOWHERE}. */
  readonly at: number;
  readonly text: string;
}

/** The place of what is wrong with the expression as a whole. */
export const NOWHERE = -1;

/** Issues of one expression that are told. */
const MOST_SHOWN = 100;
/**
 * So many characters of them come with the lines that they are about. Each of a hundred issues may show a line of sixteen
 * thousand, and an object has hundreds of expressions, which together would be longer than a text can be.
 */
const MOST_QUOTED = 65_536;

/** The expression cannot be compiled. `message` has all issues in upstream's words. */
export class CompileError extends Error {
  readonly issues: readonly Issue[];

  constructor(source: string, issues: readonly Issue[]) {
    const sorted = issues.toSorted((a, b) => a.at - b.at);
    let left = MOST_QUOTED;
    const texts = sorted.slice(0, MOST_SHOWN).map((issue) => {
      const text = issueText(source, issue, left > 0);
      left -= text.length;
      return text;
    });
    if (sorted.length > MOST_SHOWN) texts.push(`${sorted.length - MOST_SHOWN} more errors were truncated`);
    super(texts.join("\n"));
    this.issues = sorted;
  }

  /** All that went wrong, and when. */
  get reason(): string {
    return `compilation failed: ${this.message}`;
  }
}

/** The expression is right by its types, but something literal in it cannot be made: a pattern, or `int('x')`. */
export class InstantiationError extends CompileError {
  /** Of the expression. */
  readonly type: CelType;

  constructor(cause: Error, type: CelType) {
    super("", []);
    this.message = cause.message;
    this.type = type;
  }

  override get reason(): string {
    return `program instantiation failed: ${this.message}`;
  }
}

/** Bytes of a line that is shown. */
const LONGEST_LINE = 16_384;

/** Characters that are not ASCII are underlined by wide ones. */
const isWide = (character: string): boolean => character > "\x7f";

/** Worked example: `ERROR: <input>:1:1: undeclared reference to 'x' (in container '')` over the line and `^`. */
function issueText(source: string, { at, text }: Issue, quotes: boolean): string {
  if (at === NOWHERE) return `ERROR: <input>:-1:0: ${text}`;
  const before = source.slice(0, at);
  const line = before.split("\n").length;
  const ahead = Array.from(before.slice(before.lastIndexOf("\n") + 1));
  const place = `ERROR: <input>:${line}:${ahead.length + 1}: ${text}`;
  if (!quotes) return place;
  const shown = (source.split("\n")[line - 1] ?? "").replaceAll("\t", " ");
  if (byteLength(shown) > LONGEST_LINE) return place;
  const dots = ahead.map((character) => (isWide(character) ? "\uff0e" : ".")).join("");
  const under = isWide(Array.from(shown)[ahead.length] ?? "") ? "\uff3e" : "^";
  return `${place}\n | ${shown}\n | ${dots}${under}`;
}
