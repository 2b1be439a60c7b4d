/** What an object of a custom kind must fulfil, in upstream's order: values, scale, embedded objects, lists, CEL rules. */
import { toJson } from "../../machinery/exact-json.ts";
import { invalid } from "../../machinery/field-errors.ts";
import { goTypeOf } from "../../machinery/go-text.ts";
import type { FieldError } from "../../machinery/field-errors.ts";
import type { Kind, KubeObject } from "../../machinery/kind.ts";
import { embeddedErrors } from "../../machinery/structural/embedded.ts";
import { listTypeErrors } from "../../machinery/structural/lists.ts";
import { ruleErrors } from "../../machinery/structural/rules.ts";
import { isObject } from "../../machinery/structural/schema.ts";
import type { StructuralSchema } from "../../machinery/structural/schema.ts";
import { valueErrors } from "../../machinery/structural/values.ts";
import { finalizerWarnings } from "../../machinery/validate-metadata.ts";

interface ScalePaths {
  readonly specReplicasPath: string;
  readonly statusReplicasPath: string;
  readonly labelSelectorPath?: string;
}

/** The rules of one version. Without a schema only metadata and scale are checked. */
export function rulesOf(
  schema: StructuralSchema = {},
  scale?: ScalePaths,
): Required<Pick<Kind, "validate" | "validateUpdate" | "warnings">> {
  return {
    warnings: ({ metadata }, previous) =>
      finalizerWarnings(metadata.finalizers ?? [], previous?.metadata.finalizers ?? []),
    validate: (object) =>
      withRules(schema, object, undefined, [
        ...valueErrors(schema, object),
        ...specScaleErrors(object, scale),
        ...statusScaleErrors(object, scale),
        ...embeddedErrors(schema, object),
        ...listTypeErrors(schema, object),
      ]),
    validateUpdate(object, old, { subresource, warn }) {
      const lists = listTypeErrors(schema, old).length === 0 ? listTypeErrors(schema, object) : [];
      if (subresource === "status") {
        const found = [...statusErrors(schema, object, old), ...statusScaleErrors(object, scale), ...lists];
        return withRules(schema, object, old, found, warn);
      }
      return withRules(
        schema,
        object,
        old,
        [
          ...valueErrors(schema, object, { old }),
          ...specScaleErrors(object, scale),
          ...statusScaleErrors(object, scale),
          ...embeddedErrors(schema, object),
          ...lists,
        ],
        warn,
      );
    },
  };
}

/** The rules in CEL come last: they read an object that has its shape. */
function withRules(
  schema: StructuralSchema,
  object: KubeObject,
  old: unknown,
  found: FieldError[],
  warn?: (text: string) => void,
): FieldError[] {
  return [...found, ...ruleErrors(schema, object, old, found, warn)];
}

/** The status endpoint checks `status` alone. */
function statusErrors(schema: StructuralSchema, object: KubeObject, old: KubeObject): FieldError[] {
  const own = schema.properties?.["status"];
  const { status } = object as { status?: unknown };
  if (own === undefined || status === undefined) return [];
  return valueErrors(own, status, { at: "status", old: (old as { status?: unknown }).status });
}

function specScaleErrors(object: KubeObject, scale: ScalePaths | undefined): FieldError[] {
  if (scale === undefined) return [];
  return replicasErrors(object, scale.specReplicasPath);
}

function statusScaleErrors(object: KubeObject, scale: ScalePaths | undefined): FieldError[] {
  if (scale === undefined) return [];
  return [...replicasErrors(object, scale.statusReplicasPath), ...selectorErrors(object, scale.labelSelectorPath)];
}

const MOST_REPLICAS = 2 ** 31 - 1;

function replicasErrors(object: KubeObject, path: string): FieldError[] {
  const found = memberAt(object, path);
  if ("wrong" in found) return [invalid(path, 0, found.wrong)];
  const { value } = found;
  if (value === undefined) return [];
  if (!isWhole(value)) return [invalid(path, 0, wrongType(path, value, "int64"))];
  if (value < 0) return [invalid(path, value, "should be a non-negative integer")];
  return value > MOST_REPLICAS ? [invalid(path, value, `should be less than or equal to ${MOST_REPLICAS}`)] : [];
}

const isWhole = (value: unknown): value is number | bigint => typeof value === "bigint" || Number.isInteger(value);

function selectorErrors(object: KubeObject, path: string | undefined): FieldError[] {
  if (path === undefined || path === "") return [];
  const found = memberAt(object, path);
  if ("wrong" in found) return [invalid(path, "", found.wrong)];
  const { value } = found;
  return value === undefined || typeof value === "string" ? [] : [invalid(path, "", wrongType(path, value, "string"))];
}

/** The value at `.spec.replicas`, or Go's words for a step that is no object. */
function memberAt(object: KubeObject, path: string): { readonly value: unknown } | { readonly wrong: string } {
  let value: unknown = object;
  const steps = path.replace(/^\./, "").split(".");
  for (const [index, step] of steps.entries()) {
    if (!isObject(value)) {
      return { wrong: wrongType(steps.slice(0, index).join("."), value, "map[string]interface{}") };
    }
    value = value[step];
    if (value === undefined) return { value };
  }
  return { value };
}

function wrongType(path: string, value: unknown, wanted: string): string {
  return `.${path.replace(/^\./, "")} accessor error: ${goValue(value)} is of the type ${goTypeOf(value)}, expected ${wanted}`;
}

const goValue = (value: unknown): string =>
  value === null ? "<nil>" : typeof value === "string" ? value : toJson(value);
