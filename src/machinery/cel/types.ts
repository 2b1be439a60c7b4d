/** Types of expressions, and how they are written. How they fit each other is in `unifier.ts`. */
export interface CelType {
  /** `int`, `list`, `map`, `optional_type`, `object`, `param`, `kubernetes.Quantity`, … */
  readonly name: string;
  readonly params?: readonly CelType[];
  /** Of objects: the type of a field; undefined where there is none of that name. */
  readonly field?: (name: string) => CelType | undefined;
  /** Most entries, characters or bytes a value of this type can have, where a schema says so. */
  readonly most?: number;
  /** What it is called in errors, where that is not its name. */
  readonly title?: string;
}

const simple = (name: string): CelType => ({ name });
export const DYN = simple("dyn");
/** Of what has an issue; fits everything, so that nothing else is told of it. */
export const ERROR = simple("error");
export const BOOL = simple("bool");
export const INT = simple("int");
export const UINT = simple("uint");
export const DOUBLE = simple("double");
export const STRING = simple("string");
export const BYTES = simple("bytes");
export const NULL = simple("null");
export const TIMESTAMP = simple("timestamp");
export const DURATION = simple("duration");
export const listOf = (item: CelType): CelType => ({ name: "list", params: [item] });
export const mapOf = (key: CelType, value: CelType): CelType => ({ name: "map", params: [key, value] });
export const optionalOf = (value: CelType): CelType => ({ name: "optional_type", params: [value] });
export const typeOfType = (type: CelType): CelType => ({ name: "type", params: [type] });
/** Stands for any one type. */
export const param = (name: string): CelType => ({ name: "param", params: [simple(name)] });

/**
 * A type can have another one twice, which has a third one twice, and so on. What is found out about types is found out
 * once for each, and once for each pair.
 */
export function oncePerType<T>(find: (type: CelType) => T): (type: CelType) => T {
  const known = new WeakMap<CelType, T>();
  return (type) => {
    if (known.has(type)) return known.get(type)!;
    const found = find(type);
    known.set(type, found);
    return found;
  };
}

export const oncePerPair = (find: (a: CelType, b: CelType) => boolean): ((a: CelType, b: CelType) => boolean) => {
  const first = oncePerType((a) => oncePerType((b) => find(a, b)));
  return (a, b) => first(a)(b);
};

/** Characters of a type that are shown. */
const LONGEST = 10_000;
const cut = (text: string): string => (text.length > LONGEST ? `${text.slice(0, LONGEST)}…` : text);

/** As upstream prints types: `list(int)`, `map(string, dyn)`. */
export const typeText: (type: CelType) => string = oncePerType((type) => cut(textOf(type)));

function textOf(type: CelType): string {
  const { name, params = [], title } = type;
  if (title !== undefined) return title;
  if (name === "param") return params[0]!.name;
  if (name === "error") return "!error!";
  if (name === "dyn" || params.length === 0) return name;
  return `${name}(${params.map(typeText).join(", ")})`;
}

const OUTPUT_NAMES: Readonly<Record<string, string>> = {
  null: "null_type",
  timestamp: "google.protobuf.Timestamp",
  duration: "google.protobuf.Duration",
};

/** As upstream prints what an expression evaluates to, which is not how it prints types in calls. */
export const outputText: (type: CelType) => string = oncePerType((type) => cut(outputTextOf(type)));

function outputTextOf(type: CelType): string {
  const { name, params = [], title } = type;
  if (title !== undefined) return title;
  if (params.length === 0 || name === "param") return OUTPUT_NAMES[name] ?? typeText(type);
  return `${name}(${params.map(outputText).join(", ")})`;
}

/** Reads `map<string, A>`; single capital letters are parameters. */
export function readType(text: string): CelType {
  const open = text.indexOf("<");
  if (open < 0) return /^[A-Z]$/.test(text) ? param(text) : simple(text);
  const params: string[] = [];
  let depth = 0;
  let from = open + 1;
  for (let at = from; at < text.length; at++) {
    if (text[at] === "<") depth++;
    if (text[at] === ">" && depth-- === 0) params.push(text.slice(from, at));
    if (text[at] === "," && depth === 0) {
      params.push(text.slice(from, at));
      from = at + 1;
    }
  }
  return { name: text.slice(0, open), params: params.map((each) => readType(each.trim())) };
}

const NUMBERS_AND_TEXTS: ReadonlySet<string> = new Set(["bool", "bytes", "double", "int", "string", "uint"]);
const CONTAINERS: ReadonlySet<string> = new Set(["list", "map", "type"]);

/** Null fits times, objects, optional values and what libraries make. */
export const isNullable = ({ name }: CelType): boolean =>
  name !== "null" && !NUMBERS_AND_TEXTS.has(name) && !CONTAINERS.has(name);

/** What is in an optional value; undefined for other types. */
export const withinOptional = ({ name, params }: CelType): CelType | undefined =>
  name === "optional_type" ? (params?.[0] ?? DYN) : undefined;

/** `sameNames`: parameters of different names are different types. */
export const sameType = (a: CelType, b: CelType, sameNames = true): boolean =>
  a === b || (a.name === b.name && (sameNames ? exactly(a, b) : likewise(a, b)));

const exactly = oncePerPair((a, b) => comparedTypes(a, b, true));
const likewise = oncePerPair((a, b) => comparedTypes(a, b, false));

function comparedTypes(a: CelType, b: CelType, sameNames: boolean): boolean {
  if (a.name === "param" && b.name === "param") return !sameNames || a.params![0]!.name === b.params![0]!.name;
  if (a.name !== b.name || a.title !== b.title) return false;
  // A type with fields is one for each schema; copies of it share the function that knows them.
  if (a.name === "object") return a.field === b.field;
  const [left = [], right = []] = [a.params, b.params];
  return left.length === right.length && left.every((each, index) => sameType(each, right[index]!, sameNames));
}
