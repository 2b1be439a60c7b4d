/** Walks over typed values: which fields an object has, merging one into another, taking fields out. */
import { ownValue, put } from "../json-tree.ts";
import { compareText, goTypeOf, goValue, quote } from "../go-text.ts";
import type { ListSchema, Schema } from "../schema/schema.ts";
import type { FieldSet } from "./field-set.ts";
import { elementText, EMPTY, hasElement, isEmpty, LEAF, nodeOf } from "./field-set.ts";
import type { Json } from "./shape.ts";
import {
  childSchema,
  elementOf,
  indexItems,
  isEmptyRecord,
  isNamed,
  isRecord,
  sameJson,
  shapeOf,
  unnamed,
} from "./shape.ts";

/** The fields an object says something about: what an applier owns after applying it. */
export function fieldSetOf(schema: Schema, value: unknown): FieldSet {
  return collect(schema, value) ?? EMPTY;
}

function collect(schema: Schema, value: unknown): FieldSet | undefined {
  const shape = shapeOf(schema, value);
  if (shape === "leaf") return LEAF;
  const children: [string, FieldSet][] = [];
  if (shape === "items") {
    const list = schema as ListSchema;
    const items = new Map<string, FieldSet>();
    for (const item of Array.isArray(value) ? value : []) {
      const element = elementOf(list, item);
      // Of one that is there twice there are no fields.
      if (element !== undefined) items.set(element, items.has(element) ? LEAF : asMember(collect(list.item, item)));
    }
    return nodeOf(false, [...items]);
  }
  if (!isRecord(value)) return undefined;
  for (const name in value) {
    const item = value[name];
    if (item === undefined) continue;
    const child = collect(childSchema(schema, name) ?? LEAF_SCHEMA, item);
    const member = item === null || isEmptyRecord(item) || !isNamed(schema, name);
    const node = member ? asMember(child) : child;
    if (node !== undefined) children.push([`f:${name}`, node]);
  }
  return nodeOf(false, children);
}

const LEAF_SCHEMA: Schema = { form: "string" };

function asMember(node: FieldSet | undefined): FieldSet {
  if (node === undefined || isEmpty(node) || node["."] !== undefined) return node ?? LEAF;
  return { ".": LEAF, ...node };
}

/** `patch` laid over `live`: its leaves win, lists with keys are joined in an order that keeps both sides' order. */
export function mergeTyped(schema: Schema, live: unknown, patch: unknown): unknown {
  if (patch === undefined || live === patch) return live;
  if (live === undefined) return patch;
  const shape = shapeOf(schema, patch);
  if (shape === "record" && isRecord(live) && !(isEmptyRecord(live) && (patch === null || isEmptyRecord(patch)))) {
    return patch === null ? live : mergeRecords(schema, live, patch as Json);
  }
  if (shape === "items" && Array.isArray(live) && live.length > 0) {
    return Array.isArray(patch) ? mergeItems(schema as ListSchema, live, patch) : live;
  }
  return sameJson(live, patch) ? live : patch;
}

function mergeRecords(schema: Schema, live: Json, patch: Json): Json {
  let merged: Record<string, unknown> | undefined;
  for (const name in patch) {
    if (patch[name] === undefined) continue;
    const child = childSchema(schema, name) ?? LEAF_SCHEMA;
    const value = mergeTyped(child, ownValue(live, name), patch[name]);
    if (value === ownValue(live, name)) continue;
    merged ??= { ...live };
    put(merged, name, value);
  }
  return merged ?? live;
}

/**
 * Items only `live` has stay where they are, shared ones come in the patch's order, new ones after what
 * stands before them in the patch. Worked example: live `a b c`, patch `c n a` gives `b c n a`.
 */
function mergeItems(list: ListSchema, live: readonly unknown[], patch: readonly unknown[]): readonly unknown[] {
  const right = indexItems(list, patch);
  const elements = live.map((item) => elementOf(list, item));
  if (right === undefined || elements.includes(undefined)) return sameJson(live, patch) ? live : patch;
  const left = new Map<string, unknown>();
  // Of items that are there twice the patch's takes the place, and has nothing of either.
  elements.forEach((element, i) => left.set(element!, left.has(element!) ? undefined : live[i]));
  const order = [...right.keys()];
  const shared = order.filter((element) => left.has(element));
  const taken = new Set<string>();
  const merged: unknown[] = [];
  const take = (element: string): void => {
    taken.add(element);
    merged.push(mergeTyped(list.item, left.get(element), right.get(element)));
    if (shared[0] === element) shared.shift();
  };
  let l = 0;
  let r = 0;
  while (l < elements.length || r < order.length) {
    const mine = elements[l];
    const theirs = order[r];
    if (mine !== undefined && mine === theirs) {
      take(mine);
      l++;
      r++;
    } else if (mine !== undefined && !right.has(mine)) {
      merged.push(live[l++]);
    } else if (mine !== undefined && (taken.has(mine) || (theirs !== undefined && shared[0] !== mine))) {
      l++;
    } else {
      take(theirs!);
      r++;
    }
  }
  return merged.length === live.length && merged.every((item, i) => item === live[i]) ? live : merged;
}

/** The value without the members of `set`. What is empty afterwards goes too: undefined. */
export function removeFields(schema: Schema, value: unknown, set: FieldSet): unknown {
  if (isEmpty(set)) return value;
  const shape = shapeOf(schema, value);
  if (shape === "record" && isRecord(value) && !isEmptyRecord(value)) return removeFromRecord(schema, value, set);
  if (shape === "items" && Array.isArray(value) && value.length > 0) {
    return removeFromItems(schema as ListSchema, value, set);
  }
  return value;
}

