/** Tokens to an expression, by recursive descent; the grammar of cel-spec with optional syntax. */
import { characterCount } from "../go-text.ts";
import { dottedName } from "./ast.ts";
import type { Entry, Item, Node } from "./ast.ts";
import { CompileError, NOWHERE } from "./issue.ts";
import type { Token } from "./lexer.ts";
import { END, TokenReader } from "./token-reader.ts";
import { expandMacro } from "./macros.ts";
import { Uint } from "./values.ts";

const RELATIONS: ReadonlySet<string> = new Set(["==", "!=", "<", "<=", ">", ">=", "in"]);
/** Behind an operand. */
const OPERATORS: ReadonlySet<string> = new Set([...RELATIONS, ..."+ - * / % && || ?".split(" ")]);

/** What an expression can begin with, by types of tokens. */
const BEGINS: ReadonlySet<string> = new Set("[ { ( . - ! true false null number string ident".split(" "));
const begins = (type: string): boolean => BEGINS.has(type);
const FIELD_OR_END: ReadonlySet<string> = new Set(["}", ",", "?", "ident", "escaped"]);
const WORDS: ReadonlySet<string> = new Set(["in", "true", "false", "null"]);

const MARKS = "[ ] { } ( ) . , - ! ?".split(" ");
/** What an expression can begin with, or one of the `others`, as upstream shows it. */
const beginning = (...others: readonly string[]): string => {
  const marks = MARKS.filter((each) => BEGINS.has(each) || others.includes(each)).map((each) => `'${each}', `);
  return `{${marks.join("")}'true', 'false', 'null', NUM_FLOAT, NUM_INT, NUM_UINT, STRING, BYTES, IDENTIFIER}`;
};

/** Words that are kept for later versions of the language. */
const RESERVED: ReadonlySet<string> = new Set(
  "as,break,const,continue,else,for,function,if,import,let,loop,package,namespace,return,var,void,while".split(","),
);

/** How often a rule of cel-go's grammar may stand inside of itself; deeper expressions are refused. */
const DEEPEST = 250;
/** Characters of an expression. */
const LONGEST = 100_000;

/** The rules of the grammar that nest to the left: in `a.b.c` and `1 + 2 + 3` each step is one level more. */
type Row = "relation" | "calc" | "member";

/** Throws {@link CompileError} with upstream's text. */
export function parse(source: string, bindings = false): Node {
  const size = source.length > LONGEST ? characterCount(source) : source.length;
  if (size > LONGEST) {
    throw refused(source, `expression code point size exceeds limit: size: ${size}, limit ${LONGEST}`);
  }
  return new Parser(source, bindings).whole();
}

/** Of the whole expression: no place in it is to blame. */
const refused = (source: string, text: string): CompileError => new CompileError(source, [{ at: NOWHERE, text }]);

class Parser {
  readonly #source: string;
  readonly #bindings: boolean;
  readonly #in: TokenReader;
  /** Expressions inside of each other, in brackets and arguments. */
  #depth = 0;
  /** What can stand behind each of these. */
  readonly #ends: (readonly string[])[] = [[END]];
  readonly #rows: Record<Row, number> = { relation: 0, calc: 0, member: 0 };

  constructor(source: string, bindings: boolean) {
    this.#source = source;
    this.#bindings = bindings;
    this.#in = new TokenReader(source);
  }

  whole(): Node {
    const node = this.#expression();
    if (this.#in.peek.type !== END) throw this.#in.unexpected(END, (next) => next === END);
    this.#in.check();
    return node;
  }

  /** What is wrong and yet lets the rest be read. */
  #wrong(at: number, text: string): Node {
    this.#in.note(at, text);
    return { form: "literal", at, value: null };
  }

  #deepen(levels: number): void {
    if (levels > DEEPEST) throw refused(this.#source, `expression recursion limit exceeded: ${DEEPEST}`);
  }

