/**
 * The tokens of a YAML text, made on demand and with no more looked ahead than Go-YAML does. Keys are the difficulty: one is
 * known by the colon behind it, so whatever may be one is remembered (`keys`, one for each flow collection that is open)
 * and no token after it is given away while it may still become one.
 */

export type Type =
  | "document start"
  | "document end"
  | "directive"
  | "end"
  | "block sequence"
  | "block mapping"
  | "block end"
  | "["
  | "]"
  | "{"
  | "}"
  | ","
  | "-"
  | "key"
  | "value"
  | "alias"
  | "property"
  | "scalar";

export interface Token {
  readonly type: Type;
  /** From 0. */
  readonly line: number;
  /** Of an alias or an anchor. */
  readonly name?: string;
}

/** Something that is a key if a colon follows. */
interface Key {
  /** What it would be a key without. */
  readonly required: boolean;
  /** Which token it begins with, counted from the first of all. */
  readonly number: number;
  readonly line: number;
  readonly column: number;
  readonly index: number;
}

export class Refusal extends Error {}

/** A key must end on its line and within so many characters. */
const LONGEST_KEY = 1024;
/** So deep may collections lie in each other. */
const DEEPEST = 10_000;

const BREAKS = "\n\r\u0085\u2028\u2029";
const BLANKS = " \t";
const ANCHOR = /[\w-]*/y;

/** What scanning finds is told with the line as people count it, what the machine finds with that before. */
export function refuse(line: number, why: string): never {
  throw new Refusal(line > 0 ? `line ${line}: ${why}` : why);
}

export class Tokens {
  readonly #text: string;
  #at = 0;
  #line = 0;
  #column = 0;
  #indent = -1;
  readonly #indents: number[] = [];
  #keyAllowed = true;
  readonly #keys: (Key | undefined)[] = [undefined];
  /** Where in `keys` the one is that begins with a token of this number. */
  readonly #levels = new Map<number, number>();
  readonly #queue: Token[] = [];
  #taken = 0;

  constructor(text: string) {
    this.#text = text;
  }

  peek(): Token {
    while (this.#queue.length === 0 || this.#mayBecomeKey()) this.#fetch();
    return this.#queue[0]!;
  }

  take(): Token {
    const token = this.peek();
    this.#queue.shift();
    this.#taken++;
    return token;
  }

  /** Is the next token the beginning of something that a colon would make a key? */
  #mayBecomeKey(): boolean {
    const level = this.#levels.get(this.#taken);
    return level !== undefined && this.#isValid(level);
  }

  /** Forgets a key that has become too long; refuses where it had to be one. */
  #isValid(at: number): boolean {
    const key = this.#keys[at];
    if (key === undefined) return false;
    if (key.line === this.#line && key.index + LONGEST_KEY >= this.#at) return true;
    this.#forget(at);
    return false;
  }

