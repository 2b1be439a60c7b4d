/**
 * Runs expressions. Each is compiled once into closures; a run counts its steps as upstream counts cost and stops when
 * they are used up.
 */
import type { Call, Comprehension, Node, OptionalMap, Struct } from "./ast.ts";
import { FunctionTable, takes } from "./functions.ts";
import type { Overload } from "./functions.ts";
import { TYPE_NAMES } from "./library/standard.ts";
import { CelError, List, MapValue, Optional, isList, isMap, noSuchOverload, typeNameOf } from "./values.ts";
import type { CelMap } from "./values.ts";

/** The run took more steps than it may. */
export class CostExceeded extends Error {
  constructor() {
    super("operation cancelled: actual cost limit exceeded");
  }
}

/** Where names stand for values, and how many steps were taken. */
export class Run {
  cost = 0;
  readonly #limit: number;
  readonly #outer: (name: string) => unknown;
  readonly #names: string[] = [];
  readonly #values: unknown[] = [];

  /** `lookUp` gives undefined for names it does not know. */
  constructor(lookUp: (name: string) => unknown, limit: number) {
    this.#outer = lookUp;
    this.#limit = limit;
  }

  /** Gives what `code` makes. What is too long for a text or too deep for the stack is the expression's own failure. */
  of(code: Code): unknown {
    try {
      return code(this);
    } catch (error) {
      throw error instanceof RangeError ? new CelError(error.message) : error;
    }
  }

  spend(steps: number): void {
    this.cost += steps;
    if (this.cost > this.#limit) throw new CostExceeded();
  }

  /** Runs `body` with a name more. */
  with<T>(name: string, value: unknown, body: () => T): T {
    this.#names.push(name);
    this.#values.push(value);
    try {
      return body();
    } finally {
      this.#names.pop();
      this.#values.pop();
    }
  }

  valueOf(name: string): unknown {
    const index = this.#names.lastIndexOf(name);
    return index >= 0 ? this.#values[index] : this.#outer(name);
  }
}

export type Code = (run: Run) => unknown;

/** Makes an object of a type that expressions name, such as `JSONPatch{…}`. */
export type MakeStruct = (name: string, fields: ReadonlyMap<string, unknown>) => unknown;

const LIST_COST = 10;
const MAP_COST = 30;
const STRUCT_COST = 40;

export class Compiler {
  readonly #functions: FunctionTable;
  readonly #makeStruct: MakeStruct;

  constructor(functions: FunctionTable, makeStruct: MakeStruct) {
    this.#functions = functions;
    this.#makeStruct = makeStruct;
  }

  compile(node: Node): Code {
    switch (node.form) {
      case "literal":
        return () => node.value;
      case "ident":
        return identifier(node.name);
      case "select":
        return this.#select(node);
      case "call":
        return this.#call(node);
      case "list":
        return this.#list(node);
      case "map":
        return this.#map(node);
      case "struct":
        return this.#struct(node);
      case "comprehension":
        return this.#comprehension(node);
      case "bind":
        return this.#bind(node);
      case "optionalMap":
        return this.#optionalMap(node);
    }
  }

  #select(node: Extract<Node, { form: "select" }>): Code {
    const type = TYPE_NAMES.get(dottedName(node) ?? "");
    if (type !== undefined) return () => type;
    const operand = this.compile(node.operand);
    const { field, test, optional } = node;
    return (run) => {
      const value = operand(run);
      if (!test) run.spend(1);
      if (value instanceof Optional) return ofOptional(value, (inner) => memberOf(inner, field), test === true);
      if (test) return isMap(value) ? value.get(field) !== undefined : throwing(noSuchOverload());
      const found = memberOf(value, field);
      if (optional) return found === undefined ? Optional.none : new Optional(found);
      if (found === undefined) throw new CelError(`no such key: ${field}`);
      return found;
    };
  }

