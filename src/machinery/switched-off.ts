/**
 * Fields of features that a version has and does not switch on. They are dropped from what is written, unless the object
 * before the change made use of the feature already.
 */

/**
 * The fields of one feature. `[]` goes through a list, `{}` through a map, and a step with `?` goes as well when nothing is
 * left in it: `containers[].lifecycle?.stopSignal`.
 */
export type Feature = readonly string[];

export function dropSwitchedOff(draft: object, previous: object | undefined, features: readonly Feature[]): void {
  for (const feature of features) {
    const ways = waysOf(feature);
    // Hardly any object has such fields, and then there is nothing to ask the one before.
    if (!ways.some((steps) => uses(draft, steps, 0))) continue;
    if (previous !== undefined && ways.some((steps) => uses(previous, steps, 0))) continue;
    for (const steps of ways) drop(draft as Part, steps, 0);
  }
}

type Part = Record<string, unknown>;

interface Step {
  readonly name: string;
  /** The field has many parts, as a list or a map. */
  readonly many: boolean;
  readonly goes: boolean;
}

const known = new WeakMap<Feature, readonly (readonly Step[])[]>();

function waysOf(feature: Feature): readonly (readonly Step[])[] {
  let ways = known.get(feature);
  if (ways === undefined) known.set(feature, (ways = feature.map(stepsOf)));
  return ways;
}

function stepsOf(path: string): readonly Step[] {
  return path.split(".").map((step) => ({
    name: step.replace(/(\[\]|\{\}|\?)$/, ""),
    many: step.endsWith("[]") || step.endsWith("{}"),
    goes: step.endsWith("?"),
  }));
}

const partsOf = (many: object): readonly unknown[] => (Array.isArray(many) ? many : Object.values(many));

function uses(part: unknown, steps: readonly Step[], depth: number): boolean {
  const { name, many } = steps[depth]!;
  const value = (part as Part)[name];
  if (value === undefined || depth === steps.length - 1) return value !== undefined;
  if (value === null) return false;
  if (!many) return uses(value, steps, depth + 1);
  return partsOf(value).some((each) => uses(each, steps, depth + 1));
}

/** Whether anything was there to drop. */
function drop(part: Part, steps: readonly Step[], depth: number): boolean {
  const { name, many, goes } = steps[depth]!;
  const value = part[name];
  if (value === undefined || value === null) return false;
  if (depth === steps.length - 1) return delete part[name];
  let dropped = false;
  for (const each of many ? partsOf(value) : [value]) dropped = drop(each as Part, steps, depth + 1) || dropped;
  if (dropped && goes && Object.keys(value).length === 0) delete part[name];
  return dropped;
}
