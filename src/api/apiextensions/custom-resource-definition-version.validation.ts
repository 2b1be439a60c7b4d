/** Rules on what each version of a definition says, or all of them together. */
import type { Path } from "../../machinery/field-errors.ts";
import { duplicate, forbidden, invalid, tooMany } from "../../machinery/field-errors.ts";
import { byteLength, isPrintable } from "../../machinery/go-text.ts";
import { fieldPathOf } from "../../machinery/structural/field-path.ts";
import { ruleCompileErrors } from "../../machinery/structural/rule-compile-errors.ts";
import type { StructuralSchema } from "../../machinery/structural/schema.ts";
import type { Errors } from "../rules.ts";
import { present } from "../rules.ts";
import type {
  CustomResourceColumnDefinition,
  CustomResourceDefinitionVersion,
  CustomResourceSubresources,
  SelectableField,
} from "./custom-resource-definition.ts";
import { goSchema, setFields } from "./go-forms.ts";
import type { JSONSchemaProps } from "./json-schema-props.ts";
import { checkOpenAPISchema } from "./open-api-schema.validation.ts";
import { MOST_SELECTABLE } from "./ratcheting.ts";
import type { Demands } from "./ratcheting.ts";
import { defaultErrors } from "./structural-defaults.validation.ts";
import { notStructural, structuralErrors } from "./structural-schema.validation.ts";

const COLUMN_TYPES = "boolean,date,integer,number,string";
const COLUMN_FORMATS = "byte,date,date-time,double,float,int32,int64,password";

export function checkDeprecation(
  errors: Errors,
  at: Path,
  { deprecated = false, deprecationWarning: text }: CustomResourceDefinitionVersion,
): void {
  if (text === undefined) return;
  const refuse = (why: string): void => void errors.push(invalid(at, text, why));
  if (!deprecated) return refuse("can only be set for deprecated versions");
  if (byteLength(text) > 256) refuse("must be <= 256 characters long");
  if (text === "") refuse("must not be an empty string");
  let index = 0;
  for (const char of text) {
    if (!isPrintable(char)) {
      refuse(`must only contain printable UTF-8 characters; non-printable character found at index ${index}`);
      break;
    }
    index += byteLength(char);
  }
}

/** Which fields the root may have where `status` is looked at on its own: none of those would be lost for it. */
const AT_ROOT =
  "Description Type Format Title Maximum ExclusiveMaximum Minimum ExclusiveMinimum MaxLength MinLength Pattern MaxItems MinItems UniqueItems MultipleOf Required Items Properties ExternalDocs Example XPreserveUnknownFields XValidations";
const ALLOWED_AT_ROOT: ReadonlySet<string> = new Set(AT_ROOT.split(" "));

/** `version` is the one whose costs count as let through already. */
export function checkSchema(
  errors: Errors,
  at: Path,
  schema: JSONSchemaProps,
  {
    status,
    structural,
    version,
    demands,
  }: {
    readonly status: boolean;
    readonly structural: boolean;
    readonly version: string | undefined;
    readonly demands: Demands;
  },
): void {
  const before = errors.length;
  if (status) checkRootWithStatus(errors, at, schema);
  if (schema.nullable === true) errors.push(forbidden(at.child("nullable"), "nullable cannot be true at the root"));
  const wrongForm = structural ? notStructural(schema) : undefined;
  const looksRight = structural && wrongForm === undefined && checkStructure(errors, at, schema, demands);
  const found: Errors = [];
  checkOpenAPISchema(found, at, schema, demands);
  errors.push(...found);
  if (wrongForm !== undefined && errors.length === before) errors.push(invalid(at, "", wrongForm));
  if (!looksRight) return;
  const unchanged = version !== undefined && demands.unchanged.has(version);
  errors.push(...ruleCompileErrors(schema as StructuralSchema, at, found, unchanged));
}

function checkStructure(errors: Errors, at: Path, schema: JSONSchemaProps, demands: Demands): boolean {
  const shape = structuralErrors(schema, at);
  const found = shape.length > 0 ? shape : defaultErrors(schema, at, demands);
  errors.push(...found);
  return found.length === 0;
}