  /** `ends`: what can stand behind it, where that is not what can stand behind the one around it. */
  #within(ends: readonly string[], inner = () => this.#expression()): Node {
    this.#ends.push(ends);
    const node = inner();
    this.#ends.pop();
    return node;
  }

  readonly #follows = (type: string): boolean =>
    OPERATORS.has(type) || type === "." || type === "[" || this.#ends.at(-1)!.includes(type);

  #expression(): Node {
    this.#deepen(++this.#depth);
    const condition = this.#or();
    const mark = this.#in.accept("?");
    let node = condition;
    if (mark !== undefined) {
      const then = this.#within([":"], () => this.#or());
      this.#in.expect(":", begins);
      node = { form: "call", at: mark.at, name: "_?_:_", args: [condition, then, this.#expression()] };
    }
    this.#depth--;
    return node;
  }

  /** What stands in a row from left to right. The operand on the right is a level of its own. */
  #chain(row: Row, operators: (type: string) => string | undefined, inner: () => Node): Node {
    let left = inner();
    const before = this.#rows[row];
    for (;;) {
      const name = operators(this.#in.peek.type);
      if (name === undefined) {
        this.#rows[row] = before;
        return left;
      }
      const { at } = this.#in.take();
      this.#deepen(this.#depth + ++this.#rows[row] + 1);
      left = { form: "call", at, name, args: [left, inner()] };
    }
  }

  /** However many terms there are, they are no deeper than their number's logarithm. */
  #logic(operator: "||" | "&&", inner: () => Node): Node {
    const terms = [inner()];
    const places: number[] = [];
    while (this.#in.peek.type === operator) {
      places.push(this.#in.take().at);
      terms.push(inner());
    }
    const between = (from: number, to: number): Node => {
      if (from === to) return terms[from]!;
      const middle = (from + to) >> 1;
      const args = [between(from, middle), between(middle + 1, to)];
      return { form: "call", at: places[middle]!, name: `_${operator}_`, args };
    };
    return between(0, terms.length - 1);
  }

  #or(): Node {
    return this.#logic("||", () => this.#and());
  }

  #and(): Node {
    return this.#logic("&&", () => this.#relation());
  }

  #relation(): Node {
    const named = (type: string): string | undefined => {
      if (!RELATIONS.has(type)) return undefined;
      return type === "in" ? "@in" : `_${type}_`;
    };
    return this.#chain("relation", named, () => this.#sum());
  }

  #sum(): Node {
    return this.#chain(
      "calc",
      (type) => (type === "+" || type === "-" ? `_${type}_` : undefined),
      () => this.#product(),
    );
  }

  #product(): Node {
    const named = (type: string): string | undefined =>
      type === "*" || type === "/" || type === "%" ? `_${type}_` : undefined;
    return this.#chain("calc", named, () => this.#unary());
  }

  /** One token too many is left out; of more upstream goes on behind them, as if there were an operand. */
  #noOperand(): Node {
    const { at } = this.#in.peek;
    if (this.#in.leftOut(beginning(), begins)) return this.#unary();
    this.#skip();
    return { form: "literal", at, value: null };
  }

  #skip(): void {
    this.#in.skipTo((type) => OPERATORS.has(type) || this.#ends.some((each) => each.includes(type)));
  }

  #unary(): Node {
    const { type, at } = this.#in.peek;
    if (!BEGINS.has(type)) return this.#noOperand();
    if (type !== "!" && type !== "-") return this.#member();
    this.#in.take();
    // A minus belongs to the number behind it, so that the smallest int can be written.
    if (type === "-" && this.#in.peek.type === "number" && !(this.#in.peek.value instanceof Uint)) {
      const token = this.#in.peek;
      const value = typeof token.value === "bigint" ? -token.value : -(token.value as number);
      this.#in.take();
      return this.#members({ form: "literal", at, value });
    }
    let count = 1;
    while (this.#in.accept(type)) count++;
    const inner = this.#member();
    return count % 2 === 0 ? inner : { form: "call", at, name: type === "!" ? "!_" : "-_", args: [inner] };
  }

  #member(): Node {
    return this.#members(this.#primary());
  }

  #members(start: Node): Node {
    let node = start;
    const before = this.#rows.member;
    for (;;) {
      const { type, at } = this.#in.peek;
      const named = type === "{" ? dottedName(node) : undefined;
      if (type !== "." && type !== "[" && named === undefined) {
        this.#rows.member = before;
        return node;
      }
      this.#deepen(this.#depth + ++this.#rows.member);
      if (type === ".") node = this.#dot(node);
      else if (named !== undefined) node = this.#struct(named);
      else {
        this.#in.take();
        const optional = this.#in.accept("?") !== undefined;
        const index = this.#within(["]"]);
        this.#in.expect("]", this.#follows);
        node = { form: "call", at, name: optional ? "_[?_]" : "_[_]", args: [node, index] };
      }
    }
  }

  #dot(operand: Node): Node {
    const { at } = this.#in.take();
    const optional = this.#in.accept("?") !== undefined;
    const { type, text, at: found } = this.#in.peek;
    if (!optional && type !== "ident" && type !== "escaped" && !WORDS.has(type)) {
      throw this.#in.fail(found, `Syntax error: no viable alternative at input '.${type === END ? "" : text}'`);
    }
    const field = this.#field(optional ? undefined : "IDENTIFIER").text;
    if (!optional && this.#in.peek.type === "(") {
      const open = this.#in.take();
      const args = this.#expressions(")");
      return this.#macro({ form: "call", at: open.at, name: field, target: operand, args });
    }
    return { form: "select", at, operand, field, ...(optional && { optional }) };
  }

  /** Names in backquotes belong to a later version of the language. */
  #field(expected = "{IDENTIFIER, ESC_IDENTIFIER}"): Token {
    if (this.#in.peek.type !== "escaped") return this.#in.expectName(expected);
    const token = this.#in.take();
    this.#wrong(token.at, "unsupported syntax: '`'");
    return token;
  }

  #macro(call: Extract<Node, { form: "call" }>): Node {
    if (this.#in.mended) return call;
    const expanded = expandMacro(call, this.#bindings);
    return "form" in expanded ? expanded : this.#wrong(expanded.at, expanded.text);
  }

  #primary(): Node {
    const token = this.#in.peek;
    const { type, at } = token;
    switch (type) {
      case "(": {
        this.#in.take();
        const node = this.#within([")"]);
        this.#in.expect(")", this.#follows);
        return node;
      }
      case "[":
        this.#in.take();
        return { form: "list", at, items: this.#items("]") };
      case "{":
        this.#in.take();
        return { form: "map", at, entries: this.#entries() };
      case "true":
      case "false":
        this.#in.take();
        return { form: "literal", at, value: type === "true" };
      case "null":
        this.#in.take();
        return { form: "literal", at, value: null };
      case "string":
        this.#in.take();
        return { form: "literal", at, value: token.value };
      case "number":
        this.#in.take();
        if (token.value === 2n ** 63n) return this.#wrong(at, "invalid int literal");
        return { form: "literal", at, value: token.value };
      case ".":
      case "ident":
        return this.#named();
      default:
        return this.#noOperand();
    }
  }

  #named(): Node {
    const absolute = this.#in.accept(".") !== undefined;
    if (absolute && this.#in.peek.type !== "ident") {
      const { type, text, at } = this.#in.peek;
      throw this.#in.fail(at, `Syntax error: no viable alternative at input '.${type === END ? "" : text}'`);
    }
    const { text, at } = this.#in.expectName();
    const open = this.#in.accept("(");
    if (RESERVED.has(text)) {
      if (open !== undefined) this.#expressions(")");
      return this.#wrong(at, `reserved identifier: ${text}`);
    }
    if (open === undefined) return { form: "ident", at, name: text, ...(absolute && { absolute }) };
    return this.#macro({ form: "call", at: open.at, name: text, args: this.#expressions(")") });
  }

  /** What stands first in brackets, where it can neither be there nor end them. */
  #first(...others: readonly string[]): void {
    const { type } = this.#in.peek;
    if (BEGINS.has(type) || others.includes(type)) return;
    const fits = (next: string): boolean => BEGINS.has(next) || others.includes(next);
    if (!this.#in.leftOut(beginning(...others), fits)) this.#in.check();
  }

  #expressions(end: string): Node[] {
    const found: Node[] = [];
    this.#first(end);
    if (this.#in.accept(end)) return found;
    do found.push(this.#within([",", end]));
    while (this.#in.accept(","));
    this.#in.expect(end, this.#follows);
    return found;
  }

  #items(end: string): Item[] {
    const found: Item[] = [];
    this.#first(end, ",", "?");
    this.#only(",", end);
    while (!this.#in.accept(end)) {
      const optional = this.#in.accept("?") !== undefined;
      found.push({ value: this.#within([",", end]), optional });
      if (!this.#in.accept(",")) {
        this.#in.expect(end, this.#follows, ",");
        break;
      }
    }
    return found;
  }

  #entries(): Entry[] {
    const found: Entry[] = [];
    this.#first("}", ",", "?");
    this.#only(",", "}");
    while (!this.#in.accept("}")) {
      const optional = this.#in.accept("?") !== undefined;
      const key = this.#within([":"]);
      const value = this.#valueOfEntry();
      if (value !== undefined) found.push({ key, value, optional });
      if (value === undefined || !this.#in.accept(",")) {
        this.#in.expect("}", this.#follows, ",");
        break;
      }
    }
    return found;
  }

  /** Without a colon there is none, nor anything behind it. */
  #valueOfEntry(): Node | undefined {
    const { type } = this.#in.peek;
    if (type === ":" || this.#in.behind?.type === ":" || BEGINS.has(type)) {
      this.#in.expect(":", begins);
      return this.#within([",", "}"]);
    }
    this.#in.leftOut("':'", () => false);
    this.#ends.push([",", "}"]);
    this.#skip();
    this.#ends.pop();
    return undefined;
  }

  /** A comma may stand alone. */
  #only(comma: string, end: string): void {
    if (this.#in.peek.type === comma && this.#in.behind?.type === end) this.#in.take();
  }

  #struct(name: string): Node {
    const { at } = this.#in.take();
    const fields: (Item & { name: string; at: number })[] = [];
    this.#firstField();
    this.#only(",", "}");
    while (!this.#in.accept("}")) {
      const optional = this.#in.accept("?") !== undefined;
      const token = this.#field();
      const value = this.#valueOfEntry();
      if (value !== undefined) fields.push({ name: token.text, at: token.at, value, optional });
      if (value === undefined || !this.#in.accept(",")) {
        this.#in.expect("}", this.#follows, ",");
        break;
      }
    }
    return { form: "struct", at, name, fields };
  }

  #firstField(): void {
    const fits = (type: string): boolean => FIELD_OR_END.has(type);
    if (fits(this.#in.peek.type)) return;
    if (!this.#in.leftOut("{'}', ',', '?', IDENTIFIER, ESC_IDENTIFIER}", fits)) this.#in.check();
  }
}
