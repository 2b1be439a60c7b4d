/**
 * JSON Patch (RFC 6902) as the API server's library applies it, which is laxer than the document:
 *
 * - `remove` and `move` need what they take away; `replace` in an object sets a field that is not there; `copy` of a field
 *   that is not there, and `add` and `replace` without a value, give `null`;
 * - the first part of a path is not looked at: `x/a` is `/a`. Only `replace` and `test` know the whole document.
 *
 * The result shares with the input whatever the patch does not touch, and neither is changed.
 */
import { jsonType } from "../schema/go-names.ts";
import { toJson } from "../exact-json.ts";
import { badRequest, StatusError, unprocessable } from "../errors.ts";
import { byteLength } from "../go-text.ts";
import { sameJson } from "../apply/shape.ts";

/** Operations one patch may have. */
const OPERATIONS_LIMIT = 10_000;
/** So much may all its copies add, in bytes of JSON: a list copied into itself is twice as long each time. As upstream. */
export const COPY_LIMIT = 3 * 1024 * 1024;

interface Operation {
  readonly op?: unknown;
  readonly path?: unknown;
  readonly from?: unknown;
  readonly value?: unknown;
}

/**
 * Throws a 400 for what is no patch, a 413 for too many operations, a 422 for one that cannot be done.
 *
 * A patch whose fields are checked is read twice, and only the first reading minds what is no text.
 */
export function jsonPatch(target: unknown, patch: unknown, checked = true): unknown {
  const operations = operationsOf(patch, checked);
  if (operations.length > OPERATIONS_LIMIT) throw tooManyOperations(operations.length);
  const patching = new Patching(target);
  for (const operation of operations) patching.apply(operation);
  return patching.result;
}

/** Throws a 400 for what is no patch. */
export function operationsOf(patch: unknown, checked: boolean): readonly unknown[] {
  const refuse = (value: unknown, into: string): StatusError =>
    badRequest(`${checked ? "error decoding patch: " : ""}json: cannot unmarshal ${jsonType(value)} into Go ${into}`);
  if (patch === null) return [];
  if (!Array.isArray(patch))
    throw refuse(patch, `value of type ${checked ? "[]handlers.jsonPatchOp" : "jsonpatch.Patch"}`);
  for (const operation of patch as readonly unknown[]) {
    if (operation === null) continue;
    if (!isObject(operation))
      throw refuse(operation, `value of type ${checked ? "handlers.jsonPatchOp" : "jsonpatch.Operation"}`);
    if (!checked) continue;
    const wrong = Object.keys(operation).find((name) => TEXTS.has(name) && !isTextOrNull(operation[name]));
    if (wrong !== undefined) throw refuse(operation[wrong], `struct field jsonPatchOp.${wrong} of type string`);
  }
  return patch;
}

/** The members of an operation that are text. */
const TEXTS: ReadonlySet<string> = new Set(["op", "path", "from"]);

const isTextOrNull = (value: unknown): boolean => typeof value === "string" || value === null;

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

/**
 * One operation after the other. What an operation changes is copied the first time only: ten thousand changes of a large map
 * copy it once.
 */
export class Patching {
  result: unknown;
  /** Objects and lists that only `result` has, each at one place: these may be changed. */
  readonly #own = new WeakSet<object>();
  /** What its copies have added, in bytes of JSON. */
  copied = 0;

  constructor(target: unknown) {
    this.result = target;
  }

  /** Throws a 422 where it cannot be done; `result` is of no use then. */
  apply(operation: unknown): void {
    if (typeof operation !== "object" || operation === null) throw unprocessable();
    const { op, path, from, value } = operation as Operation;
    switch (op) {
      case "add":
        return this.#write(placeOf(path), value ?? null, op);
      case "replace":
        if (path === "") return this.#exchange(value);
        return this.#write(placeOf(path), value ?? null, op);
      case "remove":
        return this.#write(placeOf(path), undefined, op);
      case "test":
        if (!passes(this.result, path === "" ? [] : placeOf(path), value)) throw unprocessable();
        return undefined;
      case "copy": {
        const copied = read(this.result, placeOf(from));
        return this.#write(placeOf(path), this.#copyOf(copied), "add");
      }
      case "move": {
        const source = placeOf(from);
        const moved = read(this.result, source);
        this.#write(source, undefined, "remove");
        return this.#write(placeOf(path), moved, "add");
      }
      default:
        throw unprocessable();
    }
  }

