/**
 * Types of loops and of names for a value. Upstream unrolls `map`, `filter` and their like into loops over an accumulator
 * and checks those; what its checker would say of the accumulator is said here without one.
 *
 * Worked example: `list.filter(x, c)` begins with an empty list, and each round is `c ? accumulator + [x] : accumulator`.
 */
import type { Comprehension, Node, OptionalMap } from "./ast.ts";
import type { Checker } from "./checker.ts";
import { ADD_LIST, CONDITION, INSERT } from "./operators.ts";
import { BOOL, DYN, ERROR, INT, listOf, mapOf, optionalOf, typeText } from "./types.ts";
import type { CelType } from "./types.ts";

export class MacroChecker {
  readonly #checker: Checker;

  constructor(checker: Checker) {
    this.#checker = checker;
  }

  comprehension(node: Comprehension): CelType {
    const { unifier } = this.#checker;
    const range = unifier.substituted(this.#checker.typeOf(node.range));
    const gathered = this.#gathered(node);
    const [key, item] = this.#rangeTypes(node, range);
    const [first, second] = node.names as [string, string | undefined];
    const single = range.name === "map" ? key : item;
    const scope: [string, CelType][] =
      second === undefined
        ? [[first, single]]
        : [
            [first, key],
            [second, item],
          ];
    this.#checker.within(scope, () => this.#round(node, gathered, key, single));
    return gathered === INT ? BOOL : unifier.substituted(gathered);
  }

  /** What the accumulator is at first. */
  #gathered({ macro }: Comprehension): CelType {
    const { unifier } = this.#checker;
    switch (macro) {
      case "all":
      case "exists":
        return BOOL;
      case "exists_one":
        return INT;
      case "transformMap":
      case "transformMapEntry":
        return mapOf(unifier.variable(), unifier.variable());
      default:
        return listOf(unifier.variable());
    }
  }

  /** What is put together in a round has to be what was gathered before. */
  #round(node: Comprehension, gathered: CelType, key: CelType, single: CelType): void {
    const { macro, at, body } = node;
    const filter = node.filter && this.#checker.typeOf(node.filter);
    const type = this.#checker.typeOf(body);
    const call = (name: string, overloads: typeof INSERT, types: readonly CelType[]): CelType =>
      this.#checker.resolve(at, name, overloads, types)[0];
    const kept = (condition: CelType | undefined, grown: CelType): CelType =>
      condition === undefined ? grown : call("_?_:_", CONDITION, [condition, grown, gathered]);
    const grown = (): CelType => {
      switch (macro) {
        case "all":
        case "exists":
          return this.#checker.logical([body], [type]);
        case "exists_one":
          return kept(type, INT);
        case "filter":
          return kept(type, call("_+_", ADD_LIST, [gathered, listOf(single)]));
        case "transformMap":
          return kept(filter, call("cel.@mapInsert", INSERT, [gathered, key, type]));
        case "transformMapEntry":
          return kept(filter, call("cel.@mapInsert", INSERT, [gathered, type]));
        default:
          return kept(filter, call("_+_", ADD_LIST, [gathered, listOf(type)]));
      }
    };
    this.#checker.expected(at, gathered, grown());
  }

  #rangeTypes(node: Comprehension, range: CelType): [key: CelType, item: CelType] {
    if (range.name === "list") return [INT, range.params?.[0] ?? DYN];
    if (range.name === "map") return [range.params?.[0] ?? DYN, range.params?.[1] ?? DYN];
    if (range.name === "dyn" || range.name === "error" || range.name === "param") {
      this.#checker.unifier.assignable([DYN], [range]);
      return [DYN, DYN];
    }
    const what = `expression of type '${typeText(range)}' cannot be range of a comprehension`;
    this.#checker.fail(node.range.at, `${what} (must be list, map, or dynamic)`);
    return [ERROR, ERROR];
  }

  bind({ name, value, body }: Extract<Node, { form: "bind" }>): CelType {
    // Upstream writes it as a loop over an empty list.
    this.#checker.unifier.variable();
    return this.#named(name, this.#checker.typeOf(value), body);
  }

  #named(name: string, type: CelType, body: Node): CelType {
    const result = this.#checker.within([[name, type]], () => this.#checker.typeOf(body));
    return this.#checker.unifier.substituted(result);
  }

  /** `x.hasValue() ? optional.of(bind v to x.value() in e) : optional.none()`: what is wrong with `x` is told twice. */
  optionalMap({ operand, name, body, flat, at }: OptionalMap): CelType {
    const { unifier } = this.#checker;
    const asked = this.#checker.member(at, "hasValue", this.#checker.typeOf(operand));
    unifier.variable();
    const value = this.#checker.member(at, "value", this.#checker.again(operand));
    const inner = this.#named(name, value, body);
    const mapped = flat ? inner : optionalOf(inner);
    return this.#checker.resolve(at, "_?_:_", CONDITION, [asked, mapped, optionalOf(unifier.variable())])[0];
  }
}