  #call(node: Call): Code {
    const { name } = node;
    const nodes = node.target === undefined ? node.args : [node.target, ...node.args];
    const special = this.#special(node);
    if (special !== undefined) return special;
    const namespaced = node.target === undefined ? undefined : dottedName(node.target);
    const full = namespaced === undefined ? name : `${namespaced}.${name}`;
    if (namespaced !== undefined && this.#functions.has(full)) {
      return this.#dispatch(this.#functions.named(full, false, node.args.length), node.args);
    }
    return this.#dispatch(this.#functions.named(name, node.target !== undefined, nodes.length), nodes);
  }

  /** What does not evaluate all of its arguments, or works on anything. */
  #special({ name, args }: Call): Code | undefined {
    const inner = (): Code[] => args.map((each) => this.compile(each));
    switch (name) {
      case "_&&_":
        return lazyBool(...(inner() as [Code, Code]), false);
      case "_||_":
        return lazyBool(...(inner() as [Code, Code]), true);
      case "_?_:_": {
        const [condition, then, otherwise] = inner() as [Code, Code, Code];
        return (run) => {
          const value = condition(run);
          if (typeof value !== "boolean") throw noSuchOverload();
          return value ? then(run) : otherwise(run);
        };
      }
      case "_[_]":
      case "_[?_]":
        return indexed(...(inner() as [Code, Code]), name === "_[?_]");
      default:
        return undefined;
    }
  }

  #dispatch(overloads: readonly Overload[], nodes: readonly Node[]): Code {
    const codes = nodes.map((each) => this.compile(each));
    return (run) => {
      const args = codes.map((code) => code(run));
      const types = args.map(typeNameOf);
      const overload = overloads.find((each) => each.args.every((wanted, index) => takes(wanted, types[index]!)));
      if (overload === undefined) throw noSuchOverload();
      run.spend(1 + Math.max(0, overload.cost?.(...args) ?? 0));
      return overload.run(...args);
    };
  }

  #list({ items }: Extract<Node, { form: "list" }>): Code {
    const codes = items.map(({ value, optional }) => ({ code: this.compile(value), optional }));
    return (run) => {
      run.spend(LIST_COST);
      const found: unknown[] = [];
      for (const { code, optional } of codes) {
        const value = code(run);
        if (!optional) found.push(value);
        else if (!(value instanceof Optional)) throw noSuchOverload();
        else if (value.value !== undefined) found.push(value.value);
      }
      return new List(found);
    };
  }

  #map({ entries }: Extract<Node, { form: "map" }>): Code {
    const codes = entries.map(
      ({ key, value, optional }) => [this.compile(key), this.compile(value), optional] as const,
    );
    return (run) => {
      run.spend(MAP_COST);
      const found: [unknown, unknown][] = [];
      const seen: unknown[] = [];
      for (const [keyCode, valueCode, optional] of codes) {
        const key = keyCode(run);
        const value = valueCode(run);
        if (seen.includes(key)) throw new CelError(`Failed with repeated key`);
        seen.push(key);
        if (!optional) found.push([key, value]);
        else if (!(value instanceof Optional)) throw noSuchOverload();
        else if (value.value !== undefined) found.push([key, value.value]);
      }
      return new MapValue(found);
    };
  }

  #struct({ name, fields }: Struct): Code {
    const codes = fields.map((field) => [field.name, this.compile(field.value), field.optional] as const);
    return (run) => {
      run.spend(STRUCT_COST);
      const found = new Map<string, unknown>();
      for (const [field, code, optional] of codes) {
        const value = code(run);
        if (!optional) found.set(field, value);
        else if (value instanceof Optional && value.value !== undefined) found.set(field, value.value);
      }
      return this.#makeStruct(name, found);
    };
  }

  #bind({ name, value, body }: Extract<Node, { form: "bind" }>): Code {
    const [valueCode, bodyCode] = [this.compile(value), this.compile(body)];
    return (run) => run.with(name, valueCode(run), () => bodyCode(run));
  }

  #optionalMap({ operand, name, body, flat }: OptionalMap): Code {
    const [operandCode, bodyCode] = [this.compile(operand), this.compile(body)];
    return (run) => {
      const value = operandCode(run);
      if (!(value instanceof Optional)) throw noSuchOverload();
      if (value.value === undefined) return Optional.none;
      const mapped = run.with(name, value.value, () => bodyCode(run));
      return flat ? mapped : new Optional(mapped);
    };
  }

  #comprehension(node: Comprehension): Code {
    const range = this.compile(node.range);
    const body = this.compile(node.body);
    const filter = node.filter && this.compile(node.filter);
    const fold = FOLDS[node.macro];
    const [first, second] = node.names;
    return (run) => {
      const over = range(run);
      const each = (
        visit: (key: unknown, item: unknown, evaluate: (code: Code) => unknown) => boolean | void,
      ): void => {
        for (const [key, item] of pairs(over)) {
          const evaluate = (code: Code): unknown =>
            second === undefined
              ? run.with(first!, isMap(over) ? key : item, () => code(run))
              : run.with(first!, key, () => run.with(second, item, () => code(run)));
          if (visit(key, isMap(over) && second === undefined ? key : item, evaluate) === false) return;
        }
      };
      return fold({ run, each, body, filter: filter ?? (() => true) });
    };
  }
}

interface Folding {
  readonly run: Run;
  readonly each: (visit: (key: unknown, item: unknown, evaluate: (code: Code) => unknown) => boolean | void) => void;
  readonly body: Code;
  readonly filter: Code;
}

/** What upstream's fold costs with each item beside the body. */
const STEP = { quantifier: 3, collecting: 12 };