function removeFromRecord(schema: Schema, value: Json, set: FieldSet): Json | undefined {
  let kept: Record<string, unknown> | undefined;
  for (const name in value) {
    const below = set[`f:${name}`];
    if (below === undefined) continue;
    const rest = hasElement(set, `f:${name}`)
      ? undefined
      : removeFields(childSchema(schema, name) ?? LEAF_SCHEMA, value[name], below);
    if (rest === value[name]) continue;
    kept ??= { ...value };
    if (rest === undefined) delete kept[name];
    else kept[name] = rest;
  }
  return kept === undefined ? value : isEmptyRecord(kept) ? undefined : kept;
}

function removeFromItems(list: ListSchema, value: readonly unknown[], set: FieldSet): readonly unknown[] | undefined {
  const kept: unknown[] = [];
  for (const item of value) {
    const element = elementOf(list, item);
    const below = element === undefined ? undefined : set[element];
    if (below === undefined) kept.push(item);
    else if (!hasElement(set, element!)) kept.push(removeFields(list.item, item, below) ?? {});
  }
  if (kept.length === 0) return undefined;
  return kept.length === value.length && kept.every((item, i) => item === value[i]) ? value : kept;
}

/** The set with every named field that leads to one of its paths as a member of its own. */
export function withNamedParents(schema: Schema, set: FieldSet): FieldSet {
  const children: [string, FieldSet][] = [];
  for (const element in set) {
    if (element === ".") continue;
    const name = element.slice(2);
    const field = element.startsWith("f:");
    const child = field ? childSchema(schema, name) : schema.form === "list" ? schema.item : undefined;
    const node = set[element]!;
    const below = child === undefined || isEmpty(node) ? node : withNamedParents(child, node);
    children.push([element, field && isNamed(schema, name) ? asMember(below) : below]);
  }
  return nodeOf(set["."] !== undefined, children) ?? EMPTY;
}

/** What of a value cannot be typed, in words: unknown fields, wrong JSON types, list items without or with equal keys. */
export function typeFaults(schema: Schema, value: unknown): string | undefined {
  const errors: string[] = [];
  check(schema, value, "", errors);
  if (errors.length <= 1) return errors[0];
  return `errors:\n${errors.map((error) => `  ${error}`).join("\n")}`;
}

function check(schema: Schema, value: unknown, at: string, errors: string[]): void {
  if (value === null || value === undefined) return;
  switch (schema.form) {
    case "message":
    case "map":
      if (isRecord(value)) checkFields(schema, value, at, errors);
      else errors.push(`${at}: expected map, got &{${goValue(value)}}`);
      return;
    case "list":
      if (Array.isArray(value)) checkItems(schema, value, at, errors);
      else errors.push(`${at}: expected list, got &{${goValue(value)}}`);
      return;
    case "string":
    case "bytes":
      if (typeof value !== "string")
        errors.push(`${at}: expected string, got &value.valueUnstructured{Value:${goSyntax(value)}}`);
      return;
    case "time":
    case "microTime":
      if (typeof value === "object") errors.push(`${at}: expected any scalar, got &{${goValue(value)}}`);
      return;
    case "bool":
      if (typeof value !== "boolean") errors.push(`${at}: expected boolean, got &{${goValue(value)}}`);
      return;
    case "int32":
    case "int64":
    case "double":
      if (typeof value !== "number" && typeof value !== "bigint")
        errors.push(`${at}: expected numeric (int or float), got ${goTypeOf(value)}`);
      return;
    default:
      return;
  }
}

/** Go's `%#v` of decoded JSON. */
function goSyntax(value: unknown): string {
  if (value === null || value === undefined) return "interface {}(nil)";
  if (typeof value === "string") return quote(value);
  if (Array.isArray(value)) return `[]interface {}{${value.map(goSyntax).join(", ")}}`;
  if (typeof value !== "object") return String(value);
  const entries = Object.entries(value).toSorted(([a], [b]) => compareText(a, b));
  return `map[string]interface {}{${entries.map(([key, each]) => `${quote(key)}:${goSyntax(each)}`).join(", ")}}`;
}

/** A field that is unknown is told alone: upstream looks at no more of the fields beside it. */
function checkFields(schema: Schema, value: Json, at: string, errors: string[]): void {
  for (const name in value) {
    const child = childSchema(schema, name);
    if (child === undefined) {
      errors.push(`${at}.${name}: field not declared in schema`);
      return;
    }
    check(child, value[name], `${at}.${name}`, errors);
  }
}

/** Nor does it look at the items after one that has no name. */
function checkItems(list: ListSchema, items: readonly unknown[], at: string, errors: string[]): void {
  if (list.listType !== "map" && list.listType !== "set") {
    items.forEach((item, i) => check(list.item, item, `${at}[${i}]`, errors));
    return;
  }
  const seen = new Set<string>();
  for (const [i, item] of items.entries()) {
    const element = elementOf(list, item);
    if (element === undefined) {
      errors.push(`${at}: element ${i}: ${unnamed(list, item)}`);
      return;
    }
    const key = elementText(element);
    if (seen.has(element)) errors.push(`${at}: duplicate entries for key ${key}`);
    seen.add(element);
    check(list.item, item, `${at}${key}`, errors);
  }
}
