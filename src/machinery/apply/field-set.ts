/**
 * Sets of field paths, in the very form they are stored in: the JSON of FieldsV1.
 *
 * `{"f:spec": {"f:replicas": {}}}` holds the one path `.spec.replicas`. An empty object is a member; a member
 * that has paths below it says so with `"."`: `{"f:data": {".": {}, "f:k": {}}}` holds `.data` and `.data.k`.
 * The empty set is `{}`. Elements are `f:name`, `k:{"name":"c"}` (item of a keyed list), `v:"x"` (item of a
 * set) and `i:0`.
 *
 * All functions are pure; results share what they can with their operands, and are an operand itself where
 * nothing changed, so callers compare by identity.
 */
import { fromJson } from "../exact-json.ts";
import { compareText, goJson, quote } from "../go-text.ts";
import { remembering } from "../remember.ts";

export interface FieldSet {
  readonly [element: string]: FieldSet;
}

export const EMPTY: FieldSet = Object.freeze({});

/** A member without paths below it; the same form as {@link EMPTY}, in another place. */
export const LEAF: FieldSet = EMPTY;

/** The paths below a place: undefined for none. `member` tells whether the place itself is in the set. */
type Node = FieldSet | undefined;

export function isEmpty(set: FieldSet): boolean {
  for (const _ in set) return false;
  return true;
}

function isMember(node: Node): boolean {
  return node !== undefined && (node["."] !== undefined || isEmpty(node));
}

/** A node from its parts; undefined when it would hold nothing. Sorts as upstream does. */
export function nodeOf(member: boolean, children: readonly (readonly [element: string, node: FieldSet])[]): Node {
  if (children.length === 0) return member ? LEAF : undefined;
  const node: Record<string, FieldSet> = member ? { ".": LEAF } : {};
  const ordered = isSorted(children) ? children : children.toSorted((a, b) => compareElements(a[0], b[0]));
  for (const [element, child] of ordered) node[element] = child;
  return node;
}

function isSorted(children: readonly (readonly [element: string, node: FieldSet])[]): boolean {
  for (let i = 1; i < children.length; i++) if (compareElements(children[i - 1]![0], children[i]![0]) > 0) return false;
  return true;
}

/** `f:` and the name. The same string for the same name, which makes a key of an object much sooner than a new one. */
export const fieldElement = remembering((name) => `f:${name}`, { most: 5000 });

const RANK: Readonly<Record<string, number>> = { f: 0, k: 1, v: 2, i: 3 };

/** Fields before keys before values before indices; numbers by size. */
function compareElements(a: string, b: string): number {
  if (a.startsWith("f:") && b.startsWith("f:")) return a < b ? -1 : a === b ? 0 : 1;
  const left = RANK[a[0]!] ?? 4;
  const right = RANK[b[0]!] ?? 4;
  if (left !== right) return left - right;
  if (left === 0 || left === 4) return compareText(a, b);
  return compareJson(parse(a), parse(b));
}

const parse = remembering((element) => {
  try {
    return fromJson(element.slice(2)) as {} | null;
  } catch {
    return element;
  }
});

function compareJson(a: unknown, b: unknown): number {
  if (isNumber(a) && isNumber(b)) return a < b ? -1 : a > b ? 1 : 0;
  if (isObject(a) && isObject(b)) {
    const left = Object.keys(a);
    const right = Object.keys(b);
    for (let i = 0; i < Math.min(left.length, right.length); i++) {
      const order = compareText(left[i]!, right[i]!) || compareJson(a[left[i]!], b[right[i]!]);
      if (order !== 0) return order;
    }
    return left.length - right.length;
  }
  return compareText(goJson(a), goJson(b));
}

const isNumber = (value: unknown): value is number | bigint => typeof value === "number" || typeof value === "bigint";

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

type Combine = (a: Node, b: Node) => Node;

