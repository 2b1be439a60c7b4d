/**
 * What flow control cannot do without: a level and a schema for those who are never held up, and for everything that no
 * other schema is about. Nobody changes them, but for how many seats the exempt level has and lends.
 */
import type { FieldError } from "../../machinery/field-errors.ts";
import { invalid } from "../../machinery/field-errors.ts";
import type { MessageSchema } from "../../machinery/schema/schema.ts";
import { goStruct } from "../go-struct.ts";
import { same } from "../rules.ts";

type Specs = Readonly<Record<"exempt" | "catch-all", object>>;

const group = (name: string): object => ({ kind: "Group", group: { name } });

const everything = {
  resourceRules: [{ verbs: ["*"], apiGroups: ["*"], resources: ["*"], clusterScope: true, namespaces: ["*"] }],
  nonResourceRules: [{ verbs: ["*"], nonResourceURLs: ["*"] }],
};

export const MANDATORY_SCHEMAS: Specs = {
  exempt: {
    priorityLevelConfiguration: { name: "exempt" },
    matchingPrecedence: 1,
    rules: [{ subjects: [group("system:masters")], ...everything }],
  },
  "catch-all": {
    priorityLevelConfiguration: { name: "catch-all" },
    matchingPrecedence: 10_000,
    distinguisherMethod: { type: "ByUser" },
    rules: [{ subjects: [group("system:unauthenticated"), group("system:authenticated")], ...everything }],
  },
};

export const MANDATORY_LEVELS: Specs = {
  exempt: { type: "Exempt", exempt: { nominalConcurrencyShares: 0, lendablePercent: 0 } },
  "catch-all": {
    type: "Limited",
    limited: { nominalConcurrencyShares: 5, limitResponse: { type: "Reject" }, lendablePercent: 0 },
  },
};

/** `open`: the one part that may be otherwise. */
export function fixedErrors(
  { metadata: { name }, spec }: { readonly metadata: { readonly name: string }; readonly spec: object },
  schema: unknown,
  mandatory: Specs,
  open?: string,
): FieldError[] {
  const fixed = Object.hasOwn(mandatory, name) ? mandatory[name as keyof Specs] : undefined;
  const but = name === "exempt" ? open : undefined;
  const part = but === undefined ? {} : { [but]: undefined };
  if (fixed === undefined || same({ ...spec, ...part }, { ...fixed, ...part })) return [];
  const except = but === undefined ? "" : ` except the 'spec.${but}' field`;
  const text = `spec of '${name}'${except} must equal the fixed value`;
  return [invalid("spec", goStruct(schema as MessageSchema, spec), text)];
}
