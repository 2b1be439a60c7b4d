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
    if (previous !== undefined && feature.some((path) => uses(previous, stepsOf(path), 0))) continue;
    for (const path of feature) drop(draft as Part, stepsOf(path), 0);
  }
}

type Part = Record<string, unknown>;

interface Step {
  readonly name: string;
  /** The field has many parts, as a list or a map. */
  readonly many: boolean;
  readonly goes: boolean;
}

const known = new Map<string, readonly Step[]>();

function stepsOf(path: string): readonly Step[] {
  let steps = known.get(path);
  if (steps === undefined) {
    steps = path.split(".").map((step) => ({
      name: step.replace(/(\[\]|\{\}|\?)$/, ""),
      many: step.endsWith("[]") || step.endsWith("{}"),
      goes: step.endsWith("?"),
    }));
    known.set(path, steps);
  }
  return steps;
}

function partsOf(value: unknown, many: boolean): readonly unknown[] {
  if (value === undefined || value === null) return [];
  return many ? Object.values(value) : [value];
}

function uses(part: unknown, steps: readonly Step[], depth: number): boolean {
  const step = steps[depth]!;
  const value = (part as Part)[step.name];
  if (depth === steps.length - 1) return value !== undefined;
  return partsOf(value, step.many).some((each) => uses(each, steps, depth + 1));
}

/** Whether anything was there to drop. */
function drop(part: Part, steps: readonly Step[], depth: number): boolean {
  const step = steps[depth]!;
  const value = part[step.name];
  if (value === undefined) return false;
  if (depth === steps.length - 1) return delete part[step.name];
  let dropped = false;
  for (const each of partsOf(value, step.many)) dropped = drop(each as Part, steps, depth + 1) || dropped;
  if (dropped && step.goes && Object.keys(value as Part).length === 0) delete part[step.name];
  return dropped;
}
