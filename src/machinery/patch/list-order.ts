/** The order of merged lists: what the patch names comes in the patch's order, the rest keeps its places. */

type Json = Readonly<Record<string, unknown>>;

/** A scalar, or an object that its merge key identifies. */
export type ListItem = string | number | boolean | Json;

/**
 * `items` in the order of `wanted`; those it does not name keep their order in `before`, and stand before a
 * named one when they stood before it there.
 *
 * Worked example: before `a b c`, wanted `c a` gives `b c a`. Before `v`, wanted `w` gives `w v`.
 */
export function inOrder<T extends ListItem>(
  items: readonly T[],
  wanted: readonly ListItem[],
  before: readonly ListItem[],
  mergeKey: string,
): T[] {
  const rank = ranks(wanted, mergeKey);
  const place = ranks(before, mergeKey);
  const id = (item: ListItem): unknown => identity(item, mergeKey);
  const named = items.filter((item) => rank.has(id(item)));
  const others = items.filter((item) => !rank.has(id(item)));
  named.sort((a, b) => rank.get(id(a))! - rank.get(id(b))!);
  others.sort((a, b) => (place.get(id(a)) ?? Infinity) - (place.get(id(b)) ?? Infinity) || 0);
  const ordered: T[] = [];
  let next = 0;
  for (const item of named) {
    const at = place.get(id(item)) ?? -1;
    for (; next < others.length && (place.get(id(others[next]!)) ?? Infinity) < at; next++) ordered.push(others[next]!);
    ordered.push(item);
  }
  return [...ordered, ...others.slice(next)];
}

/** The first place of each. */
function ranks(list: readonly ListItem[], mergeKey: string): Map<unknown, number> {
  const places = new Map<unknown, number>();
  list.forEach((item, i) => {
    const id = identity(item, mergeKey);
    if (!places.has(id)) places.set(id, i);
  });
  return places;
}

function identity(item: ListItem, mergeKey: string): unknown {
  return typeof item === "object" && item !== null && mergeKey !== "" ? item[mergeKey] : item;
}
