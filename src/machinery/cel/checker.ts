/** Finds the type of an expression, and what in it cannot be: unknown names, fields, and calls nothing answers. */
import type { Call, Comprehension, Node, Select, Struct } from "./ast.ts";
import { dottedName } from "./evaluator.ts";
import type { FunctionTable, Overload } from "./functions.ts";
import type { Issue } from "./issue.ts";
import { TYPE_NAMES } from "./library/standard.ts";
import {
  BOOL,
  BYTES,
  DOUBLE,
  DYN,
  INT,
  NULL,
  STRING,
  UINT,
  fits,
  joined,
  listOf,
  mapOf,
  optionalOf,
  resolved,
  typeOfType,
  typeText,
} from "./types.ts";
import type { Bindings, CelType } from "./types.ts";
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
  /** A part with an issue has the type `error`, so that it gives no second one. */
  readonly issues: readonly Issue[];
  /** Of each part. */
  readonly types: ReadonlyMap<Node, CelType>;
  /** What each call may turn out to be, by the types of its arguments. */
  readonly overloads: ReadonlyMap<Node, readonly Overload[]>;
}

export function check(node: Node, functions: FunctionTable, names: Names): Checked {
  const checker = new Checker(functions, names);
  const type = checker.typeOf(node);
  return { type, issues: checker.issues, types: checker.types, overloads: checker.overloads };
}

const ERROR: CelType = { name: "error" };

class Checker {
  readonly issues: Issue[] = [];
  readonly types = new Map<Node, CelType>();
  readonly overloads = new Map<Node, readonly Overload[]>();
  readonly #functions: FunctionTable;
  readonly #names: Names;
  readonly #scopes: (readonly [name: string, type: CelType])[] = [];

  constructor(functions: FunctionTable, names: Names) {
    this.#functions = functions;
    this.#names = names;
  }

  typeOf(node: Node): CelType {
    const type = this.#find(node);
    this.types.set(node, type);
    return type;
  }

  #find(node: Node): CelType {
    switch (node.form) {
      case "literal":
        return literalType(node.value);
      case "ident":
        return this.#ident(node.name) ?? this.#undeclared(node.at, node.name);
      case "select":
        return this.#select(node);
      case "call":
        return this.#call(node);
      case "list":
        return listOf(this.#common(node.items.map(({ value, optional }) => this.#unwrapped(value, optional))));
      case "map": {
        const key = this.#common(node.entries.map((entry) => this.typeOf(entry.key)));
        return mapOf(key, this.#common(node.entries.map(({ value, optional }) => this.#unwrapped(value, optional))));
      }
      case "struct":
        return this.#struct(node);
      case "comprehension":
        return this.#comprehension(node);
      case "bind":
        return this.#within([[node.name, this.typeOf(node.value)]], () => this.typeOf(node.body));
      case "optionalMap": {
        const operand = this.typeOf(node.operand);
        const inner = operand.name === "optional_type" ? (operand.params?.[0] ?? DYN) : DYN;
        const body = this.#within([[node.name, inner]], () => this.typeOf(node.body));
        return node.flat ? body : optionalOf(body);
      }
    }
  }

  #fail(at: number, text: string): CelType {
    this.issues.push({ at, text });
    return ERROR;
  }