/** Runs `combine` over the children of either and keeps `a` where nothing changed. */
function combineNodes(a: Node, b: Node, member: boolean, combine: Combine, fromB: boolean): Node {
  const children: [string, FieldSet][] = [];
  let same = a !== undefined && isMember(a) === member;
  for (const element in a) {
    if (element === ".") continue;
    const mine = a[element]!;
    const result = combine(mine, b?.[element]);
    if (result !== mine) same = false;
    if (result !== undefined) children.push([element, result]);
  }
  if (fromB) {
    for (const element in b) {
      if (element === "." || a?.[element] !== undefined) continue;
      const result = combine(undefined, b[element]);
      if (result === undefined) continue;
      same = false;
      children.push([element, result]);
    }
  }
  return same ? a : nodeOf(member, children);
}

/** At the root, `{}` is the empty set and never a member. */
function combineRoots(a: FieldSet, b: FieldSet, combine: Combine, fromB: boolean): FieldSet {
  if (isEmpty(a) && !fromB) return a;
  const children: [string, FieldSet][] = [];
  let same = true;
  for (const element in a) {
    const result = combine(a[element], b[element]);
    if (result !== a[element]) same = false;
    if (result !== undefined) children.push([element, result]);
  }
  if (fromB) {
    for (const element in b) {
      if (a[element] !== undefined) continue;
      same = false;
      children.push([element, b[element]!]);
    }
  }
  return same ? a : (nodeOf(false, children) ?? EMPTY);
}

export function union(a: FieldSet, b: FieldSet): FieldSet {
  if (a === b || isEmpty(b)) return a;
  return isEmpty(a) ? b : combineRoots(a, b, unionNodes, true);
}

function unionNodes(a: Node, b: Node): Node {
  if (a === undefined || a === b) return b;
  if (b === undefined) return a;
  return combineNodes(a, b, isMember(a) || isMember(b), unionNodes, true);
}

/** The paths of `a` that are not in `b`. */
export function difference(a: FieldSet, b: FieldSet): FieldSet {
  if (isEmpty(b)) return a;
  return a === b ? EMPTY : combineRoots(a, b, differenceNodes, false);
}

function differenceNodes(a: Node, b: Node): Node {
  if (a === undefined || b === undefined) return a;
  if (a === b) return undefined;
  return combineNodes(a, b, isMember(a) && !isMember(b), differenceNodes, false);
}

/** As {@link difference}, but a member of `b` takes all paths below it along. */
export function recursiveDifference(a: FieldSet, b: FieldSet): FieldSet {
  return isEmpty(b) ? a : combineRoots(a, b, recursiveDifferenceNodes, false);
}

function recursiveDifferenceNodes(a: Node, b: Node): Node {
  if (a === undefined || b === undefined) return a;
  if (isMember(b)) return undefined;
  return combineNodes(a, b, isMember(a), recursiveDifferenceNodes, false);
}

/**
 * The paths of `a` along those of `pattern` and below their ends; `*` stands for any element. Worked example: along
 * `{"f:spec": {"f:containers": {"*": {"f:resources": {}}}}}` lie `.spec.containers[name="c"]` and
 * `.spec.containers[name="c"].resources.limits`, but not `.spec.containers[name="c"].image`.
 */
export function along(a: FieldSet, pattern: FieldSet): FieldSet {
  return alongNodes(a, pattern, false) ?? EMPTY;
}

function alongNodes(a: FieldSet, pattern: FieldSet, member: boolean): Node {
  if (isEmpty(pattern)) return a;
  const children: [string, FieldSet][] = [];
  let same = true;
  for (const element in a) {
    if (element === ".") continue;
    const way = pattern[element] ?? pattern["*"];
    const below = way && alongNodes(a[element]!, way, isMember(a[element]));
    if (below !== a[element]) same = false;
    if (below !== undefined) children.push([element, below]);
  }
  return same ? a : nodeOf(member, children);
}

/** Takes out of a set what an endpoint never changes, because its strategy sets it back. */
export type Reset = (set: FieldSet) => FieldSet;

/** All fields but these, and all that lies below them, are kept. */
export const except =
  (fields: FieldSet): Reset =>
  (set) =>
    recursiveDifference(set, fields);

/** Only fields {@link along} these are kept. */
export const only =
  (pattern: FieldSet): Reset =>
  (set) =>
    along(set, pattern);

export const keepAll: Reset = (set) => set;

export function intersection(a: FieldSet, b: FieldSet): FieldSet {
  if (a === b || isEmpty(a)) return a;
  return isEmpty(b) ? EMPTY : combineRoots(a, b, intersectionNodes, false);
}