function checkRootWithStatus(errors: Errors, at: Path, schema: JSONSchemaProps): void {
  for (const name of setFields(schema)) {
    if (name === "Type" && schema.type !== "object") {
      const text =
        'only "object" is allowed as the type at the root of the schema if the status subresource is enabled';
      errors.push(invalid(at.child("type"), schema.type, text));
      return;
    }
    if (!ALLOWED_AT_ROOT.has(name)) {
      const text = `only [${AT_ROOT}] fields are allowed at the root of the schema if the status subresource is enabled`;
      errors.push(invalid(at, goSchema(schema), text));
      return;
    }
  }
}

export function checkSubresources(
  errors: Errors,
  at: Path,
  subresources: CustomResourceSubresources | undefined,
): void {
  const scale = subresources?.scale;
  if (scale === undefined) return;
  const here = at.child("scale");
  const under = (name: string, value: string, roots: readonly string[], text: string): void => {
    if (!value.startsWith(".")) errors.push(notSimple(here.child(name), value));
    else if (!roots.some((root) => value.startsWith(`.${root}.`))) errors.push(invalid(here.child(name), value, text));
  };
  const { specReplicasPath: spec, statusReplicasPath: status, labelSelectorPath: selector = "" } = scale;
  if (present(errors, here, "specReplicasPath", spec)) {
    under("specReplicasPath", spec, ["spec"], "should be a json path under .spec");
  }
  if (present(errors, here, "statusReplicasPath", status)) {
    under("statusReplicasPath", status, ["status"], "should be a json path under .status");
  }
  if (selector === "") return;
  under("labelSelectorPath", selector, ["spec", "status"], "should be a json path under either .spec or .status");
}

const notSimple = (at: Path, value: string): ReturnType<typeof invalid> =>
  invalid(at, value, "must be a simple json path starting with .");

export function checkColumns(errors: Errors, at: Path, columns: readonly CustomResourceColumnDefinition[] = []): void {
  columns.forEach(({ name, type, format = "", jsonPath }, index) => {
    const here = at.index(index);
    present(errors, here, "name", name);
    if (present(errors, here, "type", type, `must be one of ${COLUMN_TYPES}`)) {
      oneOfJoined(errors, here.child("type"), type, COLUMN_TYPES);
    }
    if (format !== "") oneOfJoined(errors, here.child("format"), format, COLUMN_FORMATS);
    if (!present(errors, here, "JSONPath", jsonPath)) return;
    if (!jsonPath.startsWith(".")) errors.push(notSimple(here.child("JSONPath"), jsonPath));
  });
}

function oneOfJoined(errors: Errors, at: Path, value: string, supported: string): void {
  if (!supported.split(",").includes(value)) errors.push(invalid(at, value, `must be one of ${supported}`));
}

const SELECTABLE: ReadonlySet<string> = new Set(["string", "boolean", "integer"]);

/** `asTheyWere`: too many of them were stored before. */
export function checkSelectableFields(
  errors: Errors,
  at: Path,
  fields: readonly SelectableField[],
  schema: JSONSchemaProps,
  asTheyWere: boolean,
): void {
  const seen = new Set<string>();
  fields.forEach(({ jsonPath }, index) => {
    const here = at.index(index);
    if (!present(errors, here, "jsonPath", jsonPath)) return;
    const refuse = (text: string): void => void errors.push(invalid(here.child("jsonPath"), jsonPath, text));
    const found = fieldPathOf(jsonPath, schema as StructuralSchema, false);
    if (typeof found === "string") return refuse(`is an invalid path: ${found}`);
    if (found.steps[0]?.name === "metadata") refuse("must not point to fields in metadata");
    if (!SELECTABLE.has(found.schema?.type ?? "")) {
      refuse(
        "must point to a field of type string, boolean or integer. Enum string fields and strings with formats are allowed.",
      );
    }
    const text = found.steps.map(({ name }) => name).join(".");
    if (seen.has(text)) errors.push(duplicate(here.child("jsonPath"), jsonPath));
    seen.add(text);
  });
  if (seen.size > MOST_SELECTABLE && !asTheyWere) errors.push(tooMany(at, seen.size, MOST_SELECTABLE));
}
