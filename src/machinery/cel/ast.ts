/**
 * Expressions as read. Macros are nodes of their own, not unrolled into folds: what they promise (which errors are
 * swallowed, when they stop) is then said in one place, the evaluator.
 *
 * `at` is the offset in characters where errors point.
 */
export type Node =
  | Literal
  | Identifier
  | Select
  | Call
  | { readonly form: "list"; readonly at: number; readonly items: readonly Item[] }
  | { readonly form: "map"; readonly at: number; readonly entries: readonly Entry[] }
  | Struct
  | Comprehension
  | { readonly form: "bind"; readonly at: number; readonly name: string; readonly value: Node; readonly body: Node }
  | OptionalMap;

export interface Literal {
  readonly form: "literal";
  readonly at: number;
  readonly value: unknown;
}

export interface Identifier {
  readonly form: "ident";
  readonly at: number;
  readonly name: string;
  /** `.name`. */
  readonly absolute?: boolean;
}

export interface Select {
  readonly form: "select";
  readonly at: number;
  readonly operand: Node;
  readonly field: string;
  /** `has(a.b)`. */
  readonly test?: boolean;
  /** `a.?b`. */
  readonly optional?: boolean;
}

export interface Call {
  readonly form: "call";
  readonly at: number;
  /** Operators as `_+_`, `_[_]`, `!_`, `_?_:_`. */
  readonly name: string;
  readonly target?: Node;
  readonly args: readonly Node[];
}

/** `optional`: `[?x]` and `{?k: x}` leave out what is not there. */
export interface Item {
  readonly value: Node;
  readonly optional: boolean;
}
export interface Entry extends Item {
  readonly key: Node;
}

/** `Object.spec{replicas: 1}`. */
export interface Struct {
  readonly form: "struct";
  readonly at: number;
  readonly name: string;
  readonly fields: readonly (Item & { readonly name: string; readonly at: number })[];
}

export type Macro =
  | "all"
  | "exists"
  | "exists_one"
  | "filter"
  | "map"
  | "transformList"
  | "transformMap"
  | "transformMapEntry";

export interface Comprehension {
  readonly form: "comprehension";
  readonly at: number;
  readonly macro: Macro;
  readonly range: Node;
  /** One name: items of a list, keys of a map. Two: index and item, key and value. */
  readonly names: readonly string[];
  /** Of `map` and the transforms, where given. */
  readonly filter?: Node;
  readonly body: Node;
}

/** `x.optMap(v, e)` and `x.optFlatMap(v, e)`. */
export interface OptionalMap {
  readonly form: "optionalMap";
  readonly at: number;
  readonly operand: Node;
  readonly name: string;
  readonly body: Node;
  readonly flat: boolean;
}

/** `a.b.c` where a node is nothing but names. */
export function dottedName(node: Node): string | undefined {
  if (node.form === "ident") return node.name;
  if (node.form !== "select" || node.test || node.optional) return undefined;
  const before = dottedName(node.operand);
  return before === undefined ? undefined : `${before}.${node.field}`;
}
