/**
 * Why a text is no YAML, in the words of Go-YAML and with the line it names. Only asked after another parser has refused
 * the text, so it need not be fast; what it must is to read as Go-YAML does, which looks no further ahead than it has
 * to: of several mistakes the one that it comes upon first is told.
 *
 *     a: b
 *     c            line 3: could not find expected ':'
 *
 * Tokens are made on demand (yaml-tokens.ts), and a machine takes them.
 */
import { Refusal, Tokens, refuse } from "./yaml-tokens.ts";
import type { Token, Type } from "./yaml-tokens.ts";

const NOT_PRINTABLE = /[^\t\n\r\u0020-\u007e\u0085\u00a0-\ud7ff\ue000-\ufefe\uff00-\ufffd\u{10000}-\u{10ffff}]/u;

/** `line 2: could not find expected ':'`; undefined where nothing is found in the first document. */
export function yamlSyntaxError(text: string): string | undefined {
  const plain = text.startsWith("\ufeff") ? text.slice(1) : text;
  if (NOT_PRINTABLE.test(plain)) return "control characters are not allowed";
  try {
    new Machine(new Tokens(plain)).run();
  } catch (error) {
    if (error instanceof Refusal) return error.message;
    throw error;
  }
  return undefined;
}

type Kind = "block sequence" | "indentless" | "block mapping" | "flow sequence" | "pair" | "flow mapping";

/** A collection that is open. */
interface Frame {
  readonly kind: Kind;
  /** Of a mapping: a value is next; of all flow collections: something has been read. */
  value: boolean;
  begun: boolean;
}

const isOneOf = (token: Token, ...types: readonly Type[]): boolean => types.includes(token.type);

class Machine {
  readonly #tokens: Tokens;
  readonly #frames: Frame[] = [];
  readonly #anchors = new Set<string>();

  constructor(tokens: Tokens) {
    this.#tokens = tokens;
  }

  /** Reads the first document. */
  run(): void {
    const tokens = this.#tokens;
    if (isOneOf(tokens.peek(), "directive")) {
      while (isOneOf(tokens.peek(), "directive")) tokens.take();
      if (tokens.peek().type !== "document start") this.#refuse("did not find expected <document start>");
    }
    if (tokens.peek().type === "document start") tokens.take();
    if (isOneOf(tokens.peek(), "directive", "document start", "document end", "end")) return;
    this.#node(true, false);
    for (let frame = this.#frames.at(-1); frame !== undefined; frame = this.#frames.at(-1)) this.#step(frame);
    tokens.peek();
  }

  #refuse(why: string): never {
    return refuse(this.#tokens.peek().line, why);
  }

  #push(kind: Kind): void {
    this.#tokens.take();
    this.#frames.push({ kind, value: false, begun: false });
  }

  #pop(): void {
    this.#tokens.take();
    this.#frames.pop();
  }

  /** The beginning of a node; one without parts is read whole. */
  #node(block: boolean, indentless: boolean): void {
    const tokens = this.#tokens;
    let described = false;
    while (tokens.peek().type === "property") {
      const { name } = tokens.take();
      if (name !== undefined) this.#anchors.add(name);
      described = true;
    }
    const { type, name = "" } = tokens.peek();
    if (type === "alias") {
      if (!this.#anchors.has(name)) throw new Refusal(`unknown anchor '${name}' referenced`);
      tokens.take();
    } else if (indentless && type === "-") this.#frames.push({ kind: "indentless", value: false, begun: false });
    else if (type === "scalar") tokens.take();
    else if (type === "[") this.#push("flow sequence");
    else if (type === "{") this.#push("flow mapping");
    else if (block && (type === "block sequence" || type === "block mapping")) this.#push(type);
    else if (!described) this.#refuse("did not find expected node content");
  }

  /** A node, unless one of these follows, before which it may be left out. */
  #nodeUnless(ends: readonly Type[], block: boolean, indentless: boolean): void {
    if (!isOneOf(this.#tokens.peek(), ...ends)) this.#node(block, indentless);
  }

  #step(frame: Frame): void {
    switch (frame.kind) {
      case "block sequence":
        return this.#blockEntry();
      case "indentless":
        return this.#indentlessEntry();
      case "block mapping":
        return frame.value ? this.#blockValue(frame) : this.#blockKey(frame);
      case "flow sequence":
        return this.#flowEntry(frame);
      case "pair":
        return this.#pair(frame);
      case "flow mapping":
        return frame.value ? this.#flowValue(frame) : this.#flowKey(frame);
    }
  }

  #blockEntry(): void {
    const { type } = this.#tokens.peek();
    if (type === "block end") return this.#pop();
    if (type !== "-") this.#refuse("did not find expected '-' indicator");
    this.#tokens.take();
    this.#nodeUnless(["-", "block end"], true, false);
  }

  #indentlessEntry(): void {
    if (this.#tokens.peek().type !== "-") return void this.#frames.pop();
    this.#tokens.take();
    this.#nodeUnless(["-", "key", "value", "block end"], true, false);
  }

  #blockKey(frame: Frame): void {
    const { type } = this.#tokens.peek();
    if (type === "block end") return this.#pop();
    if (type !== "key") this.#refuse("did not find expected key");
    this.#tokens.take();
    frame.value = true;
    this.#nodeUnless(["key", "value", "block end"], true, true);
  }

  #blockValue(frame: Frame): void {
    frame.value = false;
    if (this.#tokens.peek().type !== "value") return;
    this.#tokens.take();
    this.#nodeUnless(["key", "value", "block end"], true, true);
  }

  /** True where the collection goes on; it ends with `end`. */
  #goesOn(frame: Frame, end: "]" | "}"): boolean {
    if (this.#tokens.peek().type !== end && frame.begun) {
      if (this.#tokens.peek().type !== ",") this.#refuse(`did not find expected ',' or '${end}'`);
      this.#tokens.take();
    }
    frame.begun = true;
    if (this.#tokens.peek().type !== end) return true;
    this.#pop();
    return false;
  }

  #flowEntry(frame: Frame): void {
    if (!this.#goesOn(frame, "]")) return;
    if (this.#tokens.peek().type === "key") this.#push("pair");
    else this.#node(false, false);
  }

  #pair(frame: Frame): void {
    if (!frame.begun) {
      frame.begun = true;
      if (isOneOf(this.#tokens.peek(), "value", ",", "]")) this.#tokens.take();
      else this.#node(false, false);
    } else {
      this.#frames.pop();
      if (this.#tokens.peek().type !== "value") return;
      this.#tokens.take();
      this.#nodeUnless([",", "]"], false, false);
    }
  }

  #flowKey(frame: Frame): void {
    if (!this.#goesOn(frame, "}")) return;
    if (this.#tokens.peek().type !== "key") return this.#node(false, false);
    this.#tokens.take();
    frame.value = true;
    this.#nodeUnless(["value", ",", "}"], false, false);
  }

  #flowValue(frame: Frame): void {
    frame.value = false;
    if (this.#tokens.peek().type !== "value") return;
    this.#tokens.take();
    this.#nodeUnless([",", "}"], false, false);
  }
}