function intersectionNodes(a: Node, b: Node): Node {
  if (a === undefined || b === undefined) return undefined;
  if (a === b) return a;
  return combineNodes(a, b, isMember(a) && isMember(b), intersectionNodes, false);
}

export function equals(a: FieldSet, b: FieldSet): boolean {
  if (a === b) return true;
  for (const element in a) if (b[element] === undefined || !equals(a[element]!, b[element])) return false;
  for (const element in b) if (a[element] === undefined) return false;
  return true;
}

/** Whether the place this element leads to is a member. */
export function hasElement(set: FieldSet, element: string): boolean {
  return isMember(set[element]);
}

/** The set of the given dotted paths of plain fields: `fieldSet("status", "metadata.labels")`. */
export function fieldSet(...paths: readonly string[]): FieldSet {
  let set = EMPTY;
  for (const path of paths) {
    let node = LEAF;
    for (const name of path.split(".").toReversed()) node = { [`f:${name}`]: node };
    set = union(set, node);
  }
  return set;
}

/** All paths, as upstream prints them, members before what lies below them: `.spec.containers[name="c"].image`. */
export function pathsOf(set: FieldSet, prefix = ""): string[] {
  const own: string[] = [];
  const below: string[] = [];
  for (const element in set) {
    if (element === ".") continue;
    const path = prefix + elementText(element);
    const node = set[element]!;
    if (isMember(node)) own.push(path);
    below.push(...pathsOf(node, path));
  }
  return [...own, ...below];
}

/** `.name`, `[name="c"]`, `[="x"]`, `[0]`. */
export function elementText(element: string): string {
  const rest = element.slice(2);
  if (element.startsWith("f:")) return `.${rest}`;
  if (element.startsWith("i:")) return `[${rest}]`;
  const value = parse(element);
  if (element.startsWith("v:")) return `[=${valueText(value)}]`;
  if (!isObject(value)) return `[${rest}]`;
  return `[${Object.entries(value)
    .map(([name, each]) => `${name}=${valueText(each)}`)
    .join(",")}]`;
}

const valueText = (value: unknown): string => (typeof value === "string" ? quote(value) : goJson(value));

/** Sets that have been checked or made here, so that a stored one is walked once and not at each write. */
const known = new WeakSet<object>();

/** Any JSON as a set; undefined when it is none. Stored sets of other writers are read with this. */
export function parseFieldSet(value: unknown): FieldSet | undefined {
  if (!isObject(value)) return undefined;
  if (known.has(value)) return value as FieldSet;
  if (!isFieldSet(value)) return undefined;
  known.add(value);
  return value as FieldSet;
}

/** The JSON of sets (and large parts of sets) that come again and again: those that are stored are written with each revision. */
const texts = new WeakMap<FieldSet, string>();

export function fieldSetText(set: FieldSet): string {
  const known = texts.get(set);
  if (known !== undefined) return known;
  let text = "";
  for (const element in set) {
    const below = texts.get(set[element]!) ?? JSON.stringify(set[element]);
    text += `${text === "" ? "" : ","}${JSON.stringify(element)}:${below}`;
  }
  return `{${text}}`;
}

/** Keeps the JSON of a part of sets that will come again. */
export function keepText(set: FieldSet): void {
  texts.set(set, JSON.stringify(set));
}

const LONGEST_SHARED = 16 * 1024;

const shared = remembering(
  (text) => {
    const set = JSON.parse(text) as FieldSet;
    known.add(set);
    texts.set(set, text);
    return set;
  },
  { most: 500, longest: LONGEST_SHARED },
);

/** A set that this module made, as it is stored: one object for all that are alike, as those of a Deployment's pods are. */
export function toStored(set: FieldSet): FieldSet {
  const text = fieldSetText(set);
  if (text.length <= LONGEST_SHARED) return shared(text);
  known.add(set);
  return set;
}

function isFieldSet(value: unknown): boolean {
  if (!isObject(value)) return false;
  for (const element in value) {
    if (element !== "." && RANK[element[0]!] === undefined) return false;
    if (element !== "." && element[1] !== ":") return false;
    if (!isFieldSet(value[element])) return false;
  }
  return true;
}
