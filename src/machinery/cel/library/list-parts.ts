/** cel-go's functions on lists, as they are since Kubernetes 1.34. */
import { fn } from "../functions.ts";
import type { Library } from "../functions.ts";
import { equal } from "../comparing.ts";
import { CelError, List, isList, typeNameOf } from "../values.ts";
import type { CelList } from "../values.ts";
import { ORDERED, ordered } from "./collections.ts";

function slice(list: CelList, start: bigint, end: bigint): List {
  const refuse = (why: string): never => {
    throw new CelError(`cannot slice(${start}, ${end}), ${why}`);
  };
  if (start < 0n || end < 0n) refuse("negative indexes not supported");
  if (start > end) refuse("start index must be less than or equal to end index");
  if (BigInt(list.size) < end) refuse(`list is length ${list.size}`);
  return new List([...list].slice(Number(start), Number(end)));
}

function flatten(list: CelList, depth = 1n): List {
  if (depth < 0n) throw new CelError("level must be non-negative");
  const inner = (item: unknown): readonly unknown[] =>
    isList(item) && depth > 0n ? flatten(item, depth - 1n).items : [item];
  return new List(depth === 0n ? [...list] : [...list].flatMap(inner));
}

function range(count: bigint): List {
  return new List(Array.from({ length: Math.max(0, Number(count)) }, (_, index) => BigInt(index)));
}

function distinct(list: CelList): List {
  const kept: unknown[] = [];
  for (const item of list) if (!kept.some((each) => equal(each, item))) kept.push(item);
  return new List(kept);
}

/** By the keys that stand beside the items. */
function sortBy(list: CelList, keys: CelList): List {
  const items = [...list].map((item, index) => ({ item, key: keys.at(index) }));
  const [type, ...others] = items.map(({ key }) => typeNameOf(key));
  if (type !== undefined && !ORDERED.includes(type)) throw new CelError("list elements must be comparable");
  if (others.some((other) => other !== type)) throw new CelError("list elements must have the same type");
  return new List(items.toSorted((a, b) => ordered(a.key, b.key)).map(({ item }) => item));
}

export const listParts: Library = [
  fn("list<A>.slice(int, int): list<A>", slice),
  fn("list<list<A>>.flatten(): list<A>", flatten),
  fn("list<dyn>.flatten(int): list<dyn>", flatten),
  fn("lists.range(int): list<int>", range),
  fn("list<A>.distinct(): list<A>", distinct),
  fn("list<A>.reverse(): list<A>", (list: CelList) => new List([...list].toReversed())),
  ...ORDERED.flatMap((type) => [
    fn(`list<${type}>.sort(): list<${type}>`, (list: CelList) => sortBy(list, list)),
    fn(`list<A>.@sortByAssociatedKeys(list<${type}>): list<A>`, sortBy),
  ]),
];
