/** Types of expressions, and how they fit each other. `dyn` fits everything. */
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
const param = (name: string): CelType => ({ name: "param", params: [simple(name)] });

/** As upstream prints types: `list(int)`, `map(string, dyn)`. */
export function typeText(type: CelType): string {
  const { name, params = [], title } = type;
  if (title !== undefined) return title;
  if (name === "param") return params[0]!.name;
  if (name === "dyn" || params.length === 0) return name;
  return `${name}(${params.map(typeText).join(", ")})`;
}

const OUTPUT_NAMES: Readonly<Record<string, string>> = {
  null: "null_type",
  timestamp: "google.protobuf.Timestamp",
  duration: "google.protobuf.Duration",
};

/** As upstream prints what an expression evaluates to, which is not how it prints types in calls. */
export function outputText(type: CelType): string {
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

/** What parameters were found to stand for. */
export type Bindings = Map<string, CelType>;

/** True where `given` can be used as `wanted`; learns parameters on the way. */
export function fits(wanted: CelType, given: CelType, bindings: Bindings): boolean {
  if (wanted.name === "param") {
    const name = wanted.params![0]!.name;
    const bound = bindings.get(name);
    if (bound === undefined || bound.name === "dyn") {
      bindings.set(name, given);
      return true;
    }
    if (fits(bound, given, bindings)) {
      if (given.name === "dyn") bindings.set(name, DYN);
      return true;
    }
    return false;
  }
  if (wanted.name === "dyn" || given.name === "dyn" || given.name === "error") return true;
  if (wanted.name !== given.name) return nullable(wanted, given) || nullable(given, wanted);
  if (wanted.name === "object") return wanted === given || wanted.field === given.field;
  const [a = [], b = []] = [wanted.params, given.params];
  return a.every((each, index) => b[index] === undefined || fits(each, b[index], bindings));
}

const NULLABLE: ReadonlySet<string> = new Set(["timestamp", "duration", "optional_type", "object"]);

const nullable = (type: CelType, other: CelType): boolean => other.name === "null" && NULLABLE.has(type.name);

/** A result type with the parameters filled in; what stayed open may be anything. */
export function resolved(type: CelType, bindings: Bindings): CelType {
  if (type.name === "param") return bindings.get(type.params![0]!.name) ?? DYN;
  return type.params === undefined ? type : { ...type, params: type.params.map((each) => resolved(each, bindings)) };
}

/** One type for both, `dyn` where there is none. */
export function joined(a: CelType, b: CelType): CelType {
  const bindings: Bindings = new Map();
  if (a.name === "dyn" || b.name === "dyn") return DYN;
  if (fits(a, b, bindings)) return a;
  return DYN;
}
