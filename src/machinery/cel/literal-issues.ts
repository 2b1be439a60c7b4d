/** What is wrong with literals in an expression whose types are right: texts that are no time or pattern, mixed lists. */
import { patternOf } from "../structural/patterns.ts";
import type { Call, Item, Node } from "./ast.ts";
import { mismatch } from "./checker.ts";
import type { Checked } from "./checker.ts";
import type { Issue } from "./issue.ts";
import { durationOfText, timestamp, timestampOfText } from "./library/time-text.ts";
import { CLAUSES, readFormat, refusalOf, typeTitle } from "./library/string-format.ts";
import { CelError } from "./values.ts";
import { DYN, sameType } from "./types.ts";
import type { CelType } from "./types.ts";

export function literalIssues(node: Node, { types }: Checked): readonly Issue[] {
  const issues: Issue[] = [];
  const typeOf = (part: Node, optional: boolean): CelType => {
    const type = types.get(part) ?? DYN;
    return optional && type.name === "optional_type" ? (type.params?.[0] ?? DYN) : type;
  };
  /** What is not like the first. Of a list only the first is told that differs. */
  const alike = (parts: readonly Item[], most = Infinity): void => {
    const [first, ...rest] = parts;
    if (first === undefined) return;
    const wanted = typeOf(first.value, first.optional);
    const others = rest.map(({ value, optional }) => ({ at: value.at, type: typeOf(value, optional) }));
    const different = others.filter(({ type }) => !sameType(wanted, type, false));
    issues.push(...different.slice(0, most).map(({ at, type }) => ({ at, text: mismatch(wanted, type) })));
  };
  /** `mixed`: lists may hold anything here. */
  const visit = (part: Node, mixed: boolean): void => {
    if (part.form === "call") issues.push(...callIssues(part), ...formatIssues(part, types));
    if (part.form === "list" && !mixed) alike(part.items, 1);
    if (part.form === "map" && !mixed) {
      alike(part.entries.map(({ key }) => ({ value: key, optional: false })));
      alike(part.entries);
    }
    const inFormat = part.form === "call" && part.name === "format";
    for (const inner of partsOf(part)) visit(inner, mixed || inFormat);
  };
  visit(node, false);
  return issues;
}

type Read = (value: unknown) => unknown;
const asText =
  (read: (text: string) => unknown): Read =>
  (value) =>
    typeof value === "string" ? read(value) : undefined;

/** Which argument of a call is read when it is written out. */
const READERS: Readonly<Record<string, Read>> = {
  duration: asText(durationOfText),
  timestamp: (value) =>
    typeof value === "bigint" ? timestamp(value * 1_000_000_000n) : asText(timestampOfText)(value),
  matches: asText(patternOf),
};

function callIssues({ name, args }: Call): Issue[] {
  const read = Object.hasOwn(READERS, name) ? READERS[name] : undefined;
  const [arg] = args;
  if (read === undefined || arg?.form !== "literal") return [];
  try {
    read(arg.value);
    return [];
  } catch {
    return [{ at: arg.at, text: `invalid ${name} argument` }];
  }
}

/** Of a format that is written out, and so are its arguments. */
function formatIssues({ name, target, args, at }: Call, types: Checked["types"]): Issue[] {
  const [list] = args;
  if (name !== "format" || target?.form !== "literal" || typeof target.value !== "string") return [];
  if (args.length !== 1 || list?.form !== "list") return [];
  const items = list.items.map(({ value }) => value);
  const typeOf = (node: Node): string => types.get(node)?.name ?? "dyn";
  const issue = (where: number, text: string): Issue => ({ at: where, text });
  const refused: Issue[] = [];
  try {
    const wanted = readFormat(
      target.value,
      items.length,
      () => {},
      (index, clause) => {
        const accepts = (node: Node): boolean => typeOf(node) === "dyn" || clause.takes.has(typeOf(node));
        const wrong = unfit(items[index]!, accepts, clause === CLAUSES["s"]);
        if (wrong === undefined) return;
        refused.push(issue(wrong.at, refusalOf(clause, typeTitle(typeOf(wrong)))));
        throw new CelError("");
      },
    );
    if (items.length <= wanted) return [];
    return [issue(at, `too many arguments supplied to string.format (expected ${wanted}, got ${items.length})`)];
  } catch (error) {
    if (!(error instanceof CelError)) throw error;
    return refused.length > 0 ? refused : [issue(at, error.message)];
  }
}

/** The first part that does not fit; `deep`: what stands in a list or map has to fit as well. */
function unfit(node: Node, accepts: (node: Node) => boolean, deep: boolean): Node | undefined {
  if (!accepts(node)) return node;
  if (!deep || (node.form !== "list" && node.form !== "map")) return undefined;
  for (const part of partsOf(node)) {
    const wrong = unfit(part, accepts, deep);
    if (wrong !== undefined) return wrong;
  }
  return undefined;
}

function partsOf(node: Node): readonly Node[] {
  switch (node.form) {
    case "literal":
    case "ident":
      return [];
    case "select":
      return [node.operand];
    case "call":
      return node.target === undefined ? node.args : [node.target, ...node.args];
    case "list":
      return node.items.map(({ value }) => value);
    case "map":
      return node.entries.flatMap(({ key, value }) => [key, value]);
    case "struct":
      return node.fields.map(({ value }) => value);
    case "comprehension":
      return [node.range, ...(node.filter === undefined ? [] : [node.filter]), node.body];
    case "bind":
      return [node.value, node.body];
    case "optionalMap":
      return [node.operand, node.body];
  }
}
