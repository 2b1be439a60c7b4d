/** Goes through the tokens of an expression, and says what was found where something else was wanted. */
import { CompileError } from "./issue.ts";
import type { Issue } from "./issue.ts";
import { tokens } from "./lexer.ts";
import type { Token } from "./lexer.ts";

export const END = "<EOF>";
/** Upstream stops reading at the next one. */
const MOST_UNREADABLE = 100;

export class TokenReader {
  readonly #source: string;
  readonly #tokens: readonly Token[];
  readonly #issues: Issue[] = [];
  #next = 0;

  constructor(source: string) {
    this.#source = source;
    this.#tokens = tokens(source, (issue) => this.#unreadable(issue));
  }

  /** Without an end to it each of many quotes that nothing closes would be followed to the end of the expression. */
  #unreadable(issue: Issue): void {
    if (this.#issues.length < MOST_UNREADABLE) return this.note(issue.at, issue.text);
    throw this.fail(issue.at, `Syntax error: More than ${MOST_UNREADABLE} syntax errors`);
  }

  get peek(): Token {
    return this.#tokens[this.#next]!;
  }

  get behind(): Token | undefined {
    return this.#tokens[this.#next + 1];
  }

  take(): Token {
    return this.#tokens[this.#next++]!;
  }

  accept(type: string): Token | undefined {
    return this.peek.type === type ? this.take() : undefined;
  }

  /** `others`: what else could stand here. */
  expect(type: string, ...others: readonly string[]): Token {
    if (this.peek.type === type) return this.take();
    const closes = (type === ")" || type === "]") && others.length === 0;
    if (closes && this.peek.type === END) throw this.fail(this.peek.at, `Syntax error: missing '${type}' at '${END}'`);
    const wanted = [type, ...others].map((each) => `'${each}'`);
    throw this.unexpected(others.length === 0 ? wanted[0]! : `{${wanted.join(", ")}}`, (next) =>
      [type, ...others].includes(next),
    );
  }

  /** Words of the language are no names. */
  expectName(): Token {
    if (this.peek.type !== "ident") throw this.unexpected("IDENTIFIER", () => false);
    return this.take();
  }

  /** A token is extraneous where what comes behind it would do (`fits`, by its type). */
  unexpected(expected: string, fits: (type: string) => boolean): CompileError {
    const { text, at, type } = this.peek;
    const how = type !== END && this.behind !== undefined && fits(this.behind.type) ? "extraneous" : "mismatched";
    return this.fail(at, `Syntax error: ${how} input '${text}' expecting ${expected}`);
  }

  fail(at: number, text: string): CompileError {
    return new CompileError(this.#source, [...this.#issues, { at, text }]);
  }

  /** Something is wrong, but the rest can be read. */
  note(at: number, text: string): void {
    this.#issues.push({ at, text });
  }

  /** Throws what was noted. */
  check(): void {
    if (this.#issues.length > 0) throw new CompileError(this.#source, this.#issues);
  }
}
