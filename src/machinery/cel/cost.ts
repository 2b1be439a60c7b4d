/**
 * What an expression may cost at most, found without running it, as upstream's estimate finds it: whoever defines a custom
 * resource is told at once that a rule could take too long. The numbers decide which definitions are accepted, so each
 * is upstream's (cel-go's checker and Kubernetes' own functions), odd ones included.
 *
 * Worked example: `self.tags.all(t, t.startsWith('a'))` with `maxItems: 10` is 10 rounds of 5 steps (3 for the
 * fold, 1 for `t`, 1 for reading one character), 2 for `self.tags` and 1 for the result: 53.
 */
import { dottedName } from "./ast.ts";
import type { Call, Comprehension, Identifier, Node, OptionalMap, Select } from "./ast.ts";
import type { Checked } from "./checker.ts";
import { CREATE, callCost } from "./call-cost.ts";
import type { CallCost, Operand } from "./call-cost.ts";
import { folded } from "./cost-folds.ts";
import { FREE, ONE, UNKNOWN, fixed, plus, times, union } from "./estimate.ts";
import type { Estimate } from "./estimate.ts";
import type { Overload } from "./functions.ts";
import { Path } from "./paths.ts";
import type { Sizes } from "./paths.ts";
import { SizeTable, entriesOf, isScalar, unionOfEntries } from "./sizes.ts";
import type { Local } from "./sizes.ts";
import { TYPE_NAMES } from "./type-names.ts";
import { DYN } from "./types.ts";
import type { CelType } from "./types.ts";

/** In steps. `sizes` says how large variables and what is in them can be. */
export function estimateCost(node: Node, checked: Checked, sizes: Sizes): Estimate {
  return new Estimator(checked, sizes).cost(node);
}

const CREATED = { list: fixed(CREATE.list), map: fixed(CREATE.map), struct: fixed(CREATE.struct) };

class Estimator {
  readonly #checked: Checked;
  readonly #known: SizeTable;

  constructor(checked: Checked, sizes: Sizes) {
    this.#checked = checked;
    this.#known = new SizeTable(checked.types, sizes);
  }

  cost(node: Node): Estimate {
    switch (node.form) {
      case "literal":
        return FREE;
      case "ident":
        return this.#ident(node);
      case "select":
        return this.#select(node);
      case "call":
        return this.#call(node);
      case "list": {
        const cost = plus(...node.items.map(({ value }) => this.cost(value)), CREATED.list);
        const values = node.items.map(({ value }) => this.#known.sizeOrUnknown(value));
        this.#known.setEntries(node, entriesOf("list", undefined, values));
        return cost;
      }
      case "map":
        return this.#map(node);
      case "struct":
        return plus(...node.fields.map(({ value }) => this.cost(value)), CREATED.struct);
      case "comprehension":
        return this.#comprehension(node);
      case "bind":
        return this.#bind(node);
      case "optionalMap":
        return this.#optionalMap(node);
    }
  }

  #map(node: Extract<Node, { form: "map" }>): Estimate {
    const { entries } = node;
    const cost = plus(...entries.flatMap(({ key, value }) => [this.cost(key), this.cost(value)]), CREATED.map);
    const keys = entries.map(({ key }) => this.#known.sizeOrUnknown(key));
    const values = entries.map(({ value }) => this.#known.sizeOrUnknown(value));
    this.#known.setEntries(node, entriesOf("map", keys, values));
    return cost;
  }

  #ident(node: Identifier): Estimate {
    const local = this.#known.local(node.name);
    this.#known.setPath(node, local === undefined ? Path.of(node.name) : local.path);
    return ONE;
  }

  #select(node: Select): Estimate {
    const name = dottedName(node) ?? "";
    if (TYPE_NAMES.has(name)) {
      this.#known.setPath(node, Path.of(name));
      return ONE;
    }
    const operand = this.cost(node.operand);
    if (node.test) return operand;
    // A field that may be absent is read by a call.
    if (node.optional) return plus(operand, ONE);
    this.#known.setPath(node, Path.longer(this.#known.pathOf(node.operand), node.field));
    const { name: type } = this.#type(node.operand);
    return type === "map" || type === "object" ? plus(operand, ONE) : operand;
  }

