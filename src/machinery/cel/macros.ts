/** Calls that are no calls: `has(a.b)`, `list.all(x, …)`, `cel.bind(v, …)` and their like. */
import type { Call, Macro, Node } from "./ast.ts";
import type { Issue } from "./issue.ts";

/** The macro's node, the call itself where it is none, or what is wrong with it. `bindings`: `cel.bind` is one. */
export function expandMacro(call: Call, bindings: boolean): Node | Issue {
  const { name, target, args, at } = call;
  if (target === undefined) return name === "has" && args.length === 1 ? hasOf(args[0]!, at) : call;
  if (bindings && name === "bind" && target.form === "ident" && target.name === "cel" && args.length === 3) {
    const [variable, value, body] = args as [Node, Node, Node];
    if (variable.form !== "ident") return issue(variable, "cel.bind() variable names must be simple identifiers");
    return { form: "bind", at, name: variable.name, value, body };
  }
  if ((name === "optMap" || name === "optFlatMap") && args.length === 2) {
    const [variable, body] = args as [Node, Node];
    if (variable.form !== "ident") return issue(variable, `${name}() variable name must be a simple identifier`);
    return { form: "optionalMap", at, operand: target, name: variable.name, body, flat: name === "optFlatMap" };
  }
  if (name === "sortBy" && args.length === 2) return sortedBy(call, target);
  return comprehensionOf(call, target);
}

const SORTED = "@__sortBy_input__";

/** The keys are made of the items, and both are sorted together. */
function sortedBy({ at, args }: Call, target: Node): Node | Issue {
  const [variable, body] = args as [Node, Node];
  if (variable.form !== "ident") return issue(variable, NO_NAME);
  const input: Node = { form: "ident", at, name: SORTED };
  const keys: Node = { form: "comprehension", at, macro: "map", range: input, names: [variable.name], body };
  const sorted: Node = { form: "call", at, name: "@sortByAssociatedKeys", target: input, args: [keys] };
  return { form: "bind", at, name: SORTED, value: target, body: sorted };
}

function hasOf(arg: Node, at: number): Node | Issue {
  if (arg.form !== "select" || arg.test === true) return issue(arg, "invalid argument to has() macro");
  return { ...arg, at, test: true };
}

const ONE: Readonly<Record<string, Macro>> = {
  all: "all",
  exists: "exists",
  exists_one: "exists_one",
  filter: "filter",
  map: "map",
};
const TWO: Readonly<Record<string, Macro>> = {
  all: "all",
  exists: "exists",
  existsOne: "exists_one",
  exists_one: "exists_one",
  transformList: "transformList",
  transformMap: "transformMap",
  transformMapEntry: "transformMapEntry",
};

/** What upstream calls what its loops gather, or once did. */
const ACCUMULATORS: ReadonlySet<string> = new Set(["__result__", "@result"]);
const OVERWRITES = "iteration variable overwrites accumulator variable";
const NO_NAME = "argument must be a simple name";

const issue = ({ at }: Node, text: string): Issue => ({ at, text });

function comprehensionOf(call: Call, range: Node): Node | Issue {
  const { name, args, at } = call;
  const one = ONE[name];
  if (one !== undefined && (args.length === 2 || (one === "map" && args.length === 3))) {
    const variable = args[0]!;
    const collects = one === "map" || one === "filter";
    if (variable.form !== "ident") return issue(variable, collects ? "argument is not an identifier" : NO_NAME);
    if (ACCUMULATORS.has(variable.name)) return issue(variable, OVERWRITES);
    const filter = args.length === 3 ? { filter: args[1]! } : {};
    return { form: "comprehension", at, macro: one, range, names: [variable.name], ...filter, body: args.at(-1)! };
  }
  const two = TWO[name];
  const transforms = two?.startsWith("transform") === true;
  if (two === undefined || !(args.length === 3 || (transforms && args.length === 4))) return call;
  const [first, second] = args as [Node, Node];
  if (first.form !== "ident") return issue(first, NO_NAME);
  if (second.form !== "ident") return issue(second, NO_NAME);
  if (first.name === second.name) return issue(second, `duplicate variable name: ${first.name}`);
  if (ACCUMULATORS.has(first.name)) return issue(first, OVERWRITES);
  if (ACCUMULATORS.has(second.name)) return issue(second, OVERWRITES);
  const filter = args.length === 4 ? { filter: args[2]! } : {};
  const names = [first.name, second.name];
  return { form: "comprehension", at, macro: two, range, names, ...filter, body: args.at(-1)! };
}