  #undeclared(at: number, name: string): CelType {
    return this.#fail(at, `undeclared reference to '${name}' (in container '')`);
  }

  #ident(name: string): CelType | undefined {
    for (let index = this.#scopes.length - 1; index >= 0; index--) {
      if (this.#scopes[index]![0] === name) return this.#scopes[index]![1];
    }
    return this.#names.variable(name) ?? (TYPE_NAMES.has(name) ? typeOfType(DYN) : undefined);
  }

  #within<T>(names: readonly (readonly [string, CelType])[], body: () => T): T {
    this.#scopes.push(...names);
    const result = body();
    this.#scopes.length -= names.length;
    return result;
  }

  #unwrapped(node: Node, optional: boolean): CelType {
    const type = this.typeOf(node);
    if (!optional || type.name === "dyn" || type === ERROR) return type;
    if (type.name === "optional_type") return type.params?.[0] ?? DYN;
    return this.#fail(node.at, mismatch(optionalOf(type), type));
  }

  #common(types: readonly CelType[]): CelType {
    return types.length === 0 ? DYN : types.reduce(joined);
  }

  #select(node: Select): CelType {
    if (TYPE_NAMES.has(dottedName(node) ?? "")) return typeOfType(DYN);
    const operand = this.typeOf(node.operand);
    const found = this.#member(operand, node);
    if (node.test) return found === ERROR ? ERROR : BOOL;
    // What is read of an optional value is optional, once.
    const wraps = node.optional === true && found !== ERROR && operand.name !== "optional_type";
    return wraps ? optionalOf(found) : found;
  }

  #member(operand: CelType, { field, at }: Select): CelType {
    switch (operand.name) {
      case "dyn":
        return DYN;
      case "error":
        return ERROR;
      case "map":
        return operand.params?.[1] ?? DYN;
      case "optional_type": {
        const inner = this.#member(operand.params?.[0] ?? DYN, { form: "select", operand: null as never, field, at });
        return inner === ERROR ? ERROR : optionalOf(inner);
      }
      default:
        if (operand.field !== undefined) return operand.field(field) ?? this.#fail(at, `undefined field '${field}'`);
        return this.#fail(at, `type '${typeText(operand)}' does not support field selection`);
    }
  }

  #call(node: Call): CelType {
    const { name, target, args, at } = node;
    const namespace = target && dottedName(target);
    if (namespace !== undefined && this.#functions.has(`${namespace}.${name}`)) {
      const full = `${namespace}.${name}`;
      return this.#resolve(node, full, this.#functions.named(full, false, args.length), args);
    }
    const nodes = target === undefined ? args : [target, ...args];
    if (name === "_?_:_") return this.#conditional(node);
    if (name === "_&&_" || name === "_||_") return this.#logical(node);
    if (name === "_[_]" || name === "_[?_]") return this.#index(node);
    if (!this.#functions.has(name)) {
      for (const each of nodes) this.typeOf(each);
      return this.#undeclared(at, name);
    }
    return this.#resolve(node, name, this.#functions.named(name, target !== undefined, nodes.length), nodes);
  }

  /** `nodes`: the arguments, with a member's own value first. */
  #resolve(call: Call, name: string, overloads: readonly Overload[], nodes: readonly Node[]): CelType {
    const types = nodes.map((each) => this.typeOf(each));
    if (types.some((type) => type === ERROR)) return ERROR;
    const fitting: Overload[] = [];
    let found: CelType | undefined;
    for (const overload of overloads) {
      const bindings: Bindings = new Map();
      if (!overload.args.every((wanted, index) => fits(wanted, types[index]!, bindings))) continue;
      fitting.push(overload);
      const result = resolved(overload.result, bindings);
      found = found === undefined ? result : typeText(found) === typeText(result) ? found : DYN;
    }
    this.overloads.set(call, fitting);
    return found ?? this.#noOverload(name, call.at, types, nodes.length > call.args.length);
  }

  #noOverload(name: string, at: number, types: readonly CelType[], member: boolean): CelType {
    const texts = types.map(typeText);
    const shown = member ? `${texts[0]}.(${texts.slice(1).join(", ")})` : `(${texts.join(", ")})`;
    return this.#fail(at, `found no matching overload for '${name}' applied to '${shown}'`);
  }

  #logical({ args }: Call): CelType {
    const right = args.map((each) => this.#bool(each, this.typeOf(each)));
    return right.includes(false) ? ERROR : BOOL;
  }

  #conditional({ name, args, at }: Call): CelType {
    const types = args.map((each) => this.typeOf(each));
    if (types.includes(ERROR)) return ERROR;
    const [condition, then, otherwise] = types as [CelType, CelType, CelType];
    const fit =
      fits(BOOL, condition, new Map()) && (fits(then, otherwise, new Map()) || fits(otherwise, then, new Map()));
    return fit ? joined(then, otherwise) : this.#noOverload(name, at, types, false);
  }

  #index({ name, args, at }: Call): CelType {
    const [operand, index] = args.map((each) => this.typeOf(each)) as [CelType, CelType];
    if (operand === ERROR || index === ERROR) return ERROR;
    const optional = name === "_[?_]";
    const within = operand.name === "optional_type" ? (operand.params?.[0] ?? DYN) : operand;
    const wanted = within.name === "list" ? INT : within.name === "map" ? (within.params?.[0] ?? DYN) : DYN;
    const known = within.name === "list" || within.name === "map" || within.name === "dyn";
    if (!known || !fits(wanted, index, new Map())) return this.#noOverload(name, at, [operand, index], false);
    const item = within.name === "list" ? within.params?.[0] : within.params?.[1];
    return optional || within !== operand ? optionalOf(item ?? DYN) : (item ?? DYN);
  }

  #struct({ name, at, fields }: Struct): CelType {
    const type = this.#names.struct?.(name);
    if (type === undefined) {
      for (const { value } of fields) this.typeOf(value);
      return this.#undeclared(at, name);
    }
    for (const { name: field, value, optional, at: where } of fields) {
      const given = this.#unwrapped(value, optional);
      const wanted = type.field?.(field) ?? (type.name === "dyn" ? DYN : undefined);
      if (wanted === undefined) this.#fail(where, `undefined field '${field}'`);
      else if (given !== ERROR && !fits(wanted, given, new Map())) {
        this.#fail(
          where,
          `expected type of field '${field}' is '${typeText(wanted)}' but provided type is '${typeText(given)}'`,
        );
      }
    }
    return type;
  }

  #comprehension(node: Comprehension): CelType {
    const range = this.typeOf(node.range);
    const [key, item] = this.#rangeTypes(node, range);
    const [first, second] = node.names;
    const single = range.name === "map" ? key : item;
    const scope: [string, CelType][] =
      second === undefined
        ? [[first!, single]]
        : [
            [first!, key],
            [second, item],
          ];
    return this.#within(scope, () => {
      const filter = node.filter && this.typeOf(node.filter);
      const body = this.typeOf(node.body);
      switch (node.macro) {
        case "map":
        case "transformList":
          return this.#kept(node, filter, listOf(body));
        case "transformMap":
          return this.#kept(node, filter, mapOf(key, body));
        case "transformMapEntry":
          return this.#kept(node, filter, body.name === "map" ? body : mapOf(DYN, DYN));
        case "filter":
          return this.#kept(node, body, listOf(single));
        case "exists_one":
          return this.#kept(node, body, INT) === ERROR ? ERROR : BOOL;
        default:
          return this.#bool(node.body, body) ? BOOL : ERROR;
      }
    });
  }

  /** `result`: of the accumulator, which upstream chooses with a condition of its own. */
  #kept({ at }: Comprehension, filter: CelType | undefined, result: CelType): CelType {
    if (filter === undefined || filter === ERROR || fits(BOOL, filter, new Map())) return result;
    return this.#noOverload("_?_:_", at, [filter, result, result], false);
  }

  #rangeTypes(node: Comprehension, range: CelType): [key: CelType, item: CelType] {
    if (range.name === "list") return [INT, range.params?.[0] ?? DYN];
    if (range.name === "map") return [range.params?.[0] ?? DYN, range.params?.[1] ?? DYN];
    if (range.name !== "dyn" && range !== ERROR) {
      this.#fail(
        node.range.at,
        `expression of type '${typeText(range)}' cannot be range of a comprehension (must be list, map, or dynamic)`,
      );
      return [ERROR, ERROR];
    }
    return [range, range];
  }

  /** Can it be one? */
  #bool(node: Node, type: CelType): boolean {
    if (type === ERROR) return false;
    if (fits(BOOL, type, new Map())) return true;
    this.#fail(node.at, mismatch(BOOL, type));
    return false;
  }
}

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