  #exchange(whole: unknown): void {
    if (typeof whole !== "object" || whole === null) throw unprocessable();
    this.result = whole;
  }

  /** The value itself, which from now on is at two places, so that neither may change it. */
  #copyOf(value: unknown): unknown {
    this.copied += byteLength(toJson(value));
    if (this.copied > COPY_LIMIT) throw unprocessable();
    this.#disown(value);
    return value;
  }

  #disown(value: unknown): void {
    if (typeof value !== "object" || value === null) return;
    this.#own.delete(value);
    for (const each of Object.values(value)) this.#disown(each);
  }

  #write(at: readonly string[], value: unknown, mode: Mode): void {
    this.result = this.#written(this.result, at, value, mode, 0);
  }

  /** `target` with `value` below it: itself where it is our own, else a copy. */
  #written(target: unknown, at: readonly string[], value: unknown, mode: Mode, depth: number): unknown {
    const part = at[depth]!;
    const last = depth === at.length - 1;
    if (Array.isArray(target)) {
      const list = this.#ours(target, () => target.slice());
      if (last) {
        changeItem(list, part, value, mode);
        return list;
      }
      const index = indexIn(list, part, list.length - 1);
      list[index] = this.#written(list[index], at, value, mode, depth + 1);
      return list;
    }
    if (!isObject(target)) throw unprocessable();
    const exists = Object.hasOwn(target, part) && target[part] !== undefined;
    if (!exists && (!last || mode === "remove")) throw unprocessable();
    const object = this.#ours<Record<string, unknown>>(target, () => ({ ...target }));
    if (last && mode === "remove") delete object[part];
    else setField(object, part, last ? value : this.#written(target[part], at, value, mode, depth + 1));
    return object;
  }

  #ours<T extends object>(target: T, copy: () => T): T {
    if (this.#own.has(target)) return target;
    const own = copy();
    this.#own.add(own);
    return own;
  }
}

/** What is not there equals null, and a test without a value. */
function passes(target: unknown, at: readonly string[], value: unknown): boolean {
  const found = read(target, at) ?? null;
  return found === null ? (value ?? null) === null : value !== undefined && sameJson(found, value);
}

/** The names that lead from the document to a place below it. */
function placeOf(path: unknown): readonly string[] {
  if (typeof path !== "string" || !path.includes("/")) throw unprocessable();
  return path
    .split("/")
    .slice(1)
    .map((part) => part.replaceAll("~1", "/").replaceAll("~0", "~"));
}

/** The value there; null where only its object is. */
function read(target: unknown, at: readonly string[]): unknown {
  let value = target;
  for (const part of at) {
    if (Array.isArray(value)) value = value[indexIn(value, part, value.length - 1)];
    else if (isObject(value)) value = Object.hasOwn(value, part) ? (value[part] ?? null) : null;
    else throw unprocessable();
  }
  return value;
}

type Mode = "add" | "replace" | "remove";

/** Also where its name is `__proto__`. */
function setField(object: Record<string, unknown>, name: string, value: unknown): void {
  if (name === "__proto__")
    Object.defineProperty(object, name, { value, enumerable: true, writable: true, configurable: true });
  else object[name] = value;
}

function changeItem(list: unknown[], part: string, value: unknown, mode: Mode): void {
  if (mode === "add") {
    list.splice(part === "-" ? list.length : indexIn(list, part, list.length), 0, value);
    return;
  }
  const index = indexIn(list, part, list.length - 1);
  if (mode === "remove") list.splice(index, 1);
  else list[index] = value;
}

/** Negative indices count from the end, as the reference's library allows. */
function indexIn(list: readonly unknown[], part: string, highest: number): number {
  if (!/^[-+]?[0-9]+$/.test(part)) throw unprocessable();
  const index = Number(part) < 0 ? Number(part) + highest + 1 : Number(part);
  if (index < 0 || index > highest || list.length > 2 ** 31) throw unprocessable();
  return index;
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
