/** What calls cost beside their arguments, and how large their results can be. Upstream's numbers; 1 where none is said. */
import { ONE, UNKNOWN, fixed, plus, scaled, times } from "./estimate.ts";
import type { Estimate } from "./estimate.ts";
import type { CelType } from "./types.ts";

export interface Operand {
  readonly type: CelType;
  readonly size: Estimate;
  /** The same where it is known, be it that it may be anything. */
  readonly known: Estimate | undefined;
  /** Of lists: what is in them. */
  readonly item?: { readonly type: CelType; readonly size: Estimate };
  /** What stands there literally. */
  readonly literal?: unknown;
}

export interface CallShape {
  /** With a namespace: `sets.contains`. */
  readonly name: string;
  /** Of the overload, with a member's own value first. */
  readonly types: readonly CelType[];
  readonly target: Operand | undefined;
  readonly args: readonly Operand[];
}

export interface CallCost {
  readonly cost: Estimate;
  readonly size?: Estimate | undefined;
}

/** Making one, whatever is in it. */
export const CREATE = { list: 10, map: 30, struct: 40 };
/** Reading a character. */
export const READ = 0.1;
/** A character of a regular expression; a part of one is thought to have four. */
export const PATTERN = 0.25;
/** Of a selector's text: requirements that a character can make, and what making one costs. */
export const REQUIREMENT = { each: 0.5, cost: CREATE.list + CREATE.struct };
/** Characters that the pattern of a named format is thought to have. */
export const FORMAT_PATTERNS: ReadonlyMap<string, number> = new Map([
  ...["dns1123Label", "dns1035Label", "dns1123LabelPrefix", "dns1035LabelPrefix"].map((name) => [name, 30] as const),
  ...["dns1123Subdomain", "dns1123SubdomainPrefix", "qualifiedName"].map((name) => [name, 60] as const),
  ["labelValue", 40],
  ["uri", 1103],
  ["uuid", 70],
  ["byte", 84],
  ["date", 71],
  ["datetime", 71],
]);
/** Upstream's longest pattern of a named format. */
const LONGEST_FORMAT = 128;
/** Of one question to the authorizer: an expression can ask twice. */
export const AUTHORIZATION = 350_000;
/** Bytes of an address: four or sixteen. */
const ADDRESS: Estimate = { least: 4, most: 16 };

const reading = (size: Estimate): Estimate => scaled(size, READ);

/** An empty text costs something as well, because the pattern may be expensive all the same. */
const matching = (text: Estimate, pattern: Estimate): Estimate =>
  times(reading(plus(text, ONE)), scaled(pattern, PATTERN));

type Rule = (call: CallShape) => CallCost | undefined;

/** For calls on a value; the same name called on nothing costs 1. */
const onValue =
  (rule: (target: Operand, args: readonly Operand[], types: readonly CelType[]) => CallCost): Rule =>
  ({ target, args, types }) =>
    target && rule(target, args, types);

const walk = onValue((target) => {
  const { item, size } = target;
  if (item === undefined) return { cost: reading(size) };
  const text = item.type.name === "string" || item.type.name === "bytes";
  return { cost: times(size, text ? plus(ONE, reading(item.size)) : ONE) };
});

/** Of a text that is given to a function. */
const parsing: Rule = ({ target, args: [arg] }) =>
  target === undefined && arg ? { cost: reading(arg.size) } : undefined;

const sameLength = onValue(({ size }) => ({ cost: reading(size), size }));

const addresses = (extra: Estimate, parsed: Estimate | undefined): CallCost => ({
  cost: plus(reading(plus(ADDRESS, ADDRESS)), extra, parsed === undefined ? fixed(0) : reading(parsed)),
});

const asText = (types: readonly CelType[], arg: Operand): Estimate | undefined =>
  types[1]?.name === "string" ? arg.size : undefined;

const setRule =
  (factor: number): Rule =>
  ({ args: [a, b] }) => ({ cost: plus(scaled(times(a!.size, b!.size), factor), ONE) });

