/**
 * In what two roots differ, with work proportional to that and not to their size: what they share is skipped.
 *
 * Two walkers go through both maps in key order. Where both stand before the very same subtree, both step over it; else the
 * larger one is opened. An entry that comes before all of the other's subtree is told without opening that.
 */
import type { Keyed, Tree } from "./tree.ts";

export interface Difference<V> {
  readonly key: string;
  readonly before: V | undefined;
  readonly after: V | undefined;
}

/** In key order; entries that are the very same value are no difference. */
export function* differences<V extends Keyed>(before: Tree<V>, after: Tree<V>): Generator<Difference<V>, void> {
  const a = new Walker(before);
  const b = new Walker(after);
  while (!a.ended || !b.ended) {
    const [old, now] = [a.entry, b.entry];
    if (a.tree !== undefined && a.tree === b.tree) {
      a.step();
      b.step();
    } else if (a.tree !== undefined && (now === undefined || now.key >= firstKey(a.tree))) {
      if (b.tree !== undefined && b.tree.size > a.tree.size) b.open();
      else a.open();
    } else if (b.tree !== undefined && (old === undefined || old.key >= firstKey(b.tree))) {
      b.open();
    } else if (now === undefined || (old !== undefined && old.key < now.key)) {
      yield { key: old!.key, before: old, after: undefined };
      a.step();
    } else if (old === undefined || now.key < old.key) {
      yield { key: now.key, before: undefined, after: now };
      b.step();
    } else {
      if (old !== now) yield { key: old.key, before: old, after: now };
      a.step();
      b.step();
    }
  }
}

/** A place in the map: before an entry, or before a subtree that nobody has looked into yet. */
class Walker<V extends Keyed> {
  tree: Tree<V> | undefined;
  entry: V | undefined;
  readonly #opened: { readonly node: Tree<V>; at: number }[] = [];

  constructor(root: Tree<V>) {
    if (root.size > 0) this.tree = root;
  }

  get ended(): boolean {
    return this.tree === undefined && this.entry === undefined;
  }

  /** Goes past what is here. */
  step(): void {
    for (let last = this.#opened.at(-1); last !== undefined; last = this.#opened.at(-1)) {
      if (++last.at < (last.node.children ?? last.node.entries).length) return this.#stand(last.node, last.at);
      this.#opened.pop();
    }
    this.tree = undefined;
    this.entry = undefined;
  }

  /** Goes before the first thing in the subtree that is here. */
  open(): void {
    const node = this.tree!;
    this.#opened.push({ node, at: 0 });
    this.#stand(node, 0);
  }

  #stand(node: Tree<V>, at: number): void {
    this.tree = node.children?.[at];
    this.entry = node.children === undefined ? node.entries[at] : undefined;
  }
}

function firstKey<V extends Keyed>(tree: Tree<V>): string {
  let node = tree;
  while (node.children !== undefined) node = node.children[0]!;
  return node.entries[0]!.key;
}
