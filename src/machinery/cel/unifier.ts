/**
 * What type variables were found to stand for. An empty list is a list of a variable; each use of it may settle what that
 * is, and each call of a generic function brings variables of its own. Follows cel-go's type checker to the letter: what
 * is settled first, by the first function that fits, decides what later fits, and which types an error names.
 *
 * Worked example: `[].map(x, x + x)`. `x` is `_var0`; the first `+` that fits is that of bytes, so `_var0` is bytes.
 */
import { DYN, isNullable, oncePerPair, oncePerType, param, sameType } from "./types.ts";
import type { CelType } from "./types.ts";

export class Unifier {
  readonly #found = new Map<string, CelType>();
  /** What was found before, newest last, so that an attempt can be taken back. */
  readonly #trail: [name: string, before: CelType | undefined][] = [];
  /** Pairs that fit in this attempt: each is looked into once. */
  #fitting: Map<CelType, Set<CelType>> | undefined;
  #variables = 0;

  variable(): CelType {
    return param(`_var${this.#variables++}`);
  }

  /** Can each of `given` be used where the other stands? What is learned on the way stays learned only if so. */
  assignable(given: readonly CelType[], wanted: readonly CelType[]): boolean {
    const mark = this.#trail.length;
    this.#fitting = undefined;
    if (this.#allFit(given, wanted)) return true;
    while (this.#trail.length > mark) {
      const [name, before] = this.#trail.pop()!;
      if (before === undefined) this.#found.delete(name);
      else this.#found.set(name, before);
    }
    return false;
  }

  /** With what its variables stand for. `toDyn`: what stands for nothing yet may be anything. */
  substituted(type: CelType, toDyn = false): CelType {
    if (isClosed(type)) return type;
    const inner = oncePerType((each): CelType => {
      if (isClosed(each)) return each;
      if (each.name !== "param") return { ...each, params: each.params!.map(inner) };
      const found = this.#of(each);
      if (found !== undefined) return inner(found);
      return toDyn ? DYN : each;
    });
    return inner(type);
  }

  #of(type: CelType): CelType | undefined {
    return type.name === "param" ? this.#found.get(nameOf(type)) : undefined;
  }

  #learn(variable: CelType, type: CelType): void {
    const name = nameOf(variable);
    this.#trail.push([name, this.#found.get(name)]);
    this.#found.set(name, type);
  }

  #allFit(a: readonly CelType[], b: readonly CelType[]): boolean {
    return a.length === b.length && a.every((each, index) => this.#fits(each, b[index]!));
  }

  #fits(a: CelType, b: CelType): boolean {
    if (a === b || (isClosed(a) && isClosed(b) && sameType(a, b))) return true;
    if (b.name === "param") {
      const stands = this.#standsFor(a, b);
      if (stands.valid) return true;
      if (stands.known) return false;
    }
    if (a.name === "param") return this.#standsFor(b, a).valid;
    if (isOpen(a) || isOpen(b)) return true;
    if (a.name === "null") return b.name === "null" || isNullable(b);
    if (b.name === "null") return isNullable(a);
    if (a.name !== b.name || a.name === "type") return a.name === b.name;
    if (a.params === undefined || b.params === undefined) return sameType(a, b);
    if (this.#fitting?.get(a)?.has(b) === true) return true;
    if (!this.#allFit(a.params, b.params)) return false;
    const others = (this.#fitting ??= new Map()).get(a);
    if (others === undefined) this.#fitting.set(a, new Set([b]));
    else others.add(b);
    return true;
  }

  /** Can `variable` stand for `type`? `known`: it stands for something already. */
  #standsFor(type: CelType, variable: CelType): { readonly valid: boolean; readonly known: boolean } {
    if (sameType(type, variable)) return { valid: true, known: true };
    const known = this.#of(variable);
    if (known !== undefined) {
      if (sameType(type, known)) return { valid: true, known: true };
      if (!this.#fits(type, known)) return { valid: false, known: true };
      const general = moreGeneral(type, known);
      if (!this.#occurs(variable, general)) this.#learn(variable, general);
      return { valid: true, known: true };
    }
    if (this.#occurs(variable, type)) return { valid: false, known: false };
    this.#learn(variable, type);
    return { valid: true, known: false };
  }

  /** A variable cannot stand for a type that it is itself a part of. */
  #occurs(variable: CelType, within: CelType): boolean {
    const inner = oncePerType((type): boolean => {
      if (isClosed(type)) return false;
      if (type.name !== "param") return type.params!.some(inner);
      if (sameType(variable, type)) return true;
      const found = this.#of(type);
      return found !== undefined && inner(found);
    });
    return inner(within);
  }
}

/** Is there no variable in it? */
const isClosed = (type: CelType): boolean => type.params === undefined || allClosed(type);
const allClosed: (type: CelType) => boolean = oncePerType(
  ({ name, params }) => name !== "param" && params!.every(isClosed),
);

const nameOf = (variable: CelType): string => variable.params![0]!.name;
const isOpen = ({ name }: CelType): boolean => name === "dyn" || name === "error";

/** Of two types that fit each other. */
export const moreGeneral = (a: CelType, b: CelType): CelType => (saysLess(a, b) ? a : b);

const saysLess: (a: CelType, b: CelType) => boolean = oncePerPair((a, b) => {
  if (a === b) return true;
  if (a.name === "dyn" || a.name === "param") return true;
  if (b.name === "dyn" || b.name === "param" || a.name !== b.name) return false;
  if (a.name === "type") return true;
  const [left = [], right = []] = [a.params, b.params];
  if (left.length === 0 && right.length === 0) return sameType(a, b);
  return left.length === right.length && left.every((each, index) => saysLess(each, right[index]!));
});
