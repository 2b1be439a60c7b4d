/**
 * The JSONPath that printer columns and selectable fields use: `.spec.size`, `.spec.list[0]`, `.metadata['a.b']`,
 * `.status.conditions[?(@.type=="Ready")].status`, `[*]`. A path is read once and gives a reader.
 */
type Step = (values: readonly unknown[]) => unknown[];

const TOKEN =
  /\.([A-Za-z0-9_$-]+)|\[(\d+)\]|\[\*\]|\[['"]([^'"]*)['"]\]|\[\?\(@((?:\.[A-Za-z0-9_-]+)+)\s*==\s*['"]([^'"]*)['"]\)\]|\.(?=\[)/y;

/** All values at `path`; nothing where the path cannot be read. */
export function jsonPath(path: string): (object: unknown) => unknown[] {
  const steps: Step[] = [];
  const text = path.startsWith(".") || path.startsWith("[") ? path : `.${path}`;
  for (let at = 0; at < text.length;) {
    TOKEN.lastIndex = at;
    const match = TOKEN.exec(text);
    if (match === null) return () => [];
    // Taken before a filter's own path is read, which uses the same expression.
    at = TOKEN.lastIndex;
    steps.push(stepOf(match));
  }
  return (object) => steps.reduce<unknown[]>((values, step) => step(values), [object]);
}

function stepOf([token, field, index, key, filter, wanted]: RegExpExecArray): Step {
  if (token === ".") return (values) => [...values];
  if (index !== undefined) return (values) => values.flatMap((value) => present((value as unknown[])?.[Number(index)]));
  if (token === "[*]") return (values) => values.flatMap((value) => Object.values((value ?? {}) as object));
  if (filter !== undefined) {
    const read = jsonPath(filter);
    const holds = (item: unknown): boolean => read(item)[0] === wanted;
    return (values) => values.flatMap((value) => (Array.isArray(value) ? value.filter(holds) : []));
  }
  const name = field ?? key!;
  return (values) => values.flatMap((value) => present(memberOf(value, name)));
}

const memberOf = (value: unknown, name: string): unknown =>
  typeof value === "object" && value !== null ? (value as Record<string, unknown>)[name] : undefined;

const present = (value: unknown): unknown[] => (value === undefined || value === null ? [] : [value]);
