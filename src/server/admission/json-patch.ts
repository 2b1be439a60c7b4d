/** A JSON patch, one operation after the other, with the failures of upstream's library for it. */
import { StatusError } from "../../machinery/errors.ts";
import { quote } from "../../machinery/go-text.ts";
import { COPY_LIMIT, Patching } from "../../machinery/patch/json-patch.ts";

export interface Operation {
  readonly op?: unknown;
  readonly path?: unknown;
  readonly from?: unknown;
  readonly value?: unknown;
}

export class PatchFailed extends Error {
  /** Nothing is wrong with the patch: a `test` of it does not hold. */
  readonly tested: boolean;
  constructor(why: string) {
    super(why);
    this.tested = why.endsWith(TESTED);
  }
}

/** Throws {@link PatchFailed} for an operation that cannot be done. */
export function patchedBy(operations: readonly (Operation | null)[], object: unknown): unknown {
  const patching = new Patching(object);
  operations.forEach((operation, index) => {
    try {
      patching.apply(operation);
    } catch (error) {
      if (!(error instanceof StatusError)) throw error;
      if (patching.copied > COPY_LIMIT) throw new PatchFailed(tooMuch(patching.copied));
      throw new PatchFailed(failureOf(operation ?? {}, after(operations.slice(0, index), object)));
    }
  });
  return patching.result;
}

const tooMuch = (bytes: number): string =>
  `Unable to complete the copy, the accumulated size increase of copy is ${bytes}, exceeding the limit ${COPY_LIMIT}`;

function after(operations: readonly (Operation | null)[], object: unknown): unknown {
  const patching = new Patching(object);
  for (const operation of operations) patching.apply(operation);
  return patching.result;
}

const MISSING = "missing value";
const TESTED = ": test failed";

function failureOf(operation: Operation, document: unknown): string {
  const { op, path, from } = operation;
  switch (op) {
    case "add":
      if (typeof path !== "string") return `add operation failed to decode path: ${MISSING}`;
      return added(document, path) ?? "";
    case "remove":
      return removed(document, path);
    case "replace":
      return replaced(document, path);
    case "move":
      return moved(document, from, path);
    case "copy":
      return copied(document, from, path);
    case "test":
      return notTested(document, path) ?? `testing value ${String(path)} failed${TESTED}`;
    default:
      return `Unexpected kind: ${typeof op === "string" ? op : "unknown"}`;
  }
}

function added(document: unknown, path: string): string | undefined {
  const place = placeIn(document, path);
  if (place === undefined) return `add operation does not apply: doc is missing path: "${path}": ${MISSING}`;
  const why = notAddable(place);
  return why && `error in add for path: '${path}': ${why}`;
}

function removed(document: unknown, path: unknown): string {
  if (typeof path !== "string") return `remove operation failed to decode path: ${MISSING}`;
  const place = placeIn(document, path);
  if (place === undefined) return `remove operation does not apply: doc is missing path: "${path}": ${MISSING}`;
  return `error in remove for path: '${path}': ${notThere(place) ?? nonexistent(place)}`;
}

function replaced(document: unknown, path: unknown): string {
  if (typeof path !== "string") return `replace operation failed to decode path: ${NO_PATH}`;
  // The library has no cause to tell.
  if (path === "") return "replace operation value must be object or array: %!w(<nil>)";
  const what = placeIn(document, path) === undefined ? "path" : "key";
  return `replace operation does not apply: doc is missing ${what}: ${path}: ${MISSING}`;
}

function moved(document: unknown, from: unknown, path: unknown): string {
  if (typeof from !== "string") return `move operation failed to decode from: ${NO_FROM}`;
  const source = placeIn(document, from);
  if (source === undefined) return `move operation does not apply: doc is missing from path: ${from}: ${MISSING}`;
  const why = notThere(source) ?? (isField(source) ? undefined : nonexistent(source));
  if (why !== undefined) return `error in move for path: '${source.key}': ${why}`;
  if (typeof path !== "string") return `move operation failed to decode path: ${NO_PATH}`;
  const target = placeIn(after([{ op: "remove", path: from }], document), path);
  if (target === undefined) {
    return `move operation does not apply: doc is missing destination path: ${path}: ${MISSING}`;
  }
  return `error in move for path: '${path}': ${notAddable(target) ?? ""}`;
}

function copied(document: unknown, from: unknown, path: unknown): string {
  if (typeof from !== "string") return `copy operation failed to decode from: ${NO_FROM}`;
  const source = placeIn(document, from);
  if (source === undefined) return `copy operation does not apply: doc is missing from path: ${from}: ${MISSING}`;
  const why = notThere(source);
  if (why !== undefined) return `error in copy for from: '${from}': ${why}`;
  if (typeof path !== "string") return `copy operation failed to decode path: ${MISSING}`;
  const target = placeIn(document, path);
  if (target === undefined) {
    return `copy operation does not apply: doc is missing destination path: ${path}: ${MISSING}`;
  }
  return `error while adding value during copy: ${notAddable(target) ?? ""}`;
}

/** Undefined where there is something to compare. */
function notTested(document: unknown, path: unknown): string | undefined {
  if (typeof path !== "string") return `test operation failed to decode path: ${NO_PATH}`;
  if (path === "") return undefined;
  const place = placeIn(document, path);
  if (place === undefined) return `test operation does not apply: is missing path: ${path}: ${MISSING}`;
  const why = notThere(place);
  return why && `error in test for path: '${path}': ${why}`;
}

const NO_PATH = `operation missing path field: ${MISSING}`;
const NO_FROM = `operation, missing from field: ${MISSING}`;

/** What a path names, and the list or object that it is in or would be. */
interface Place {
  readonly container: object;
  readonly key: string;
}

function placeIn(document: unknown, path: string): Place | undefined {
  const [, ...parts] = path.split("/").map((part) => part.replaceAll("~1", "/").replaceAll("~0", "~"));
  const key = parts.pop();
  let container = document;
  for (const part of parts) container = valueAt(container, part);
  return key === undefined || typeof container !== "object" || container === null ? undefined : { container, key };
}

function valueAt(container: unknown, key: string): unknown {
  if (typeof container !== "object" || container === null) return undefined;
  if (!Array.isArray(container)) {
    return Object.hasOwn(container, key) ? (container as Record<string, unknown>)[key] : undefined;
  }
  return notThere({ container, key }) === undefined ? container.at(Number(key)) : undefined;
}

/** Of an index of a list; a field of an object may always be looked for. */
function notThere({ container, key }: Place): string | undefined {
  if (!Array.isArray(container)) return undefined;
  return wrongNumber(key) ?? wrongIndex(Number(key), container.length);
}

function notAddable({ container, key }: Place): string | undefined {
  if (!Array.isArray(container) || key === "-") return undefined;
  const wrong = wrongNumber(key);
  if (wrong !== undefined) return `value was not a proper array index: '${key}': ${wrong}`;
  return wrongIndex(Number(key), container.length + 1);
}

const wrongNumber = (key: string): string | undefined =>
  /^[-+]?[0-9]+$/.test(key) ? undefined : `strconv.Atoi: parsing ${quote(key)}: invalid syntax`;

const wrongIndex = (index: number, count: number): string | undefined =>
  index >= count || index < -count ? `Unable to access invalid index: ${index}: invalid index referenced` : undefined;

const isField = ({ container, key }: Place): boolean => Array.isArray(container) || Object.hasOwn(container, key);

const nonexistent = ({ key }: Place): string => `Unable to remove nonexistent key: ${key}: ${MISSING}`;
