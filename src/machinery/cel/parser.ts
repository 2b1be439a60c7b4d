/** Tokens to an expression, by recursive descent; the grammar of cel-spec with optional syntax. */
import { characterCount } from "../go-text.ts";
import { dottedName } from "./ast.ts";
import type { Entry, Item, Node } from "./ast.ts";
import { CompileError, NOWHERE } from "./issue.ts";
import type { Issue } from "./issue.ts";
import { tokens } from "./lexer.ts";
import type { Token } from "./lexer.ts";
import { expandMacro } from "./macros.ts";
import { Uint } from "./values.ts";

const RELATIONS: ReadonlySet<string> = new Set(["==", "!=", "<", "<=", ">", ">=", "in"]);
const PRIMARY =
  "'[', '{', '(', '.', '-', '!', 'true', 'false', 'null', NUM_FLOAT, NUM_INT, NUM_UINT, STRING, BYTES, IDENTIFIER";

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
  readonly #tokens: readonly Token[];
  readonly #issues: Issue[] = [];
  #next = 0;
  /** Expressions inside of each other, in brackets and arguments. */
  #depth = 0;
  readonly #rows: Record<Row, number> = { relation: 0, calc: 0, member: 0 };

  constructor(source: string, bindings: boolean) {
    this.#source = source;
    this.#bindings = bindings;
    this.#tokens = tokens(source);
  }

  whole(): Node {
    const node = this.#expression();
    if (this.#peek.type !== "<EOF>") throw this.#unexpected("<EOF>", "extraneous input");
    if (this.#issues.length > 0) throw new CompileError(this.#source, this.#issues);
    return node;
  }

  get #peek(): Token {
    return this.#tokens[this.#next]!;
  }

  #take(): Token {
    return this.#tokens[this.#next++]!;
  }

  #accept(type: string): Token | undefined {
    return this.#peek.type === type ? this.#take() : undefined;
  }

  #expect(type: string): Token {
    if (this.#peek.type !== type) throw this.#unexpected(`'${type}'`, "mismatched input");
    return this.#take();
  }

  #unexpected(expected: string, how: string): CompileError {
    const { text, at } = this.#peek;
    return this.#fail(at, `Syntax error: ${how} '${text}' expecting ${expected}`);
  }

  #fail(at: number, text: string): CompileError {
    return new CompileError(this.#source, [...this.#issues, { at, text }]);
  }

  /** What is wrong and yet lets the rest be read. */
  #wrong(at: number, text: string): Node {
    this.#issues.push({ at, text });
    return { form: "literal", at, value: null };
  }

  #deepen(levels: number): void {
    if (levels > DEEPEST) throw refused(this.#source, `expression recursion limit exceeded: ${DEEPEST}`);
  }

  #expression(): Node {
    this.#deepen(++this.#depth);
    const condition = this.#or();
    const mark = this.#accept("?");
    let node = condition;
    if (mark !== undefined) {
      const then = this.#or();
      this.#expect(":");
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
      const name = operators(this.#peek.type);
      if (name === undefined) {
        this.#rows[row] = before;
        return left;
      }
      const { at } = this.#take();
      this.#deepen(this.#depth + ++this.#rows[row] + 1);
      left = { form: "call", at, name, args: [left, inner()] };
    }
  }

  /** However many terms there are, they are no deeper than their number's logarithm. */
  #logic(operator: "||" | "&&", inner: () => Node): Node {
    const terms = [inner()];
    const places: number[] = [];
    while (this.#peek.type === operator) {
      places.push(this.#take().at);
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

  #unary(): Node {
    const { type, at } = this.#peek;
    if (type !== "!" && type !== "-") return this.#member();
    this.#take();
    // A minus belongs to the number behind it, so that the smallest int can be written.
    if (type === "-" && this.#peek.type === "number" && !(this.#peek.value instanceof Uint)) {
      const token = this.#peek;
      const value = typeof token.value === "bigint" ? -token.value : -(token.value as number);
      this.#next++;
      return this.#members({ form: "literal", at, value });
    }
    let count = 1;
    while (this.#accept(type)) count++;
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
      const { type, at } = this.#peek;
      const named = type === "{" ? dottedName(node) : undefined;
      if (type !== "." && type !== "[" && named === undefined) {
        this.#rows.member = before;
        return node;
      }
      this.#deepen(this.#depth + ++this.#rows.member);
      if (type === ".") node = this.#dot(node);
      else if (named !== undefined) node = this.#struct(named);
      else {
        this.#take();
        const optional = this.#accept("?") !== undefined;
        const index = this.#expression();
        this.#expect("]");
        node = { form: "call", at, name: optional ? "_[?_]" : "_[_]", args: [node, index] };
      }
    }
  }

  #dot(operand: Node): Node {
    const { at } = this.#take();
    const optional = this.#accept("?") !== undefined;
    if (this.#peek.type === "<EOF>" && !optional) {
      throw this.#fail(this.#peek.at, "Syntax error: no viable alternative at input '.'");
    }
    const field = this.#field().text;
    if (!optional && this.#peek.type === "(") {
      const open = this.#take();
      const args = this.#expressions(")");
      return this.#macro({ form: "call", at: open.at, name: field, target: operand, args });
    }
    return { form: "select", at, operand, field, ...(optional && { optional }) };
  }

  /** Names in backquotes belong to a later version of the language. */
  #field(): Token {
    if (this.#peek.type !== "escaped") return this.#expect2("ident", "IDENTIFIER");
    const token = this.#take();
    this.#wrong(token.at, "unsupported syntax: '`'");
    return token;
  }

  #expect2(type: string, shown: string): Token {
    // Words of the language are names after a dot.
    if (
      this.#peek.type === "in" ||
      this.#peek.type === "true" ||
      this.#peek.type === "false" ||
      this.#peek.type === "null"
    ) {
      throw this.#unexpected(shown, "mismatched input");
    }
    if (this.#peek.type !== type) throw this.#unexpected(shown, "mismatched input");
    return this.#take();
  }

  #macro(call: Extract<Node, { form: "call" }>): Node {
    const expanded = expandMacro(call, this.#bindings);
    return "form" in expanded ? expanded : this.#wrong(expanded.at, expanded.text);
  }

  #primary(): Node {
    const token = this.#peek;
    const { type, at } = token;
    switch (type) {
      case "(": {
        this.#take();
        const node = this.#expression();
        this.#expect(")");
        return node;
      }
      case "[":
        this.#take();
        return { form: "list", at, items: this.#items("]") };
      case "{":
        this.#take();
        return { form: "map", at, entries: this.#entries() };
      case "true":
      case "false":
        this.#take();
        return { form: "literal", at, value: type === "true" };
      case "null":
        this.#take();
        return { form: "literal", at, value: null };
      case "string":
        this.#take();
        return { form: "literal", at, value: token.value };
      case "number":
        this.#take();
        if (token.value === 2n ** 63n) return this.#wrong(at, "invalid int literal");
        return { form: "literal", at, value: token.value };
      case ".":
      case "ident":
        return this.#named();
      default:
        throw this.#unexpected(`{${PRIMARY}}`, "mismatched input");
    }
  }

  #named(): Node {
    const absolute = this.#accept(".") !== undefined;
    const { text, at } = this.#expect2("ident", "IDENTIFIER");
    const open = this.#accept("(");
    if (RESERVED.has(text)) {
      if (open !== undefined) this.#expressions(")");
      return this.#wrong(at, `reserved identifier: ${text}`);
    }
    if (open === undefined) return { form: "ident", at, name: text, ...(absolute && { absolute }) };
    return this.#macro({ form: "call", at: open.at, name: text, args: this.#expressions(")") });
  }

  #expressions(end: string): Node[] {
    const found: Node[] = [];
    if (this.#accept(end)) return found;
    do found.push(this.#expression());
    while (this.#accept(","));
    this.#expect(end);
    return found;
  }

  #items(end: string): Item[] {
    const found: Item[] = [];
    while (!this.#accept(end)) {
      const optional = this.#accept("?") !== undefined;
      found.push({ value: this.#expression(), optional });
      if (!this.#accept(",")) {
        this.#expect(end);
        break;
      }
    }
    return found;
  }

  #entries(): Entry[] {
    const found: Entry[] = [];
    while (!this.#accept("}")) {
      const optional = this.#accept("?") !== undefined;
      const key = this.#expression();
      this.#expect(":");
      found.push({ key, value: this.#expression(), optional });
      if (!this.#accept(",")) {
        this.#expect("}");
        break;
      }
    }
    return found;
  }

  #struct(name: string): Node {
    const { at } = this.#expect("{");
    const fields: (Item & { name: string; at: number })[] = [];
    while (!this.#accept("}")) {
      const optional = this.#accept("?") !== undefined;
      const token = this.#field();
      this.#expect(":");
      fields.push({ name: token.text, at: token.at, value: this.#expression(), optional });
      if (!this.#accept(",")) {
        this.#expect("}");
        break;
      }
    }
    return { form: "struct", at, name, fields };
  }
}