const FOLDS: Readonly<Record<Comprehension["macro"], (folding: Folding) => unknown>> = {
  all: (folding) => quantified(folding, false),
  exists: (folding) => quantified(folding, true),
  exists_one({ run, each, body }) {
    let count = 0;
    each((_key, _item, evaluate) => {
      run.spend(STEP.quantifier);
      if (truth(evaluate(body))) count++;
    });
    return count === 1;
  },
  filter({ run, each, body }) {
    const kept: unknown[] = [];
    each((_key, item, evaluate) => {
      run.spend(1);
      if (!truth(evaluate(body))) return;
      run.spend(STEP.collecting);
      kept.push(item);
    });
    return new List(kept);
  },
  map: collected,
  transformList: collected,
  transformMap: ({ run, each, body, filter }) => {
    const entries: [unknown, unknown][] = [];
    each((key, _item, evaluate) => {
      run.spend(STEP.collecting);
      if (truth(evaluate(filter))) entries.push([key, evaluate(body)]);
    });
    return new MapValue(entries);
  },
  transformMapEntry: ({ run, each, body, filter }) => {
    const entries: [unknown, unknown][] = [];
    each((_key, _item, evaluate) => {
      run.spend(STEP.collecting);
      if (!truth(evaluate(filter))) return;
      const entry = evaluate(body);
      if (!isMap(entry)) throw noSuchOverload();
      for (const key of entry.keys()) {
        if (new MapValue(entries).get(key) !== undefined)
          throw new CelError(`insert failed: key ${String(key)} already exists`);
        entries.push([key, entry.get(key)]);
      }
    });
    return new MapValue(entries);
  },
};

function collected({ run, each, body, filter }: Folding): List {
  const found: unknown[] = [];
  each((_key, _item, evaluate) => {
    run.spend(STEP.collecting);
    if (truth(evaluate(filter))) found.push(evaluate(body));
  });
  return new List(found);
}

/** One item decides; errors of others count only where none does. */
function quantified({ run, each, body }: Folding, decisive: boolean): boolean {
  let failed: unknown;
  let result = !decisive;
  each((_key, _item, evaluate) => {
    run.spend(STEP.quantifier);
    try {
      if (truth(evaluate(body)) !== decisive) return undefined;
      result = decisive;
      return false;
    } catch (error) {
      if (!(error instanceof CelError)) throw error;
      failed ??= error;
      return undefined;
    }
  });
  if (result !== decisive && failed !== undefined) throw failed;
  return result;
}

function truth(value: unknown): boolean {
  if (typeof value !== "boolean") throw noSuchOverload();
  return value;
}

function throwing(error: Error): never {
  throw error;
}

function* pairs(over: unknown): Iterable<readonly [key: unknown, item: unknown]> {
  if (isList(over)) {
    let index = 0n;
    for (const item of over) yield [index++, item];
  } else if (isMap(over)) {
    for (const key of over.keys()) yield [key, over.get(key)];
  } else throw noSuchOverload();
}

/** `a && b` is false where one is, whatever becomes of the other; so `a || b` with true. */
function lazyBool(left: Code, right: Code, decisive: boolean): Code {
  const side = (code: Code, run: Run): boolean | CelError => {
    try {
      const value = code(run);
      return typeof value === "boolean" ? value : noSuchOverload();
    } catch (error) {
      if (error instanceof CelError) return error;
      throw error;
    }
  };
  return (run) => {
    const a = side(left, run);
    if (a === decisive) return decisive;
    const b = side(right, run);
    if (b === decisive) return decisive;
    if (a instanceof CelError) throw a;
    if (b instanceof CelError) throw b;
    return !decisive;
  };
}

function identifier(name: string): Code {
  return (run) => {
    run.spend(1);
    const value = run.valueOf(name);
    if (value !== undefined) return value;
    const type = TYPE_NAMES.get(name);
    if (type === undefined) throw new CelError(`no such attribute(s): ${name}`);
    return type;
  };
}

function indexed(operand: Code, index: Code, optional: boolean): Code {
  return (run) => {
    const value = operand(run);
    const at = index(run);
    run.spend(1);
    if (value instanceof Optional) return ofOptional(value, (inner) => itemAt(inner, at), false);
    const found = itemAt(value, at);
    if (optional) return found === undefined ? Optional.none : new Optional(found);
    if (found !== undefined) return found;
    throw new CelError(isList(value) ? `index out of bounds: ${shown(at)}` : `no such key: ${shown(at)}`);
  };
}

function itemAt(value: unknown, at: unknown): unknown {
  if (isMap(value)) return value.get(at);
  if (!isList(value)) throw noSuchOverload();
  const index =
    typeof at === "bigint" || typeof at === "number" ? Number(at) : Number((at as { value?: bigint })?.value);
  if (!Number.isInteger(index)) throw noSuchOverload();
  return value.at(index);
}

const shown = (value: unknown): string =>
  typeof value === "object" && value !== null && "value" in value ? String(value.value) : String(value);

function memberOf(value: unknown, field: string): unknown {
  if (!isMap(value)) throw noSuchOverload();
  return (value as CelMap).get(field);
}

function ofOptional({ value }: Optional, read: (value: unknown) => unknown, test: boolean): unknown {
  const found = value === undefined ? undefined : read(value);
  if (test) return found !== undefined;
  return found === undefined ? Optional.none : new Optional(found);
}

/** `a.b.c` where a node is nothing but names. */
export function dottedName(node: Node): string | undefined {
  if (node.form === "ident") return node.name;
  if (node.form !== "select" || node.test || node.optional) return undefined;
  const before = dottedName(node.operand);
  return before === undefined ? undefined : `${before}.${node.field}`;
}
