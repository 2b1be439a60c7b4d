/**
 * What changed between two versions of an object, in few words.
 *
 *     changedFields(before, after)  // [{ path: "spec.replicas", from: "3", to: "5" }]
 */
import { ownValue } from "../../machinery/json-tree.ts";
import { toJson } from "../../machinery/exact-json.ts";
import type { ToldField } from "../../machinery/told-change.ts";

export interface Limits {
  /** The most fields told of one change. */
  readonly fields: number;
  /** The longest value, in characters. */
  readonly value: number;
}

const LIMITS: Limits = { fields: 24, value: 120 };

/** The deepest that is looked into; below it a value is told as a whole. */
const DEEPEST = 8;

/** Fields that change with everything else and say nothing by themselves. */
const NOISE = new Set([
  "managedFields",
  "resourceVersion",
  "lastTransitionTime",
  "lastHeartbeatTime",
  "lastProbeTime",
  "lastUpdateTime",
  "observedGeneration",
  "containerID",
  "imageID",
  "kubectl.kubernetes.io/last-applied-configuration",
]);

/** Lists whose items are told field by field also when they come or go. */
const KNOWN = new Set(["conditions", "containerStatuses", "initContainerStatuses"]);

/** Maps that are told entry by entry also when they come or go. */
const OPENED = new Set(["state", "waiting", "terminated", "annotations", "labels"]);

/** By these a list's items are known. */
const NAMES = ["name", "type", "key", "uid", "ip"];

/** Whose content nobody sees. */
const HIDDEN = new Set(["data", "stringData", "annotations"]);

export interface Changed {
  readonly fields: readonly ToldField[];
  readonly more: number;
}

interface Walk {
  readonly fields: ToldField[];
  more: number;
  readonly secret: boolean;
  readonly limits: Limits;
}

/** `spec` before `status` before the rest. Contents of Secrets are never told. */
export function changedFields(before: object, after: object, limits = LIMITS): Changed {
  const walk: Walk = { fields: [], more: 0, secret: (after as { kind?: string }).kind === "Secret", limits };
  const [a, b] = [before as Values, after as Values];
  const names = [...new Set([...Object.keys(a), ...Object.keys(b)])];
  for (const name of names.toSorted((left, right) => rank(left) - rank(right))) {
    if (name !== "kind" && name !== "apiVersion") compare(walk, name, name, a[name], b[name], 0);
  }
  return { fields: walk.fields, more: walk.more };
}

type Values = Readonly<Record<string, unknown>>;

const ORDER = ["spec", "status", "metadata"];
const rank = (name: string): number => (ORDER.includes(name) ? ORDER.indexOf(name) : ORDER.length);

function compare(walk: Walk, path: string, name: string, a: unknown, b: unknown, depth: number): void {
  // Versions share what did not change.
  if (a === b || NOISE.has(name)) return;
  if (walk.secret && HIDDEN.has(name)) {
    if (toJson(a) !== toJson(b)) tell(walk, { path, to: "(hidden)" });
    return;
  }
  if (KNOWN.has(name) && isListOrNothing(a) && isListOrNothing(b)) {
    return compareLists(walk, path, name, a ?? [], b ?? [], depth);
  }
  if (OPENED.has(name) && isMapOrNothing(a) && isMapOrNothing(b))
    return compareMaps(walk, path, a ?? {}, b ?? {}, depth);
  if (depth < DEEPEST && isObject(a) && isObject(b)) {
    if (Array.isArray(a) && Array.isArray(b)) return compareLists(walk, path, name, a, b, depth);
    if (isMapOrNothing(a) && isMapOrNothing(b)) return compareMaps(walk, path, a!, b!, depth);
  }
  const [from, to] = [a === undefined ? undefined : toJson(a), b === undefined ? undefined : toJson(b)];
  if (from === to) return;
  const { value } = walk.limits;
  tell(walk, {
    path,
    ...(from !== undefined && { from: cut(from, value) }),
    ...(to !== undefined && { to: cut(to, value) }),
  });
}

function compareMaps(walk: Walk, path: string, a: Values, b: Values, depth: number): void {
  for (const name in a) compare(walk, joined(path, name), name, a[name], ownValue(b, name), depth + 1);
  for (const name in b)
    if (!Object.hasOwn(a, name)) compare(walk, joined(path, name), name, undefined, b[name], depth + 1);
}

/** Items with names are compared by them, whatever their order. */
function compareLists(
  walk: Walk,
  path: string,
  name: string,
  a: readonly unknown[],
  b: readonly unknown[],
  depth: number,
): void {
  const by = NAMES.find((key) => [...a, ...b].every((item) => isObject(item) && key in item));
  if (by === undefined) {
    const [from, to] = [toJson(a), toJson(b)];
    const { value } = walk.limits;
    if (from !== to) tell(walk, { path, from: cut(from, value), to: cut(to, value) });
    return;
  }
  const index = (items: readonly unknown[]) => new Map(items.map((item) => [String((item as Values)[by]), item]));
  const [before, after] = [index(a), index(b)];
  for (const key of new Set([...before.keys(), ...after.keys()])) {
    const [old, now] = [before.get(key), after.get(key)];
    const nothing = KNOWN.has(name) ? { [by]: key } : undefined;
    compare(walk, `${path}[${key}]`, key, old ?? nothing, now ?? nothing, depth + 1);
  }
}

function tell(walk: Walk, field: ToldField): void {
  if (walk.fields.length < walk.limits.fields) walk.fields.push(field);
  else walk.more++;
}

const isListOrNothing = (value: unknown): value is readonly unknown[] | undefined =>
  value === undefined || Array.isArray(value);

const isMapOrNothing = (value: unknown): value is Values | undefined =>
  value === undefined || (isObject(value) && !Array.isArray(value));

function isObject(value: unknown): value is object {
  return typeof value === "object" && value !== null;
}

const joined = (path: string, name: string): string => (/^[\w-]+$/.test(name) ? `${path}.${name}` : `${path}[${name}]`);

function cut(text: string, longest = LIMITS.value): string {
  return text.length <= longest ? text : `${text.slice(0, longest - 1)}…`;
}

/** What a new object is known by: how many, of what image, on which node. */
export function headlines(object: object): readonly ToldField[] {
  const { spec, status } = object as { spec?: Values; status?: Values };
  if (!isObject(spec)) return [];
  const fields: ToldField[] = [];
  const add = (path: string, value: unknown): void => {
    if (value !== undefined) fields.push({ path, to: cut(toJson(value)) });
  };
  for (const name of ["replicas", "parallelism", "completions", "suspend", "schedule", "type", "nodeName"]) {
    add(`spec.${name}`, spec[name]);
  }
  const inner = isObject(spec["template"]) ? (spec["template"] as { spec?: Values }).spec : undefined;
  const prefix = inner === undefined ? "spec" : "spec.template.spec";
  for (const list of ["initContainers", "containers"]) {
    const containers = (inner ?? spec)[list];
    if (!Array.isArray(containers)) continue;
    for (const { name, image } of containers.slice(0, LIMITS.fields / 4) as Values[]) {
      add(`${prefix}.${list}[${String(name)}].image`, image);
    }
  }
  add("status.phase", status?.["phase"]);
  return fields;
}
