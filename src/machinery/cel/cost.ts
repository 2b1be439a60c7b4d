/**
 * What an expression may cost at most, found without running it, as upstream's estimate finds it: whoever defines a custom
 * resource is told at once that a rule could take too long. The numbers decide which definitions are accepted, so each
 * is upstream's (cel-go's checker and Kubernetes' own functions), odd ones included.
 *
 * Worked example: `self.tags.all(t, t.startsWith('a'))` with `maxItems: 10` is 10 rounds of 5 steps (3 for the
 * fold, 1 for `t`, 1 for reading one character), 2 for `self.tags` and 1 for the result: 53.
 */
import { characterCount } from "../go-text.ts";
import { dottedName } from "./ast.ts";
import type { Call, Comprehension, Node, OptionalMap } from "./ast.ts";
import type { Checked } from "./checker.ts";
import { CREATE, callCost } from "./call-cost.ts";
import type { Operand } from "./call-cost.ts";
import { FREE, ONE, UNKNOWN, fixed, plus, times, union } from "./estimate.ts";
import type { Estimate } from "./estimate.ts";
import { TYPE_NAMES } from "./type-names.ts";
import { INT } from "./types.ts";
import type { CelType } from "./types.ts";

/** In steps. `variables` are the types of the outer names; sizes in them (`most`) bound the estimate. */
export function estimateCost(node: Node, checked: Checked, variables: Readonly<Record<string, CelType>>): Estimate {
  return new Estimator(checked, variables).cost(node);
}

/** What is known of a name inside of an expression. */
interface Local {
  /** The declared type that it stands for, where it comes from a variable. */
  readonly declared?: CelType | undefined;
  readonly size?: Estimate | undefined;
}

const CREATED = { list: fixed(CREATE.list), map: fixed(CREATE.map), struct: fixed(CREATE.struct) };

/** Of one round of a fold, beside what the author wrote: its condition, and what is done with the body's value. */
const ROUND = { all: fixed(3), exists: { least: 4, most: 4 } };

const SCALARS: ReadonlySet<string> = new Set(["bool", "double", "duration", "int", "timestamp", "uint"]);

class Estimator {
  readonly #checked: Checked;
  readonly #variables: Readonly<Record<string, CelType>>;
  readonly #locals: (readonly [name: string, local: Local])[] = [];
  readonly #sizes = new Map<Node, Estimate>();
  readonly #declared = new Map<Node, CelType>();

