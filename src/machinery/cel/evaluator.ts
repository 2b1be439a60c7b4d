/**
 * Runs expressions. Each is compiled once into closures; a run counts its steps as upstream counts cost and stops when
 * they are used up. What is made of literals alone is made when compiled, and is free in each run.
 */
import { dottedName } from "./ast.ts";
import type { Call, Comprehension, Node, Select, Struct } from "./ast.ts";
import { CREATE } from "./call-cost.ts";
import { callOf } from "./calls.ts";
import { chain, constant, itemAt, linked, linksOf, memberOf, plain, present } from "./chains.ts";
import type { Piece } from "./chains.ts";
import { loop, named, optionalMap } from "./loops.ts";
import type { Begin } from "./loops.ts";
import { either, lazyBool } from "./lazy.ts";
import type { FunctionTable, Overload } from "./functions.ts";
import { TYPE_NAMES } from "./type-names.ts";
import { Run, afterwards } from "./run.ts";
import type { Code } from "./run.ts";
import type { CelType } from "./types.ts";
import { patternOf } from "../structural/patterns.ts";
import { equal } from "./comparing.ts";
import { CelError, List, MapValue, Optional, isList, noSuchOverload, typeNameOf } from "./values.ts";

/** Makes an object of a type that expressions name, such as `JSONPatch{…}`. */
export type MakeStruct = (name: string, fields: ReadonlyMap<string, unknown>) => unknown;

export interface Surroundings {
  readonly functions: FunctionTable;
  readonly makeStruct: MakeStruct;
  /** What each call may turn out to be. */
  readonly overloads: ReadonlyMap<Node, readonly Overload[]>;
  readonly types: ReadonlyMap<Node, CelType>;
  /** Literals are put together when compiled. */
  readonly optimize: boolean;
}

/** Calls whose value is found when compiled where their argument is literal. */
const CONVERSIONS: ReadonlySet<string> = new Set(
  "bool,bytes,double,duration,dyn,int,string,timestamp,type,uint".split(","),
);
/** Calls whose second argument is a pattern. */
const PATTERNS: ReadonlySet<string> = new Set(["matches", "find", "findAll"]);

export class Compiler {
  readonly #given: Surroundings;

  constructor(given: Surroundings) {
    this.#given = given;
  }

  /** Throws {@link CelError} where what is made of literals cannot be made. */
  compile(node: Node): Code {
    return this.#piece(node).code;
  }

