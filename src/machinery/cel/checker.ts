/** Finds the type of an expression, and what in it cannot be: unknown names, fields, and calls nothing answers. */
import { dottedName } from "./ast.ts";
import type { Call, Item, Node, Select, Struct } from "./ast.ts";
import { MacroChecker } from "./checker-macros.ts";
import type { FunctionTable, Overload } from "./functions.ts";
import type { Issue } from "./issue.ts";
import { CONDITION, INDEX, OPTIONAL_INDEX } from "./operators.ts";
import { TYPE_NAMES } from "./type-names.ts";
import {
  BOOL,
  BYTES,
  DOUBLE,
  DYN,
  ERROR,
  INT,
  NULL,
  STRING,
  UINT,
  listOf,
  mapOf,
  optionalOf,
  sameType,
  typeText,
  withinOptional,
} from "./types.ts";
import type { CelType } from "./types.ts";
import { Unifier, moreGeneral } from "./unifier.ts";
import { Uint } from "./values.ts";

export interface Names {
  /** The type of a variable; undefined where there is none. */
  readonly variable: (name: string) => CelType | undefined;
  /** The type that `Name{…}` makes; undefined where there is none. */
  readonly struct?: (name: string) => CelType | undefined;
}

/** What was found out about an expression. */
export interface Checked {
  readonly type: CelType;
  /** What depends on a part with an issue may be anything, so that it gives no second one. */
  readonly issues: readonly Issue[];
  /** Of each part. */
  readonly types: ReadonlyMap<Node, CelType>;
  /** What each call may turn out to be, by the types of its arguments. */
  readonly overloads: ReadonlyMap<Node, readonly Overload[]>;
}

export function check(node: Node, functions: FunctionTable, names: Names): Checked {
  const checker = new Checker(functions, names);
  checker.typeOf(node);
  const types = new Map<Node, CelType>();
  for (const [part, type] of checker.types) types.set(part, checker.unifier.substituted(type, true));
  return { type: types.get(node)!, issues: checker.issues, types, overloads: checker.overloads };
}

/** So many parts are looked at again for {@link Checker.again}. */
const MOST_REPEATED = 5000;

export class Checker {
  readonly issues: Issue[] = [];
  /** As they were when the part was looked at: what variables in them stand for may be found later. */
  readonly types = new Map<Node, CelType>();
  readonly overloads = new Map<Node, readonly Overload[]>();
  readonly unifier = new Unifier();
  readonly #functions: FunctionTable;
  readonly #names: Names;
  readonly #macros = new MacroChecker(this);
  readonly #scopes: (readonly [name: string, type: CelType])[] = [];
  #seen = 0;
  #repeated = 0;

  constructor(functions: FunctionTable, names: Names) {
    this.#functions = functions;
    this.#names = names;
  }

  typeOf(node: Node): CelType {
    this.#seen++;
    const type = this.#find(node);
    this.types.set(node, type);
    return type;
  }

  /**
   * The same of a part that upstream's checker meets twice: its issues come twice, and its variables are others. A part can
   * have another one twice, which has a third one twice, and so on; who goes on with that is content with the first look.
   */
  again(node: Node): CelType {
    if (this.#repeated > MOST_REPEATED) return this.types.get(node)!;
    const before = this.#seen;
    const type = this.typeOf(node);
    this.#repeated += this.#seen - before;
    return type;
  }

  #find(node: Node): CelType {
    switch (node.form) {
      case "literal":
        return literalType(node.value);
      case "ident":
        return this.#ident(node.name) ?? this.#undeclared(node.at, node.absolute ? `.${node.name}` : node.name);
      case "select":
        return this.#select(node);
      case "call":
        return this.#call(node);
      case "list":
        return listOf(this.#common(node.items) ?? this.unifier.variable());
      case "map":
        return this.#map(node.entries);
      case "struct":
        return this.#struct(node);
      case "comprehension":
        return this.#macros.comprehension(node);
      case "bind":
        return this.#macros.bind(node);
      case "optionalMap":
        return this.#macros.optionalMap(node);
    }
  }

  fail(at: number, text: string): CelType {
    this.issues.push({ at, text });
    return ERROR;
  }

  #undeclared(at: number, name: string): CelType {
    return this.fail(at, `undeclared reference to '${name}' (in container '')`);
  }

