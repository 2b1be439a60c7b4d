import type { CelType } from "./types.ts";

/** What is wrong with an expression, as cel-go prints it: place, text, the line and a caret. */
export interface Issue {
  /** Where it begins, or {@link NOWHERE}. */
  readonly at: number;
  readonly text: string;
}

/** The place of what is wrong with the expression as a whole. */
export const NOWHERE = -1;

/** The expression cannot be compiled. `message` has all issues in upstream's words. */
export class CompileError extends Error {
  readonly issues: readonly Issue[];

  constructor(source: string, issues: readonly Issue[]) {
    const sorted = issues.toSorted((a, b) => a.at - b.at);
    super(sorted.map((issue) => issueText(source, issue)).join("\n"));
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

/** Worked example: `ERROR: <input>:1:1: undeclared reference to 'x' (in container '')` over the line and `^`. */
function issueText(source: string, { at, text }: Issue): string {
  if (at === NOWHERE) return `ERROR: <input>:-1:0: ${text}`;
  const before = source.slice(0, at);
  const line = before.split("\n").length;
  const column = at - (before.lastIndexOf("\n") + 1);
  const shown = source.split("\n")[line - 1] ?? "";
  return `ERROR: <input>:${line}:${column + 1}: ${text}\n | ${shown}\n | ${".".repeat(column)}^`;
}