  #forget(at: number): void {
    const key = this.#keys[at];
    if (key === undefined) return;
    if (key.required) this.#refuse("could not find expected ':'");
    this.#levels.delete(key.number);
    this.#keys[at] = undefined;
  }

  #refuse(why: string): never {
    return refuse(this.#line > 0 ? this.#line + 1 : 0, why);
  }

  get #flow(): number {
    return this.#keys.length - 1;
  }

  #char(ahead = 0): string {
    return this.#text[this.#at + ahead] ?? "";
  }

  #isBlank(ahead = 0): boolean {
    const char = this.#char(ahead);
    return char !== "" && BLANKS.includes(char);
  }

  #isBreak(ahead = 0): boolean {
    const char = this.#char(ahead);
    return char !== "" && BREAKS.includes(char);
  }

  #isBlankOrEnd(ahead = 0): boolean {
    return this.#char(ahead) === "" || this.#isBlank(ahead) || this.#isBreak(ahead);
  }

  #skip(count = 1): void {
    this.#at += count;
    this.#column += count;
  }

  #skipBreak(): void {
    this.#at += this.#text.startsWith("\r\n", this.#at) ? 2 : 1;
    this.#line++;
    this.#column = 0;
  }

  #push(type: Type, name?: string): void {
    this.#queue.push({ type, line: this.#line, ...(name !== undefined && { name }) });
  }

  #fetch(): void {
    this.#skipSpace();
    this.#unroll(this.#column);
    const char = this.#char();
    if (char === "") return this.#fetchEnd();
    if (this.#column === 0 && char === "%") return this.#fetchDirective();
    if (this.#atMarker("---")) return this.#fetchMarker("document start");
    if (this.#atMarker("...")) return this.#fetchMarker("document end");
    if (char === "[" || char === "{") return this.#open(char);
    if (char === "]" || char === "}") return this.#close(char);
    if (char === ",") return this.#mark(",", true);
    if (char === "-" && this.#isBlankOrEnd(1)) return this.#fetchEntry();
    const alone = this.#flow > 0 || this.#isBlankOrEnd(1);
    if (char === "?" && alone) return this.#fetchKey();
    if (char === ":" && alone) return this.#fetchValue();
    if (char === "*" || char === "&") return this.#fetchAnchor(char);
    if (char === "!") return this.#fetchTag();
    if ((char === "|" || char === ">") && this.#flow === 0) return this.#fetchBlockScalar();
    if (char === "'" || char === '"') return this.#fetchQuoted(char);
    if (this.#beginsPlain(char)) return this.#fetchPlain();
    this.#refuse("found character that cannot start any token");
  }

  #beginsPlain(char: string): boolean {
    if (char === "-") return !this.#isBlank(1);
    if (char === "?" || char === ":") return this.#flow === 0 && !this.#isBlankOrEnd(1);
    return !this.#isBlankOrEnd() && !",[]{}#&*!|>'\"%@`".includes(char);
  }

  /** Spaces, comments and line ends; tabs only where no key can begin. */
  #skipSpace(): void {
    for (;;) {
      while (this.#char() === " " || (this.#char() === "\t" && (this.#flow > 0 || !this.#keyAllowed))) this.#skip();
      if (this.#char() === "#") this.#skipToBreak();
      if (!this.#isBreak()) return;
      this.#skipBreak();
      if (this.#flow === 0) this.#keyAllowed = true;
    }
  }

  #skipToBreak(): void {
    while (this.#char() !== "" && !this.#isBreak()) this.#skip();
  }

  #atMarker(marker: string): boolean {
    return this.#column === 0 && this.#text.startsWith(marker, this.#at) && this.#isBlankOrEnd(3);
  }

  /** Ends the blocks that are further in than `column`. */
  #unroll(column: number): void {
    if (this.#flow > 0) return;
    while (this.#indent > column) {
      this.#push("block end");
      this.#indent = this.#indents.pop()!;
    }
  }

  /** Begins a block where `column` is further in than the last; before the token of that number where one is given. */
  #roll(column: number, type: Type, line: number, number?: number): void {
    if (this.#flow > 0 || this.#indent >= column) return;
    this.#indents.push(this.#indent);
    this.#indent = column;
    if (this.#indents.length > DEEPEST) this.#refuse(`exceeded max depth of ${DEEPEST}`);
    this.#queue.splice(number === undefined ? this.#queue.length : number - this.#taken, 0, { type, line });
  }

  #saveKey(): void {
    const required = this.#flow === 0 && this.#indent === this.#column;
    if (!this.#keyAllowed) return;
    this.#dropKey();
    const number = this.#taken + this.#queue.length;
    this.#levels.set(number, this.#flow);
    this.#keys[this.#flow] = { required, number, line: this.#line, column: this.#column, index: this.#at };
  }

  #dropKey(): void {
    this.#forget(this.#flow);
  }

  #fetchEnd(): void {
    if (this.#column !== 0) {
      this.#column = 0;
      this.#line++;
    }
    this.#unroll(-1);
    this.#dropKey();
    this.#keyAllowed = false;
    this.#push("end");
  }

  /** What `%` begins is read as a whole; whether Go-YAML knows it is left to others. */
  #fetchDirective(): void {
    this.#unroll(-1);
    this.#dropKey();
    this.#keyAllowed = false;
    this.#push("directive");
    this.#skipToBreak();
  }

  #fetchMarker(type: Type): void {
    this.#unroll(-1);
    this.#dropKey();
    this.#keyAllowed = false;
    this.#push(type);
    this.#skip(3);
  }

  #open(type: "[" | "{"): void {
    this.#saveKey();
    this.#keys.push(undefined);
    if (this.#flow > DEEPEST) this.#refuse(`exceeded max depth of ${DEEPEST}`);
    this.#keyAllowed = true;
    this.#push(type);
    this.#skip();
  }

  #close(type: "]" | "}"): void {
    this.#dropKey();
    if (this.#flow > 0) this.#keys.pop();
    this.#mark(type, false);
  }

  #mark(type: Type, keyAllowed: boolean): void {
    this.#dropKey();
    this.#keyAllowed = keyAllowed;
    this.#push(type);
    this.#skip();
  }

  #fetchEntry(): void {
    if (this.#flow === 0) {
      if (!this.#keyAllowed) this.#refuse("block sequence entries are not allowed in this context");
      this.#roll(this.#column, "block sequence", this.#line);
    }
    this.#mark("-", true);
  }

  #fetchKey(): void {
    if (this.#flow === 0) {
      if (!this.#keyAllowed) this.#refuse("mapping keys are not allowed in this context");
      this.#roll(this.#column, "block mapping", this.#line);
    }
    this.#mark("key", this.#flow === 0);
  }

  #fetchValue(): void {
    if (this.#isValid(this.#flow)) {
      const { number, line, column } = this.#keys[this.#flow]!;
      this.#queue.splice(number - this.#taken, 0, { type: "key", line });
      this.#roll(column, "block mapping", line, number);
      this.#levels.delete(number);
      this.#keys[this.#flow] = undefined;
      this.#keyAllowed = false;
    } else {
      if (this.#flow === 0) {
        if (!this.#keyAllowed) this.#refuse("mapping values are not allowed in this context");
        this.#roll(this.#column, "block mapping", this.#line);
      }
      this.#keyAllowed = this.#flow === 0;
    }
    this.#push("value");
    this.#skip();
  }

  #fetchAnchor(sign: "*" | "&"): void {
    this.#saveKey();
    this.#keyAllowed = false;
    ANCHOR.lastIndex = this.#at + 1;
    const name = ANCHOR.exec(this.#text)![0];
    this.#push(sign === "*" ? "alias" : "property", name);
    this.#skip(name.length + 1);
    if (name === "" || (!this.#isBlankOrEnd() && !"?:,]}%@`".includes(this.#char()))) {
      this.#refuse("did not find expected alphabetic or numeric character");
    }
  }

  #fetchTag(): void {
    this.#saveKey();
    this.#keyAllowed = false;
    this.#push("property");
    const verbatim = this.#char(1) === "<";
    while (!this.#isBlankOrEnd() && /[\w\-;/?:@&=+$,.!~*'()[\]%<]/.test(this.#char())) this.#skip();
    if (verbatim && this.#char() !== ">") this.#refuse("did not find the expected '>'");
    if (verbatim) this.#skip();
    if (!this.#isBlankOrEnd()) this.#refuse("did not find expected whitespace or line break");
  }

  #fetchBlockScalar(): void {
    this.#dropKey();
    this.#keyAllowed = true;
    this.#push("scalar");
    this.#skip();
    let given = 0;
    while (/[+\-\d]/.test(this.#char())) {
      if (this.#char() === "0") this.#refuse("found an indentation indicator equal to 0");
      if (/\d/.test(this.#char())) given = Number(this.#char());
      this.#skip();
    }
    while (this.#isBlank()) this.#skip();
    if (this.#char() === "#") this.#skipToBreak();
    if (this.#char() !== "" && !this.#isBreak()) this.#refuse("did not find expected comment or line break");
    if (this.#isBreak()) this.#skipBreak();
    let indent = given === 0 ? 0 : Math.max(this.#indent, 0) + given;
    indent = this.#skipEmptyLines(indent);
    while (this.#column === indent && this.#char() !== "") {
      this.#skipToBreak();
      if (this.#isBreak()) this.#skipBreak();
      indent = this.#skipEmptyLines(indent);
    }
  }

  /** Returns how far the text of a block is in: what was said, or else what its first line is. */
  #skipEmptyLines(indent: number): number {
    let most = 0;
    const isMargin = (): boolean => indent === 0 || this.#column < indent;
    for (;;) {
      while (this.#char() === " " && isMargin()) this.#skip();
      most = Math.max(most, this.#column);
      if (this.#char() === "\t" && isMargin()) {
        this.#refuse("found a tab character where an indentation space is expected");
      }
      if (!this.#isBreak()) return indent === 0 ? Math.max(most, this.#indent + 1, 1) : indent;
      this.#skipBreak();
    }
  }

  #fetchQuoted(quote: "'" | '"'): void {
    this.#saveKey();
    this.#keyAllowed = false;
    this.#push("scalar");
    this.#skip();
    for (;;) {
      if (this.#atMarker("---") || this.#atMarker("...")) this.#refuse("found unexpected document indicator");
      const char = this.#char();
      if (char === "") this.#refuse("found unexpected end of stream");
      if (char === quote && !(quote === "'" && this.#char(1) === "'")) break;
      if (this.#isBreak()) this.#skipBreak();
      else if (char === "\\" && quote === '"') this.#skipEscape();
      else this.#skip(char === quote ? 2 : 1);
    }
    this.#skip();
  }

  #skipEscape(): void {
    const code = this.#char(1);
    if (this.#isBreak(1)) {
      this.#skip();
      return this.#skipBreak();
    }
    const digits = { x: 2, u: 4, U: 8 }[code] ?? 0;
    if (digits === 0 && (code === "" || !"0abt\tnvfre \"'\\N_LP".includes(code))) {
      this.#refuse("found unknown escape character");
    }
    this.#skip(2);
    const hex = this.#text.slice(this.#at, this.#at + digits);
    if (hex.length < digits || /[^\da-f]/i.test(hex)) this.#refuse("did not find expected hexdecimal number");
    const value = Number.parseInt(hex || "0", 16);
    if ((value >= 0xd800 && value <= 0xdfff) || value > 0x10ffff) {
      this.#refuse("found invalid Unicode character escape code");
    }
    this.#skip(digits);
  }

  #fetchPlain(): void {
    this.#saveKey();
    this.#keyAllowed = false;
    this.#push("scalar");
    const indent = this.#indent + 1;
    let newLine = false;
    for (;;) {
      if (this.#atMarker("---") || this.#atMarker("...") || this.#char() === "#") break;
      while (!this.#isBlankOrEnd() && !this.#endsPlain()) {
        newLine = false;
        this.#skip();
      }
      if (!this.#isBlank() && !this.#isBreak()) break;
      while (this.#isBlank() || this.#isBreak()) {
        if (this.#isBreak()) {
          this.#skipBreak();
          newLine = true;
          continue;
        }
        if (newLine && this.#column < indent && this.#char() === "\t") {
          this.#refuse("found a tab character that violates indentation");
        }
        this.#skip();
      }
      if (this.#flow === 0 && this.#column < indent) break;
    }
    if (newLine) this.#keyAllowed = true;
  }

  #endsPlain(): boolean {
    const char = this.#char();
    if (char === ":" && this.#isBlankOrEnd(1)) return true;
    return this.#flow > 0 && ",?[]{}".includes(char);
  }
}
