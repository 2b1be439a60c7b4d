/** Goes through the tokens of an expression, and says what was found where something else was wanted. */
import { CompileError } from "./issue.ts";
import type { Issue } from "./issue.ts";
import { tokens } from "./lexer.ts";
import type { Token } from "./lexer.ts";

export const END = "<EOF>";
/** Upstream stops reading at the next one. */
const MOST_ERRORS = 100;
/** How often upstream goes on behind what it could not read. */
const MOST_RECOVERIES = 30;

export class TokenReader {
  readonly #source: string;
  readonly #tokens: readonly Token[];
  readonly #issues: Issue[] = [];
  #next = 0;
  #lost = false;
  #mended = false;
  #recoveries = 0;

  constructor(source: string) {
    this.#source = source;
    this.#tokens = tokens(source, (issue) => this.#unreadable(issue));
  }

  /** Without an end to it each of many quotes that nothing closes would be followed to the end of the expression. */
  #unreadable({ at, text }: Issue): void {
    if (this.#issues.length < MOST_ERRORS) return this.note(at, text);
    this.note(at, `Syntax error: More than ${MOST_ERRORS} syntax errors`);
    throw this.#stopped();
  }

  get peek(): Token {
    return this.#tokens[this.#next]!;
  }

  get behind(): Token | undefined {
    return this.#tokens[this.#next + 1];
  }

  /** What was read is not all that there is, or more. */
  get mended(): boolean {
    return this.#mended;
  }

  take(): Token {
    this.#lost = false;
    return this.#tokens[this.#next++]!;
  }

  accept(type: string): Token | undefined {
    return this.peek.type === type ? this.take() : undefined;
  }

  /** `follows`: what can stand behind it. `others`: what else could stand here, and does not matter. */
  expect(type: string, follows: (next: string) => boolean, ...others: readonly string[]): Token {
    const { at } = this.peek;
    if (this.peek.type === type) return this.take();
    const wanted = [type, ...others];
    if (others.length === 0 && this.behind?.type !== type && follows(this.peek.type)) {
      this.#tell(at, `missing '${type}' at '${this.peek.text}'`);
      return { type, text: type, at };
    }
    const shown = wanted.map((each) => `'${each}'`).join(", ");
    if (!this.leftOut(others.length === 0 ? shown : `{${shown}}`, (next) => wanted.includes(next)))
      throw this.#stopped();
    for (const other of others) this.accept(other);
    return this.expect(type, follows, ...others);
  }

  /** Words of the language are no names. */
  expectName(expected = "IDENTIFIER"): Token {
    if (this.peek.type !== "ident") throw this.unexpected(expected, () => false);
    return this.take();
  }

  unexpected(expected: string, fits: (type: string) => boolean): CompileError {
    this.leftOut(expected, fits);
    return this.#stopped();
  }

  /**
   * Tells of a token that should not be there. It is extraneous, and left out, where what comes behind it would do (`fits`,
   * by its type). Else we are lost until something is read that should be there, and nothing more is told before that.
   */
  leftOut(expected: string, fits: (type: string) => boolean): boolean {
    const { text, at, type } = this.peek;
    const out = type !== END && this.behind !== undefined && fits(this.behind.type);
    this.#tell(at, `${out ? "extraneous" : "mismatched"} input '${text}' expecting ${expected}`);
    if (!out) {
      if (this.#recoveries++ < MOST_RECOVERIES) return false;
      this.note(at, `Syntax error: error recovery attempt limit exceeded: ${MOST_RECOVERIES}`);
      throw this.#stopped();
    }
    this.#next++;
    this.#lost = false;
    return true;
  }

  /** Goes on behind what nobody waits for. */
  skipTo(stops: (type: string) => boolean): void {
    while (this.peek.type !== END && !stops(this.peek.type)) this.#next++;
  }

  fail(at: number, text: string): CompileError {
    if (!this.#lost) this.note(at, text);
    return this.#stopped();
  }

  #tell(at: number, text: string): void {
    if (!this.#lost) this.#unreadable({ at, text: `Syntax error: ${text}` });
    this.#lost = true;
    this.#mended = true;
  }

  #stopped(): CompileError {
    return new CompileError(this.#source, this.#issues);
  }

  /** Something is wrong, but the rest can be read. */
  note(at: number, text: string): void {
    this.#issues.push({ at, text });
  }

  /** Throws what was noted. */
  check(): void {
    if (this.#issues.length > 0) throw this.#stopped();
  }
}
