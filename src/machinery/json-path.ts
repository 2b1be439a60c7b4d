/**
 * The JSONPath of CustomResourceDefinitions: fields, indices, `[*]` and filters that compare one field with a
 * constant.
 *
 *     jsonPath(".status.conditions[?(@.type=='Ready')].status")(object)   // ["True"]
 */
export type JsonPath = (object: unknown) => unknown[];

type Step = (value: unknown) => unknown[];

/** Throws where the path is none of that kind. */
export function jsonPath(path: string): JsonPath {
  const steps: Step[] = [];
  let rest = path.replace(/^\{(.*)\}$/s, "$1").replace(/^\$/, "");
  while (rest !== "") {
    const [taken, step] = nextStep(rest) ?? fail(path, rest);
    steps.push(step);
    rest = rest.slice(taken);
  }
  return (object) => steps.reduce<unknown[]>((values, step) => values.flatMap(step), [object]);
}

function fail(path: string, rest: string): never {
  throw new Error(`${path} is no JSON path that is understood here: it stops at ${rest}`);
}

const FIELD = /^\.((?:[^.[\\]|\\.)+)/;
const QUOTED = /^\[(['"])(.*?)\1\]/;
const INDEX = /^\[(-?\d+)\]/;
const ALL = /^(?:\[\*\]|\.\*)/;
const FILTER = /^\[\?\(\s*@((?:\.[\w-]+)+)\s*(==|!=)\s*(?:"([^"]*)"|'([^']*)'|([^\s)'"]+))\s*\)\]/;

function nextStep(rest: string): readonly [number, Step] | undefined {
  const all = ALL.exec(rest);
  if (all !== null) return [all[0].length, members];
  const field = FIELD.exec(rest);
  if (field !== null) return [field[0].length, fieldStep(field[1]!.replaceAll(/\\(.)/g, "$1"))];
  const quoted = QUOTED.exec(rest);
  if (quoted !== null) return [quoted[0].length, fieldStep(quoted[2]!)];
  const index = INDEX.exec(rest);
  if (index !== null) return [index[0].length, indexStep(Number(index[1]))];
  const filter = FILTER.exec(rest);
  return filter === null ? undefined : [filter[0].length, filterStep(filter)];
}

function members(value: unknown): unknown[] {
  if (Array.isArray(value)) return value;
  return typeof value === "object" && value !== null ? Object.values(value) : [];
}

function fieldStep(name: string): Step {
  return (value) => {
    if (typeof value !== "object" || value === null || Array.isArray(value) || !Object.hasOwn(value, name)) return [];
    const found = (value as Record<string, unknown>)[name];
    return found === undefined ? [] : [found];
  };
}

function indexStep(index: number): Step {
  return (value) => {
    const found: unknown = Array.isArray(value) ? value.at(index) : undefined;
    return found === undefined ? [] : [found];
  };
}

function filterStep([, field, operator, ...constants]: RegExpExecArray): Step {
  const read = jsonPath(field!);
  const wanted = constants.find((constant) => constant !== undefined) ?? "";
  return (value) =>
    members(value).filter((item) => {
      const found = read(item);
      return (found.length > 0 && String(found[0]) === wanted) === (operator === "==");
    });
}