/** Types whose values are compared at once, whatever their text. */
const FLAT: ReadonlySet<string> = new Set([
  "net.IP",
  "net.CIDR",
  "kubernetes.Quantity",
  "kubernetes.Semver",
  ...["Authorizer", "PathCheck", "GroupCheck", "ResourceCheck", "Decision"].map(
    (name) => `kubernetes.authorization.${name}`,
  ),
]);

/** Characters of the longest name of a format. */
const LONGEST_NAME = 64;

/** The shorter of two decides when they differ. */
const equating: Rule = (call) => {
  const [a, b] = call.args as [Operand, Operand];
  const { name } = a.type;
  if (name !== b.type.name) return comparing(call);
  if (FLAT.has(name)) return { cost: ONE };
  if (name === "kubernetes.NamedFormat") return { cost: reading({ least: 1, most: LONGEST_NAME }) };
  return name === "kubernetes.URL" ? { cost: reading({ least: 1, most: b.known?.most ?? 1 }) } : comparing(call);
};

const comparing: Rule = ({ args: [a, b] }) => {
  const most = Math.min(a!.size.most, b!.size.most);
  return { cost: reading({ least: most > 0 ? 1 : 0, most }) };
};

const ordering: Rule = (call) => (isText(call.types[0]) ? comparing(call) : undefined);

const isText = (type: CelType | undefined): boolean => type?.name === "string" || type?.name === "bytes";

const adding: Rule = ({ types, args: [a, b] }) => {
  const list = types[0]?.name === "list";
  if (!list && !isText(types[0])) return undefined;
  const size = plus(a!.size, b!.size);
  return { cost: list ? ONE : reading(size), size };
};

const replacing = onValue(({ size }, [from, to]) => {
  const [least, most] = [from!.size, to!.size];
  const longest =
    least.least === 0 ? (size.most + 1) * most.most + size.most : Math.ceil(size.most / least.least) * most.most;
  const grown = least.least > 0 && most.most <= least.least ? size.most : longest;
  const shortest =
    least.most === 0 ? (size.least + 1) * most.least + size.least : Math.ceil(size.least / least.most) * most.least;
  const shrunk = least.most > 0 && least.most <= most.least ? size.least : shortest;
  return { cost: scaled(size, 2 * READ), size: { least: shrunk, most: Math.min(grown, UNKNOWN.most) } };
});

const joining = onValue(({ size, item }, [separator]) => {
  const gaps = { least: Math.max(0, size.least - 1), most: Math.max(0, size.most - 1) };
  const texts = item === undefined ? fixed(0) : times(size, item.size);
  const whole = separator === undefined ? texts : plus(texts, times(separator.size, gaps));
  return { cost: reading(whole), size: whole };
});

const splitting = onValue(({ size }, [, limit]) => ({
  cost: scaled(size, 2 * READ),
  size: { least: 0, most: typeof limit?.literal === "bigint" ? wrapped(Number(limit.literal)) : size.most },
}));

const selecting = (size: Estimate): Estimate =>
  plus(fixed(CREATE.list), reading(size), scaled(scaled(size, REQUIREMENT.each), REQUIREMENT.cost));

/** A call that makes a list. */
const making = (size: Estimate, factor = 1): CallCost => ({
  cost: plus(scaled(size, factor), fixed(1 + CREATE.list)),
  size,
});

function sorting(size: Estimate, { params: [item] = [] }: CelType): CallCost {
  return making(times(size, size), isText(item) ? 2 + READ : 2);
}

/** The int that stands there literally. */
function written(operand: Operand | undefined, otherwise: number): number {
  const literal = operand?.literal;
  return typeof literal === "bigint" ? Math.max(0, Number(literal)) : otherwise;
}

/** Upstream's numbers have no sign: below zero they are very large. */
const wrapped = (value: number): number => (value < 0 ? UNKNOWN.most + value : value);

/** Two quotes, and each character may need a backslash. Twice the largest number and two is none. */
const quoted = ({ least, most }: Estimate): Estimate => ({
  least: least + 2,
  most: most === UNKNOWN.most ? 0 : Math.min(most * 2 + 2, UNKNOWN.most),
});