  #type(node: Node): CelType {
    return this.#checked.types.get(node) ?? DYN;
  }

  #call(node: Call): Estimate {
    const { name, target, args } = node;
    if (name === "dyn" && target === undefined) {
      const cost = plus(this.cost(args[0]!), ONE);
      this.#known.copy(node, args[0]!);
      return cost;
    }
    const costs: Estimate[] = [];
    const operands: Operand[] = [];
    for (const arg of args) {
      costs.push(this.cost(arg));
      operands.push(this.#known.operand(arg));
    }
    if (name === "_&&_" || name === "_||_") return { least: costs[0]!.least, most: plus(...costs).most };
    if (name === "_?_:_") return this.#condition(node, costs, operands);
    const overloads = this.#checked.overloads.get(node) ?? [];
    const namespace = target && dottedName(target);
    const global = target === undefined || overloads[0]?.name === `${namespace}.${name}`;
    const full = global && namespace !== undefined ? `${namespace}.${name}` : name;
    const outer = global ? FREE : this.cost(target);
    const called = { name: full, target: global ? undefined : this.#known.operand(target), args: operands };
    let cost: Estimate | undefined;
    let size: Estimate | undefined;
    for (const overload of overloads) {
      const found = callCost({ ...called, types: overload.args });
      cost = cost === undefined ? found.cost : union(cost, found.cost);
      size = this.#sizeOfResult(node, overload, found, size);
    }
    this.#known.setSize(node, size);
    return plus(outer, ...costs, cost ?? FREE);
  }

  /** `before`: by the functions that the call may be as well. */
  #sizeOfResult(
    node: Call,
    { name, args: [type] }: Overload,
    found: CallCost,
    before?: Estimate,
  ): Estimate | undefined {
    let size = before;
    if (found.size !== undefined) size = size === undefined ? found.size : union(size, found.size);
    if (name === "_+_" && found.size !== undefined) {
      const [a, b] = node.args.map((arg) => this.#known.entries(arg));
      this.#known.setEntries(node, unionOfEntries(a, b));
    }
    if (name === "_[_]" && (type!.name === "list" || type!.name === "map")) {
      const [within] = node.args as [Node];
      size = this.#known.entries(within)?.value;
      const place = type!.name === "list" ? "@items" : "@values";
      this.#known.setPath(node, Path.longer(this.#known.pathOf(within), place));
    }
    return size ?? this.#known.size(node);
  }

  /** The dearer branch; as large as either. */
  #condition(node: Call, costs: readonly Estimate[], operands: readonly Operand[]): Estimate {
    const [condition, then, otherwise] = costs as [Estimate, Estimate, Estimate];
    const [a, b] = node.args.slice(1).map((branch) => this.#known.entries(branch));
    this.#known.setEntries(node, unionOfEntries(a, b));
    this.#known.setSize(node, union(operands[1]!.size, operands[2]!.size));
    return plus(condition, union(then, otherwise));
  }

  #comprehension(node: Comprehension): Estimate {
    const { macro, range, names, filter, body } = node;
    const before = this.cost(range);
    const locals = this.#rangeLocals(range, names.length === 2);
    const { kept, inner, item } = this.#known.within(names, locals, () => ({
      kept: filter && this.cost(filter),
      inner: this.cost(body),
      item: this.#itemSize(node),
    }));
    const rounds = this.#known.sizeOrUnknown(range);
    const { begin, round, end } = folded(macro, inner, kept);
    const gathers = macro !== "all" && !macro.startsWith("exists");
    this.#known.setSize(node, gathers ? rounds : ONE);
    // What a map is made of is not followed.
    if (gathers && !macro.startsWith("transformMap")) {
      this.#known.setEntries(node, { kind: "list", key: ONE, value: { least: 0, most: item.most } });
    }
    return plus(before, begin, end, times(rounds, round));
  }

  /** Of what a round adds to a list. */
  #itemSize({ macro, range, names, body }: Comprehension): Estimate {
    if (macro !== "filter") return this.#known.sizeOrUnknown(body);
    const type = this.#type(range);
    return this.#known.sizeOfLocal(names[0]!, type.params?.[0] ?? DYN) ?? UNKNOWN;
  }

  /** Paths are made longer in upstream's order: see {@link Path}. */
  #rangeLocals(range: Node, two: boolean): readonly Local[] {
    const entries = this.#known.entries(range);
    const path = this.#known.pathOf(range);
    const list = (entries?.kind ?? this.#type(range).name) === "list";
    const key = (name: string): Local => ({ path: Path.longer(path, name), size: entries?.key });
    const value = (name: string): Local => ({ path: Path.longer(path, name), size: entries?.value });
    if (!two) return [list ? value("@items") : key("@keys")];
    const first = key(list ? "@indices" : "@keys");
    return [first, value(list ? "@items" : "@values")];
  }

  /** Upstream writes it as a fold over an empty list. */
  #bind(node: Extract<Node, { form: "bind" }>): Estimate {
    const { name, value, body } = node;
    const first = this.cost(value);
    const local = {
      path: this.#known.pathOf(value),
      size: this.#known.size(value),
      entries: this.#known.entries(value),
    };
    const second = this.#known.within([name], [local], () => this.cost(body));
    this.#known.copy(node, body);
    return plus(CREATED.list, first, second);
  }

  /** `x.hasValue() ? optional.of(bind v to x.value() in e) : optional.none()`. */
  #optionalMap(node: OptionalMap): Estimate {
    const { operand, name, body, flat } = node;
    const value = plus(this.cost(operand), ONE);
    const type = this.#type(operand).params?.[0] ?? DYN;
    const local: Local = { path: undefined, size: isScalar(type) ? ONE : undefined };
    const mapped = this.#known.within([name], [local], () => this.cost(body));
    const inner = plus(CREATED.list, value, mapped);
    const scalar = isScalar(this.#type(node));
    const some = flat ? this.#known.sizeOrUnknown(body) : scalar ? ONE : UNKNOWN;
    this.#known.setSize(node, union(some, scalar ? ONE : UNKNOWN));
    return plus(value, union(flat ? inner : plus(inner, ONE), ONE));
  }
}