  constructor(checked: Checked, variables: Readonly<Record<string, CelType>>) {
    this.#checked = checked;
    this.#variables = variables;
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
      case "list":
        return plus(...node.items.map(({ value }) => this.cost(value)), CREATED.list);
      case "map":
        return plus(...node.entries.flatMap(({ key, value }) => [this.cost(key), this.cost(value)]), CREATED.map);
      case "struct":
        return plus(...node.fields.map(({ value }) => this.cost(value)), CREATED.struct);
      case "comprehension":
        return this.#comprehension(node);
      case "bind":
        return this.#bind(node.name, node.value, node.body, node);
      case "optionalMap":
        return this.#optionalMap(node);
    }
  }

  #ident(node: Extract<Node, { form: "ident" }>): Estimate {
    const local = this.#local(node.name);
    const declared = local === undefined ? this.#variables[node.name] : local.declared;
    if (local === undefined && declared === undefined) return this.#typeName(node);
    if (declared !== undefined) this.#declared.set(node, declared);
    return ONE;
  }

  /** What is no variable upstream looks for from the top, and finds the whole. */
  #typeName(node: Node): Estimate {
    const top = this.#variables["self"];
    if (top !== undefined) this.#declared.set(node, top);
    return ONE;
  }

  #local(name: string): Local | undefined {
    return this.#locals.findLast(([each]) => each === name)?.[1];
  }

  #select(node: Extract<Node, { form: "select" }>): Estimate {
    if (TYPE_NAMES.has(dottedName(node) ?? "")) return this.#typeName(node);
    const operand = this.cost(node.operand);
    if (node.test) return operand;
    const outer = this.#declared.get(node.operand);
    // A key of a map that is written as a field is looked for among fields.
    const declared = outer?.field?.(node.field);
    if (declared !== undefined && !node.optional) this.#declared.set(node, declared);
    const { name } = this.#type(node.operand);
    return name === "map" || name === "object" || node.optional ? plus(operand, ONE) : operand;
  }

  #type(node: Node): CelType {
    return this.#checked.types.get(node) ?? { name: "dyn" };
  }

  #call(node: Call): Estimate {
    const { name, target, args } = node;
    const namespace = target && dottedName(target);
    const free = namespace === undefined ? undefined : this.#checked.overloads.get(node)?.[0];
    const global = target === undefined || free?.name === `${namespace}.${name}`;
    const costs = args.map((each) => this.cost(each));
    const sum = plus(...costs);
    switch (name) {
      case "_&&_":
      case "_||_":
        return { least: costs[0]!.least, most: sum.most };
      case "_?_:_": {
        const [condition, then, otherwise] = costs as [Estimate, Estimate, Estimate];
        this.#sizes.set(node, union(this.#sizeOr(args[1]!), this.#sizeOr(args[2]!)));
        return plus(condition, union(then, otherwise));
      }
      case "_[_]":
      case "_[?_]":
        return this.#index(node, sum);
      case "dyn": {
        const size = this.#size(args[0]!);
        if (size !== undefined) this.#sizes.set(node, size);
        return plus(sum, ONE);
      }
      default:
    }
    const outer = global ? FREE : this.cost(target);
    const full = global && namespace !== undefined ? `${namespace}.${name}` : name;
    const operands = args.map((each) => this.#operand(each));
    let cost: Estimate | undefined;
    let size: Estimate | undefined;
    for (const { args: types } of this.#checked.overloads.get(node) ?? []) {
      const call = { name: full, types, target: global ? undefined : this.#operand(target), args: operands };
      const found = callCost(call);
      cost = cost === undefined ? found.cost : union(cost, found.cost);
      if (found.size !== undefined) size = size === undefined ? found.size : union(size, found.size);
    }
    if (size !== undefined) this.#sizes.set(node, size);
    return plus(outer, sum, cost ?? FREE);
  }

  #operand(node: Node): Operand {
    const type = this.#type(node);
    const declared = this.#declared.get(node);
    const item = type.params?.[0];
    return {
      type,
      size: this.#sizeOr(node),
      ...(node.form === "literal" && { literal: node.value }),
      ...(item !== undefined && {
        item: { type: item, size: declared === undefined ? UNKNOWN : sizeOf(declared.params?.[0] ?? item) },
      }),
    };
  }

  #index(node: Call, sum: Estimate): Estimate {
    const within = this.#declared.get(node.args[0]!);
    const declared = within?.name === "list" ? within.params?.[0] : within?.params?.[1];
    if (declared !== undefined && node.name === "_[_]") this.#declared.set(node, declared);
    return plus(sum, ONE);
  }

  #comprehension(node: Comprehension): Estimate {
    const { macro, range, names, filter, body } = node;
    const before = this.cost(range);
    const [key, item] = this.#rangeLocals(range);
    const single = this.#type(range).name === "list" ? item : key;
    const locals: Local[] = names.length === 1 ? [single] : [key, item];
    const [kept, inner] = this.#within(names, locals, () => [filter && this.cost(filter), this.cost(body)]);
    const rounds = this.#sizeOr(range);
    const { begin, round, end } = folded(macro, inner, kept);
    if (!macro.startsWith("exists") && macro !== "all") this.#sizes.set(node, rounds);
    else this.#sizes.set(node, ONE);
    return plus(before, begin, end, times(rounds, round));
  }

  /** A key of a map has no size of its own in declarations; an index is a number. */
  #rangeLocals(range: Node): [key: Local, item: Local] {
    // What is in a list or map that was made on the way has no place in the declarations: upstream looks from the top.
    const within = this.#declared.get(range);
    if (within === undefined) {
      const top: Local = { declared: this.#variables["self"] };
      return this.#type(range).name === "list" ? [{ declared: undefined, size: ONE }, top] : [top, top];
    }
    const [first, second] = within.params ?? [];
    if (this.#type(range).name === "list") return [{ declared: undefined, size: ONE }, { declared: first }];
    return [{ declared: first }, { declared: second }];
  }

  #within<T>(names: readonly string[], locals: readonly Local[], work: () => T): T {
    names.forEach((name, index) => this.#locals.push([name, locals[index]!]));
    const result = work();
    this.#locals.length -= names.length;
    return result;
  }

  /** Upstream writes it as a fold over an empty list. */
  #bind(name: string, value: Node, body: Node, whole: Node): Estimate {
    const first = this.cost(value);
    const local = { declared: this.#declared.get(value), size: this.#size(value) };
    const second = this.#within([name], [local], () => this.cost(body));
    const size = this.#within([name], [local], () => this.#size(body));
    if (size !== undefined) this.#sizes.set(whole, size);
    return plus(CREATED.list, first, second);
  }

  /** `x.hasValue() ? optional.of(bind v to x.value() in e) : optional.none()`. */
  #optionalMap({ operand, name, body, flat }: OptionalMap): Estimate {
    const value = plus(this.cost(operand), ONE);
    const inner = plus(
      CREATED.list,
      value,
      this.#within([name], [{}], () => this.cost(body)),
    );
    return plus(value, union(flat ? inner : plus(inner, ONE), ONE));
  }

  #sizeOr(node: Node): Estimate {
    return this.#size(node) ?? UNKNOWN;
  }

  /** Characters, bytes, items or entries of the value; 1 for what has no length. Undefined where nobody knows. */
  #size(node: Node): Estimate | undefined {
    const known = this.#sizes.get(node) ?? written(node);
    if (known !== undefined) return known;
    const declared = this.#declared.get(node);
    if (declared !== undefined) return sizeOf(declared);
    if (isScalar(this.#type(node))) return ONE;
    return node.form === "ident" ? this.#local(node.name)?.size : undefined;
  }
}

