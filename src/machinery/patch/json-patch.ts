/**
 * JSON Patch (RFC 6902) as the API server applies it: `remove` of what is not there and a failed `test` are
 * errors, `null` is a value. The result shares with the input whatever the patch does not touch.
 */
import { badRequest, StatusError, unprocessable } from "../errors.ts";
import { sameJson } from "../apply/shape.ts";
import { byteLength } from "../go-text.ts";

/** Operations one patch may have. */
const OPERATIONS_LIMIT = 10_000;

/** Bytes of JSON that one patch may copy: a list copied into itself is twice as long each time. */
export const COPY_LIMIT = 3 * 1024 * 1024;

/** What has been copied by one patch. */
export interface Copied {
  bytes: number;
}

interface Operation {
  readonly op?: unknown;
  readonly path?: unknown;
  readonly from?: unknown;
  readonly value?: unknown;
}

/**
 * Throws a 400 for what is no patch, a 413 for too many operations, a 422 for one that cannot be done. Who applies a patch
 * piece by piece gives the same `copied` each time.
 */
export function jsonPatch(target: unknown, patch: unknown, copied: Copied = { bytes: 0 }): unknown {
  if (!Array.isArray(patch)) {
    throw badRequest(
      `error decoding patch: json: cannot unmarshal ${jsonType(patch)} into Go value of type []handlers.jsonPatchOp`,
    );
  }
  if (patch.length > OPERATIONS_LIMIT) throw tooManyOperations(patch.length);
  let result = target;
  for (const operation of patch) result = applyOne(result, operation as Operation, copied);
  return result;
}

/** Go's word for the JSON type, as its decoder's errors have it. */
export function jsonType(value: unknown): string {
  if (value === null) return "null";
  if (Array.isArray(value)) return "array";
  return typeof value === "boolean" ? "bool" : typeof value;
}

function tooManyOperations(count: number): StatusError {
  const message = `Request entity too large: The allowed maximum operations in a JSON patch is ${OPERATIONS_LIMIT}, got ${count}`;
  return new StatusError({
    kind: "Status",
    apiVersion: "v1",
    metadata: {},
    status: "Failure",
    message,
    reason: "RequestEntityTooLarge",
    code: 413,
  });
}

function applyOne(target: unknown, operation: Operation | null, copied: Copied): unknown {
  if (typeof operation !== "object" || operation === null) throw unprocessable();
  const at = pointer(operation.path);
  switch (operation.op) {
    case "add":
      return write(target, at, given(operation), "add");
    case "replace":
      return write(target, at, given(operation), "replace");
    case "remove":
      return write(target, at, undefined, "remove");
    case "test":
      if (!passes(target, at, operation.value)) throw unprocessable();
      return target;
    case "copy":
      return write(target, at, copyOf(read(target, pointer(operation.from)), copied), "add");
    case "move": {
      const from = pointer(operation.from);
      const value = read(target, from);
      return write(write(target, from, undefined, "remove"), at, value, "add");
    }
    default:
      throw unprocessable();
  }
}

/** The very same value, which nobody changes; what counts is how long it becomes when it is written. */
function copyOf(value: unknown, copied: Copied): unknown {
  copied.bytes += byteLength(JSON.stringify(value));
  if (copied.bytes > COPY_LIMIT) throw unprocessable();
  return value;
}

function given(operation: Operation): unknown {
  if (operation.value === undefined) throw unprocessable();
  return operation.value;
}

/** A missing value equals null. */
function passes(target: unknown, at: readonly string[], value: unknown): boolean {
  let found: unknown;
  try {
    found = read(target, at);
  } catch {
    return value === undefined || value === null;
  }
  return sameJson(found ?? null, value ?? null);
}

function pointer(path: unknown): readonly string[] {
  if (typeof path !== "string" || (path !== "" && !path.startsWith("/"))) throw unprocessable();
  return path
    .split("/")
    .slice(1)
    .map((part) => part.replaceAll("~1", "/").replaceAll("~0", "~"));
}

function read(target: unknown, at: readonly string[]): unknown {
  let value = target;
  for (const part of at) {
    if (Array.isArray(value)) value = value[indexIn(value, part, value.length - 1)];
    else if (isObject(value) && Object.hasOwn(value, part) && value[part] !== undefined) value = value[part];
    else throw unprocessable();
  }
  return value;
}

type Mode = "add" | "replace" | "remove";

function write(target: unknown, at: readonly string[], value: unknown, mode: Mode, depth = 0): unknown {
  if (depth === at.length) {
    if (mode === "remove") throw unprocessable();
    return value;
  }
  const part = at[depth]!;
  const last = depth === at.length - 1;
  if (Array.isArray(target))
    return last ? writeItem(target, part, value, mode) : within(target, part, at, value, mode, depth);
  if (!isObject(target)) throw unprocessable();
  const exists = Object.hasOwn(target, part) && target[part] !== undefined;
  if (!exists && !(last && mode === "add")) throw unprocessable();
  if (last && mode === "remove") {
    const { [part]: _, ...rest } = target;
    return rest;
  }
  return withField(target, part, last ? value : write(target[part], at, value, mode, depth + 1));
}

/** A copy with one field set, also where its name is `__proto__`. */
function withField(target: Readonly<Record<string, unknown>>, name: string, value: unknown): Record<string, unknown> {
  const copy: Record<string, unknown> = { ...target };
  if (name === "__proto__")
    Object.defineProperty(copy, name, { value, enumerable: true, writable: true, configurable: true });
  else copy[name] = value;
  return copy;
}

function within(
  list: readonly unknown[],
  part: string,
  at: readonly string[],
  value: unknown,
  mode: Mode,
  depth: number,
): unknown {
  const index = indexIn(list, part, list.length - 1);
  return list.with(index, write(list[index], at, value, mode, depth + 1));
}

function writeItem(list: readonly unknown[], part: string, value: unknown, mode: Mode): unknown {
  if (mode === "add") return list.toSpliced(part === "-" ? list.length : indexIn(list, part, list.length), 0, value);
  const index = indexIn(list, part, list.length - 1);
  return mode === "remove" ? list.toSpliced(index, 1) : list.with(index, value);
}

/** Negative indices count from the end, as the reference's library allows. */
function indexIn(list: readonly unknown[], part: string, highest: number): number {
  if (!/^-?(?:0|[1-9][0-9]*)$/.test(part)) throw unprocessable();
  const index = Number(part) < 0 ? Number(part) + highest + 1 : Number(part);
  if (index < 0 || index > highest || list.length > 2 ** 31) throw unprocessable();
  return index;
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
