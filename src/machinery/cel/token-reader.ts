/** Goes through the tokens of an expression, and says what was found where something else was wanted. */
import { CompileError } from "./issue.ts";
import type { Issue } from "./issue.ts";
import { tokens } from "./lexer.ts";
import type { Token } from "./lexer.ts";

export class TokenReader {
  readonly #source: string;
  readonly #tokens: readonly Token[];
  readonly #issues: Issue[] = [];
  #next = 0;

  constructor(source: string) {
    this.#source = source;
    this.#tokens = tokens(source);
  }

  get peek(): Token {
    return this.#tokens[this.#next]!;
  }

  take(): Token {
    return this.#tokens[this.#next++]!;
  }

  accept(type: string): Token | undefined {
    return this.peek.type === type ? this.take() : undefined;
  }

  expect(type: string): Token {
    if (this.peek.type !== type) throw this.unexpected(`'${type}'`, "mismatched input");
    return this.take();
  }

  /** Words of the language are no names. */
  expectName(): Token {
    if (this.peek.type !== "ident") throw this.unexpected("IDENTIFIER", "mismatched input");
    return this.take();
  }

  unexpected(expected: string, how: string): CompileError {
    const { text, at } = this.peek;
    return this.fail(at, `Syntax error: ${how} '${text}' expecting ${expected}`);
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