/** What a declared type says; a type without a size counts as none. */
const sizeOf = (type: CelType): Estimate => ({ least: 0, most: type.most ?? 0 });

const isScalar = ({ name, params }: CelType): boolean =>
  SCALARS.has(name) || (name === "optional_type" && isScalar(params?.[0] ?? INT));

function written(node: Node): Estimate | undefined {
  if (node.form === "list") return fixed(node.items.length);
  if (node.form === "map") return fixed(node.entries.length);
  if (node.form !== "literal") return undefined;
  if (typeof node.value === "string") return fixed(characterCount(node.value));
  return node.value instanceof Uint8Array ? fixed(node.value.length) : ONE;
}

/** What upstream's unrolled macro costs before, in each round, and after. */
function folded(
  macro: Comprehension["macro"],
  body: Estimate,
  filter: Estimate | undefined,
): { begin: Estimate; round: Estimate; end: Estimate } {
  const when = (kept: Estimate): Estimate => (filter === undefined ? kept : plus(filter, union(kept, ONE)));
  switch (macro) {
    case "all":
    case "exists":
      return { begin: FREE, round: plus(ROUND[macro], { least: 0, most: body.most }), end: ONE };
    case "exists_one":
      return { begin: FREE, round: plus(body, { least: 1, most: 2 }), end: fixed(2) };
    case "filter":
      return { begin: CREATED.list, round: plus(body, { least: 1, most: 13 }), end: ONE };
    case "map":
    case "transformList":
      return { begin: CREATED.list, round: when(plus(body, fixed(12))), end: ONE };
    case "transformMap":
      return { begin: CREATED.map, round: when(plus(body, fixed(3))), end: ONE };
    case "transformMapEntry":
      return { begin: CREATED.map, round: when(plus(body, fixed(2))), end: ONE };
  }
}