  #piece(node: Node): Piece {
    switch (node.form) {
      case "literal":
        return constant(node.value);
      case "ident":
        return this.#identifier(node);
      case "select":
        return this.#select(node);
      case "call":
        return this.#call(node);
      case "list":
        return this.#list(node);
      case "map":
        return this.#map(node);
      case "struct":
        return plain(this.#struct(node));
      case "comprehension":
        return plain(this.#loop(node));
      case "bind":
        return plain(named(this.#begin, node.name, this.compile(node.value), this.compile(node.body)));
      case "optionalMap":
        return plain(optionalMap(this.#begin, node, this.compile(node.operand), this.compile(node.body)));
    }
  }

  #identifier(node: Extract<Node, { form: "ident" }>): Piece {
    const { name } = node;
    const type = TYPE_NAMES.get(name);
    if (type !== undefined && this.#given.types.get(node)?.name === "type") return constant(type.value);
    return chain(1, (run) => {
      const value = run.valueOf(name);
      if (value === undefined) throw new CelError(`no such attribute(s): ${name}`);
      return value;
    });
  }

  #select(node: Select): Piece {
    const type = TYPE_NAMES.get(dottedName(node) ?? "");
    if (type !== undefined) return constant(type.value);
    const operand = this.#piece(node.operand);
    const { field } = node;
    return node.test ? present(operand, field) : linked(operand, node.optional === true, () => field, memberOf);
  }

  #call(node: Call): Piece {
    const { name } = node;
    const nodes = node.target === undefined ? node.args : [node.target, ...node.args];
    const namespaced = node.target === undefined ? undefined : dottedName(node.target);
    const full = namespaced === undefined ? name : `${namespaced}.${name}`;
    const { functions } = this.#given;
    if (namespaced !== undefined && functions.has(full)) {
      return this.#dispatch(node, full, functions.named(full, false, node.args.length), node.args);
    }
    const pieces = nodes.map((each) => this.#piece(each));
    return (
      this.#special(node, pieces) ??
      this.#dispatch(node, name, functions.named(name, node.target !== undefined, nodes.length), nodes, pieces)
    );
  }

  /** What does not evaluate all of its arguments, or works on anything. */
  #special(node: Call, pieces: readonly Piece[]): Piece | undefined {
    const [a, b, c] = pieces as [Piece, Piece, Piece];
    switch (node.name) {
      case "_&&_":
        return plain(lazyBool(a.code, b.code, false));
      case "_||_":
        return plain(lazyBool(a.code, b.code, true));
      case "_?_:_": {
        const [condition, then, otherwise] = [a.code, linksOf(b), linksOf(c)];
        return chain(0, (run) => {
          const value = condition(run);
          if (typeof value !== "boolean") throw noSuchOverload();
          return value ? then(run) : otherwise(run);
        });
      }
      case "_[_]":
      case "_[?_]":
        return linked(a, node.name === "_[?_]", linksOf(b), itemAt);
      case "or":
      case "orValue":
        return node.target === undefined || pieces.length !== 2 ? undefined : plain(either(a.code, b.code, node.name));
      case "@in":
        return this.#within(node, a, b);
      default:
        return undefined;
    }
  }

  /** A literal list is looked through for nothing, an empty one not at all. */
  #within(node: Call, item: Piece, list: Piece): Piece | undefined {
    if (!this.#given.optimize || list.constant === undefined || this.#fitting(node).length !== 1) return undefined;
    const { value } = list.constant;
    if (!isList(value)) return undefined;
    if (value.size === 0) return constant(false);
    const items = [...value];
    if (!items.every((each) => PRIMITIVE.has(typeNameOf(each)))) return undefined;
    return plain((run) => {
      const wanted = item.code(run);
      return items.some((each) => equal(wanted, each));
    });
  }

  #fitting(node: Call): readonly Overload[] {
    return this.#given.overloads.get(node) ?? [];
  }

  #dispatch(
    node: Call,
    name: string,
    overloads: readonly Overload[],
    nodes: readonly Node[],
    pieces: readonly Piece[] = nodes.map((each) => this.#piece(each)),
  ): Piece {
    const codes = pieces.map(({ code }) => code);
    const pattern = this.#given.optimize && PATTERNS.has(name) ? pieces[1]?.constant?.value : undefined;
    if (typeof pattern === "string") checkPattern(pattern);
    // A pattern that is read beforehand makes another call of it.
    const sequence = name === "format" || typeof pattern === "string";
    const code = callOf({ name, overloads, fitting: this.#fitting(node), args: codes, sequence });
    const literal = this.#given.optimize && CONVERSIONS.has(name) && pieces.length === 1 && pieces[0]!.constant;
    return literal ? constant(made(code)) : plain(code);
  }

  #list({ items }: Extract<Node, { form: "list" }>): Piece {
    const parts = items.map(({ value, optional }) => ({ piece: this.#piece(value), optional }));
    const code: Code = afterwards(CREATE.list, (run) => {
      const found: unknown[] = [];
      for (const { piece, optional } of parts) {
        const value = piece.code(run);
        if (!optional) found.push(value);
        else if (!(value instanceof Optional)) throw noSuchOverload();
        else if (value.value !== undefined) found.push(value.value);
      }
      return new List(found);
    });
    return this.#made(
      code,
      parts.map(({ piece }) => piece),
    );
  }

  #map({ entries }: Extract<Node, { form: "map" }>): Piece {
    const parts = entries.map(({ key, value, optional }) => [this.#piece(key), this.#piece(value), optional] as const);
    const code: Code = afterwards(CREATE.map, (run) => {
      const found: [unknown, unknown][] = [];
      const seen: unknown[] = [];
      for (const [keyPiece, valuePiece, optional] of parts) {
        const key = keyPiece.code(run);
        const value = valuePiece.code(run);
        if (seen.includes(key)) throw new CelError(`Failed with repeated key`);
        seen.push(key);
        if (!optional) found.push([key, value]);
        else if (!(value instanceof Optional)) throw noSuchOverload();
        else if (value.value !== undefined) found.push([key, value.value]);
      }
      return new MapValue(found);
    });
    return this.#made(
      code,
      parts.flatMap(([key, value]) => [key, value]),
    );
  }

  /** A list or map: of literals alone it is made at once. What fails to be made fails when it runs. */
  #made(code: Code, parts: readonly Piece[]): Piece {
    if (!this.#given.optimize || parts.some((part) => part.constant === undefined)) return plain(code);
    try {
      return constant(made(code));
    } catch (error) {
      if (!(error instanceof CelError)) throw error;
      return plain(code);
    }
  }

  #struct({ name, fields }: Struct): Code {
    const codes = fields.map((field) => [field.name, this.compile(field.value), field.optional] as const);
    return afterwards(CREATE.struct, (run) => {
      const found = new Map<string, unknown>();
      for (const [field, code, optional] of codes) {
        const value = code(run);
        if (!optional) found.set(field, value);
        else if (value instanceof Optional && value.value !== undefined) found.set(field, value.value);
      }
      return this.#given.makeStruct(name, found);
    });
  }

  #loop(node: Comprehension): Code {
    const range = this.compile(node.range);
    const { code: body, constant: literal } = this.#piece(node.body);
    const filter = node.filter && this.compile(node.filter);
    const wrapping = this.#given.optimize && literal !== undefined ? 0 : CREATE.list;
    return loop(node, { range, body, filter, begin: this.#begin, wrapping });
  }

  /** Upstream's loops begin with an empty list or map. */
  get #begin(): Begin {
    return this.#given.optimize ? { list: 0, map: 0 } : CREATE;
  }
}

const PRIMITIVE: ReadonlySet<string> = new Set(["bool", "double", "int", "string", "uint"]);

function checkPattern(pattern: string): void {
  try {
    patternOf(pattern);
  } catch (error) {
    throw new CelError((error as Error).message);
  }
}

/** What `code` gives without any names. */
const made = (code: Code): unknown => new Run(() => undefined, Infinity).of(code);
