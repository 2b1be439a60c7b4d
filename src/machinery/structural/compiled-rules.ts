/**
 * The CEL rules of a schema, compiled once: a tree that holds only what has rules below it, so that objects without
 * rules cost nothing.
 */
import { CompileError, compile, typeOfSchema, types } from "../cel/index.ts";
import type { CelType, Program } from "../cel/index.ts";
import { itemsOf, valuesOf } from "./schema.ts";
import type { StructuralSchema, ValidationRule } from "./schema.ts";

export interface CompiledRule {
  readonly rule: ValidationRule;
  /** Undefined where the rule cannot be compiled. */
  readonly program: Program | undefined;
  readonly error?: string;
  readonly message: Program | undefined;
  readonly messageError?: string;
  /** It compares with the object before. */
  readonly transition: boolean;
}

export interface RuleNode {
  readonly schema: StructuralSchema;
  readonly rules: readonly CompiledRule[];
  readonly members: ReadonlyMap<string, RuleNode>;
  readonly values: RuleNode | undefined;
  readonly items: RuleNode | undefined;
}

const trees = new WeakMap<StructuralSchema, { readonly tree: RuleNode | undefined }>();

/** Undefined where there are no rules. Made with the first object that needs it. */
export function rulesOfSchema(schema: StructuralSchema): RuleNode | undefined {
  let known = trees.get(schema);
  if (known === undefined) {
    known = { tree: nodeOf(schema, true) };
    trees.set(schema, known);
  }
  return known.tree;
}

/** The same of a schema that is looked at once, with its definition. `root`: it describes a whole object. */
export const rulesOfPart = (schema: StructuralSchema, root: boolean): RuleNode | undefined => nodeOf(schema, root);

function nodeOf(schema: StructuralSchema, root: boolean): RuleNode | undefined {
  const members = new Map<string, RuleNode>();
  for (const [name, member] of Object.entries(schema.properties ?? {})) {
    const node = nodeOf(member, false);
    if (node !== undefined) members.set(name, node);
  }
  const [value, item] = [valuesOf(schema), itemsOf(schema)];
  const values = value && nodeOf(value, false);
  const items = item && nodeOf(item, false);
  const said = schema["x-kubernetes-validations"] ?? [];
  if (said.length === 0 && members.size === 0 && values === undefined && items === undefined) return undefined;
  const self = said.length === 0 ? types.DYN : typeOfSchema(schema, root);
  return { schema, rules: said.map((rule) => compileRule(rule, self)), members, values, items };
}

/** Never throws: what is wrong with a rule is said with it. */
export function compileRule(rule: ValidationRule, self: CelType): CompiledRule {
  const oldSelf = rule.optionalOldSelf === true ? types.optionalOf(self) : self;
  const variables = { self, oldSelf };
  const program = tried(() => checked(compile(rule.rule, { variables }), "bool"));
  const message = rule.messageExpression
    ? tried(() => checked(compile(rule.messageExpression!, { variables }), "string"))
    : undefined;
  return {
    rule,
    program: program instanceof Error ? undefined : program,
    ...(program instanceof Error && { error: ruleError(program) }),
    message: message instanceof Error ? undefined : message,
    ...(message instanceof Error && { messageError: messageError(message) }),
    transition: !(program instanceof Error) && program.uses("oldSelf"),
  };
}

class WrongType extends Error {}

function checked(program: Program, wanted: "bool" | "string"): Program {
  const { name } = program.type;
  if (name !== wanted && name !== "dyn") throw new WrongType(wanted);
  return program;
}

function tried(make: () => Program): Program | CompileError | WrongType {
  try {
    return make();
  } catch (error) {
    if (error instanceof CompileError || error instanceof WrongType) return error;
    throw error;
  }
}

function ruleError(error: CompileError | WrongType): string {
  return error instanceof WrongType ? "cel expression must evaluate to a bool" : error.reason;
}

function messageError(error: CompileError | WrongType): string {
  if (error instanceof WrongType) return "messageExpression must evaluate to a string";
  return `messageExpression ${error.reason.replace(/^program /, "")}`;
}