const RULES: ReadonlyMap<string, Rule> = new Map<string, Rule>([
  ...["isSorted", "sum", "max", "min", "indexOf", "lastIndexOf"].map((name) => [name, walk] as const),
  ...["lowerAscii", "upperAscii", "substring", "trim"].map((name) => [name, sameLength] as const),
  ...["_<_", "_<=_", "_>_", "_>=_"].map((name) => [name, ordering] as const),
  ["_==_", equating],
  ["_!=_", comparing],
  ["_+_", adding],
  ["replace", replacing],
  ["split", splitting],
  ["join", joining],
  ...["url", "jsonpatch.escapeKey"].map((name): [string, Rule] => [
    name,
    ({ args: [arg] }) => arg && { cost: reading(arg.size), size: arg.size },
  ]),
  ["strings.quote", ({ args: [arg] }) => arg && { cost: reading(arg.size), size: quoted(arg.size) }],
  ...["cidr", "ip", "isCIDR", "isIP", "isQuantity", "isSemver", "quantity", "semver"].map(
    (name) => [name, parsing] as const,
  ),
  ["ip.isCanonical", ({ args: [arg] }) => arg && { cost: scaled(arg.size, 2 * READ) }],
  ["startsWith", onValue((_, [arg]) => ({ cost: reading(arg!.size) }))],
  ["endsWith", onValue((_, [arg]) => ({ cost: reading(arg!.size) }))],
  ["contains", onValue(({ size }, [arg]) => ({ cost: times(reading(size), reading(arg!.size)) }))],
  ["matches", onValue(({ size }, [arg]) => ({ cost: matching(size, arg!.size) }))],
  ["find", onValue(({ size }, [arg]) => ({ cost: matching(size, arg!.size), size: { least: 0, most: size.most } }))],
  ["findAll", onValue(({ size }, [arg]) => ({ cost: matching(size, arg!.size), size: { least: 0, most: size.most } }))],
  ["@in", ({ types, args }) => (types[1]?.name === "list" ? { cost: args[1]!.size } : undefined)],
  ["format", onValue(({ size }) => ({ cost: reading(size) }))],
  ["check", () => ({ cost: fixed(AUTHORIZATION) })],
  ["validate", onValue((_, [arg]) => ({ cost: scaled(reading(arg!.size), LONGEST_FORMAT * PATTERN) }))],
  ["containsIP", onValue((_, [arg], types) => addresses(fixed(0), asText(types, arg!)))],
  ["containsCIDR", onValue((_, [arg], types) => addresses(plus(reading(ADDRESS), ONE), asText(types, arg!)))],
  ["fieldSelector", onValue((_, [arg]) => ({ cost: selecting(arg!.size) }))],
  ["labelSelector", onValue((_, [arg]) => ({ cost: selecting(arg!.size) }))],
  ["slice", onValue(({ size }, [from, to]) => making(fixed(wrapped(written(to, size.most) - written(from, 0)))))],
  ["lists.range", ({ args: [count] }) => making(fixed(written(count, UNKNOWN.most)))],
  ["flatten", onValue(({ size }, [depth]) => making(size, depth === undefined ? 1 : written(depth, UNKNOWN.most)))],
  ["reverse", onValue(({ size }) => making(size))],
  ["distinct", onValue(({ size }) => making(times(size, size), 2))],
  ["sort", onValue(({ size }, _, [type]) => sorting(size, type!))],
  ["@sortByAssociatedKeys", onValue((_, [keys], [, type]) => sorting(keys!.size, type!))],
  ["sets.contains", setRule(1)],
  ["sets.intersects", setRule(1)],
  ["sets.equivalent", setRule(2)],
  ["bytes", ({ types, args: [arg] }) => (types[0]?.name === "string" ? converted(arg!, 1, 4) : undefined)],
  ["string", ({ types, args: [arg] }) => (types[0]?.name === "bytes" ? converted(arg!, 0.25, 1) : undefined)],
]);

/** Between characters and bytes. */
const converted = ({ size }: Operand, least: number, most: number): CallCost => ({
  cost: reading(size),
  size: { least: Math.floor(size.least * least), most: Math.min(size.most * most, UNKNOWN.most) },
});

export function callCost(call: CallShape): CallCost {
  return RULES.get(call.name)?.(call) ?? { cost: ONE };
}