  #ident(name: string): CelType | undefined {
    for (let index = this.#scopes.length - 1; index >= 0; index--) {
      if (this.#scopes[index]![0] === name) return this.#scopes[index]![1];
    }
    return this.#names.variable(name) ?? TYPE_NAMES.get(name)?.type;
  }

  within<T>(names: readonly (readonly [string, CelType])[], body: () => T): T {
    this.#scopes.push(...names);
    const result = body();
    this.#scopes.length -= names.length;
    return result;
  }

  /** Of an item or entry: of `?x` what is in it. */
  #unwrapped({ value, optional }: Item): CelType {
    const type = this.typeOf(value);
    if (!optional) return type;
    const inner = withinOptional(type);
    if (inner === undefined && type.name !== "dyn") this.fail(value.at, mismatch(optionalOf(type), type));
    return inner ?? type;
  }

  /** Undefined of nothing. */
  #common(items: readonly Item[]): CelType | undefined {
    let common: CelType | undefined;
    for (const item of items) common = this.#joined(common, this.#unwrapped(item));
    return common;
  }

  #joined(before: CelType | undefined, type: CelType): CelType {
    if (before === undefined) return type;
    return this.unifier.assignable([before], [type]) ? moreGeneral(before, type) : DYN;
  }

  #map(entries: readonly (Item & { readonly key: Node })[]): CelType {
    let key: CelType | undefined;
    let value: CelType | undefined;
    for (const entry of entries) {
      key = this.#joined(key, this.typeOf(entry.key));
      value = this.#joined(value, this.#unwrapped(entry));
    }
    return mapOf(key ?? this.unifier.variable(), value ?? this.unifier.variable());
  }

  #select(node: Select): CelType {
    const named = TYPE_NAMES.get(dottedName(node) ?? "");
    if (named !== undefined) return named.type;
    const operand = this.unifier.substituted(this.typeOf(node.operand));
    const inner = withinOptional(operand);
    const found = this.#member(inner ?? operand, node);
    if (node.test) return BOOL;
    return this.unifier.substituted(inner !== undefined || node.optional === true ? optionalOf(found) : found);
  }

  #member(operand: CelType, { field, at }: Select): CelType {
    if (operand.name === "map") return operand.params?.[1] ?? DYN;
    if (operand.field !== undefined) return operand.field(field) ?? this.fail(at, `undefined field '${field}'`);
    if (operand.name === "param") this.unifier.assignable([DYN], [operand]);
    else if (operand.name !== "dyn" && operand !== ERROR) {
      this.fail(at, `type '${typeText(operand)}' does not support field selection`);
    }
    return DYN;
  }

  #call(node: Call): CelType {
    const { name, target, args, at } = node;
    const types = args.map((each) => this.typeOf(each));
    const namespace = target && dottedName(target);
    const full = `${namespace}.${name}`;
    if (namespace !== undefined && this.#functions.has(full)) {
      return this.#resolve(node, full, this.#functions.named(full, false, types.length), types);
    }
    const all = target === undefined ? types : [this.typeOf(target), ...types];
    const special = OPERATORS.get(name);
    if (special !== undefined) return this.#resolve(node, name, special, all);
    if (name === "_&&_" || name === "_||_") return this.logical(args, types);
    if (!this.#functions.has(name)) return this.#undeclared(at, name);
    return this.#resolve(node, name, this.#functions.named(name, target !== undefined, all.length), all);
  }

  /** `types`: of the arguments, with a member's own value first. */
  #resolve(call: Call, name: string, overloads: readonly Overload[], types: readonly CelType[]): CelType {
    const [type, fitting] = this.resolve(call.at, name, overloads, types, types.length > call.args.length);
    this.overloads.set(call, fitting);
    return type;
  }

  /** The type of a call, and all that it may turn out to be. */
  resolve(
    at: number,
    name: string,
    overloads: readonly Overload[],
    types: readonly CelType[],
    member = false,
  ): readonly [CelType, readonly Overload[]] {
    const fitting: Overload[] = [];
    let found: CelType | undefined;
    for (const overload of overloads) {
      const { result, wanted } = overload.generic
        ? this.#fresh(overload)
        : { result: overload.result, wanted: overload.args };
      if (!this.unifier.assignable(types, wanted)) continue;
      fitting.push(overload);
      const type = this.unifier.substituted(result);
      if (found === undefined) found = type;
      else if (found.name !== "dyn" && !sameType(found, type)) found = DYN;
    }
    return [found ?? this.#noOverload(at, name, types, member), fitting];
  }

  /** With variables of their own in place of parameters. */
  #fresh(overload: Overload): { readonly result: CelType; readonly wanted: readonly CelType[] } {
    const variables = new Map<string, CelType>();
    const fresh = (type: CelType): CelType => {
      if (type.name === "param") {
        const name = type.params![0]!.name;
        let variable = variables.get(name);
        if (variable === undefined) variables.set(name, (variable = this.unifier.variable()));
        return variable;
      }
      return type.params === undefined ? type : { ...type, params: type.params.map(fresh) };
    };
    return { result: fresh(overload.result), wanted: overload.args.map(fresh) };
  }

  #noOverload(at: number, name: string, types: readonly CelType[], member: boolean): CelType {
    const texts = types.map((type) => typeText(this.unifier.substituted(type, true)));
    const shown = member ? `${texts[0]}.(${texts.slice(1).join(", ")})` : `(${texts.join(", ")})`;
    return this.fail(at, `found no matching overload for '${name}' applied to '${shown}'`);
  }

  /** The type of a call on a value with nothing else. */
  member(at: number, name: string, target: CelType): CelType {
    return this.resolve(at, name, this.#functions.named(name, true, 1), [target], true)[0];
  }

  /** Fails where a part is of another type. */
  expected(at: number, wanted: CelType, found: CelType): void {
    if (!this.unifier.assignable([wanted], [found])) this.fail(at, mismatch(wanted, found));
  }

  /** `and`, `or`: each that cannot be a bool is told. */
  logical(nodes: readonly Node[], types: readonly CelType[]): CelType {
    let result = BOOL;
    types.forEach((type, index) => {
      if (!this.unifier.assignable([type], [BOOL])) result = this.fail(nodes[index]!.at, mismatch(BOOL, type));
    });
    return result;
  }

  #struct({ name, at, fields }: Struct): CelType {
    const type = this.#names.struct?.(name);
    if (type === undefined) {
      const named = this.#ident(name);
      if (named === undefined) return this.#undeclared(at, name);
      if (named.name !== "type") return this.fail(at, `'${typeText(named)}' is not a type`);
      return this.fail(at, `'${typeText(named.params?.[0] ?? named)}' is not a message type`);
    }
    for (const { name: field, at: where, ...item } of fields) {
      const given = this.#unwrapped(item);
      const wanted = type.field?.(field) ?? this.fail(where, `undefined field '${field}'`);
      if (this.unifier.assignable([wanted], [given])) continue;
      this.fail(
        where,
        `expected type of field '${field}' is '${typeText(wanted)}' but provided type is '${typeText(given)}'`,
      );
    }
    return type;
  }
}

/** Operators that the evaluator does itself, by what they take. */
const OPERATORS: ReadonlyMap<string, readonly Overload[]> = new Map([
  ["_?_:_", CONDITION],
  ["_[_]", INDEX],
  ["_[?_]", OPTIONAL_INDEX],
]);

/** Also of literals that are not alike. */
export const mismatch = (wanted: CelType, found: CelType): string =>
  `expected type '${typeText(wanted)}' but found '${typeText(found)}'`;

function literalType(value: unknown): CelType {
  switch (typeof value) {
    case "bigint":
      return INT;
    case "number":
      return DOUBLE;
    case "string":
      return STRING;
    case "boolean":
      return BOOL;
    default:
      return value === null ? NULL : value instanceof Uint ? UINT : BYTES;
  }
}
