/** How large the parts of an expression are, and what is in them, as far as an estimate has found out. */
import { characterCount } from "../go-text.ts";
import type { Node } from "./ast.ts";
import type { Operand } from "./call-cost.ts";
import { FREE, ONE, UNKNOWN, fixed, union } from "./estimate.ts";
import type { Estimate } from "./estimate.ts";
import type { Path, Sizes } from "./paths.ts";
import { DYN, INT } from "./types.ts";
import type { CelType } from "./types.ts";

/** What is in a list or map. A list's keys are its indices. */
export interface Entries {
  readonly kind: "list" | "map";
  readonly key: Estimate;
  readonly value: Estimate;
}

/** A name for an item of a loop, or for a value. */
export interface Local {
  readonly path: Path | undefined;
  readonly size?: Estimate | undefined;
  readonly entries?: Entries | undefined;
}

const ofAll = (sizes: readonly Estimate[]): Estimate => (sizes.length === 0 ? FREE : sizes.reduce(union));

/** Of a list or map that is written out. */
export const entriesOf = (
  kind: Entries["kind"],
  keys: readonly Estimate[] | undefined,
  values: readonly Estimate[],
): Entries => ({ kind, key: keys === undefined ? ONE : ofAll(keys), value: ofAll(values) });

/** Nothing is known of both where it is not known of each. */
export const unionOfEntries = (a: Entries | undefined, b: Entries | undefined): Entries | undefined =>
  a && b && { kind: a.kind, key: union(a.key, b.key), value: union(a.value, b.value) };

export class SizeTable {
  readonly #types: ReadonlyMap<Node, CelType>;
  readonly #declared: Sizes;
  readonly #locals: (readonly [name: string, local: Local])[] = [];
  readonly #paths = new Map<Node, Path | undefined>();
  readonly #sizes = new Map<Node, Estimate>();
  readonly #entries = new Map<Node, Entries>();

  constructor(types: ReadonlyMap<Node, CelType>, declared: Sizes) {
    this.#types = types;
    this.#declared = declared;
  }

  local(name: string): Local | undefined {
    return this.#locals.findLast(([each]) => each === name)?.[1];
  }

  within<T>(names: readonly string[], locals: readonly Local[], work: () => T): T {
    names.forEach((name, index) => this.#locals.push([name, locals[index]!]));
    const result = work();
    this.#locals.length -= names.length;
    return result;
  }

  setPath(node: Node, path: Path | undefined): void {
    this.#paths.set(node, path);
  }

  pathOf(node: Node): Path | undefined {
    const local = node.form === "ident" ? this.local(node.name) : undefined;
    return local === undefined ? this.#paths.get(node) : local.path;
  }

  setSize(node: Node, size: Estimate | undefined): void {
    if (size !== undefined) this.#sizes.set(node, size);
  }

  setEntries(node: Node, entries: Entries | undefined): void {
    if (entries !== undefined) this.#entries.set(node, entries);
  }

  /** What is known of `from` holds of `node`. */
  copy(node: Node, from: Node): void {
    this.setSize(node, this.size(from));
    this.setEntries(node, this.entries(from));
  }

  entries(node: Node): Entries | undefined {
    return this.#entries.get(node) ?? (node.form === "ident" ? this.local(node.name)?.entries : undefined);
  }

  sizeOrUnknown(node: Node): Estimate {
    return this.size(node) ?? UNKNOWN;
  }

  /** Characters, bytes, items or entries of the value; 1 for what has no length. Undefined where nobody knows. */
  size(node: Node): Estimate | undefined {
    const known = this.#sizes.get(node) ?? written(node);
    if (known !== undefined) return known;
    const type = this.#types.get(node) ?? DYN;
    const declared = this.#declared(this.pathOf(node)?.names ?? [], type);
    if (declared !== undefined) {
      this.#sizes.set(node, declared);
      return declared;
    }
    if (isScalar(type)) return ONE;
    return node.form === "ident" ? this.local(node.name)?.size : undefined;
  }

  /** Of a name that nobody wrote. */
  sizeOfLocal(name: string, type: CelType): Estimate | undefined {
    const local = this.local(name);
    return this.#declared(local?.path?.names ?? [], type) ?? (isScalar(type) ? ONE : local?.size);
  }

  operand(node: Node): Operand {
    const type = this.#types.get(node) ?? DYN;
    const known = this.size(node);
    const [item] = type.params ?? [];
    const path = this.pathOf(node);
    return {
      type,
      known,
      size: known ?? UNKNOWN,
      ...(node.form === "literal" && { literal: node.value }),
      ...(item !== undefined && { item: { type: item, size: this.#itemSize(path, item) } }),
    };
  }

  #itemSize(path: Path | undefined, item: CelType): Estimate {
    return this.#declared(path === undefined ? [] : [...path.names, "@items"], item) ?? UNKNOWN;
  }
}

const SCALARS: ReadonlySet<string> = new Set(["bool", "double", "duration", "int", "timestamp", "uint"]);

export const isScalar = ({ name, params }: CelType): boolean =>
  SCALARS.has(name) || (name === "optional_type" && isScalar(params?.[0] ?? INT));

function written(node: Node): Estimate | undefined {
  if (node.form === "list") return fixed(node.items.length);
  if (node.form === "map") return fixed(node.entries.length);
  if (node.form !== "literal") return undefined;
  if (typeof node.value === "string") return fixed(characterCount(node.value));
  return node.value instanceof Uint8Array ? fixed(node.value.length) : ONE;
}
