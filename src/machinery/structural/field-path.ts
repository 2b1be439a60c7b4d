/** The `fieldPath` of a rule: `.a['b.c'].d`, from the value that has the rule. */
import { path } from "../field-errors.ts";
import type { Path } from "../field-errors.ts";
import { itemsOf, memberOf } from "./schema.ts";
import type { StructuralSchema } from "./schema.ts";

const STEP = /\.([^.[\]]+)|\[(?:'((?:[^'\\]|\\.)*)'|"((?:[^"\\]|\\.)*)"|(\d+))\]/gy;

/** The names on the way, numbers for items of lists; undefined where it is no path. */
function stepsOf(
  fieldPath: string,
): readonly { readonly step: string | number; readonly bracket: boolean }[] | undefined {
  const steps: { step: string | number; bracket: boolean }[] = [];
  let end = 0;
  for (const match of fieldPath.matchAll(STEP)) {
    const [whole, name, single, double, index] = match;
    const key = single ?? double;
    if (name !== undefined) steps.push({ step: name, bracket: false });
    else if (key !== undefined) steps.push({ step: key.replace(/\\(.)/g, "$1"), bracket: true });
    else steps.push({ step: Number(index), bracket: true });
    end = match.index + whole.length;
  }
  return end === fieldPath.length && steps.length > 0 ? steps : undefined;
}

export function pathBehind(at: Path | undefined, fieldPath: string): Path | undefined {
  let where = at;
  for (const { step, bracket } of stepsOf(fieldPath) ?? []) {
    if (typeof step === "number") where = where?.index(step);
    else where = (bracket ? where?.key(step) : where?.child(step)) ?? path(step);
  }
  return where;
}

/** Whether every step of it is something that the schema knows. Items of lists cannot be pointed at. */
export function pointsIntoSchema(fieldPath: string, schema: StructuralSchema): boolean {
  let inner: StructuralSchema | undefined = schema;
  for (const { step } of stepsOf(fieldPath.trim()) ?? [{ step: 0 }]) {
    if (typeof step === "number" || inner === undefined || itemsOf(inner) !== undefined) return false;
    inner = memberOf(inner, step);
  }
  return inner !== undefined;
}
