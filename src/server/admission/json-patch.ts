/** A JSON patch, one operation after the other, with the failures of upstream's library for it. */
import { StatusError } from "../../machinery/errors.ts";
import { COPY_LIMIT, Patching } from "../../machinery/patch/json-patch.ts";

export interface Operation {
  readonly op?: unknown;
  readonly path?: unknown;
}

export class PatchFailed extends Error {
  readonly operation: Operation;
  constructor(operation: Operation, why = failureOf(operation)) {
    super(why);
    this.operation = operation;
  }
}

/** Throws {@link PatchFailed} for an operation that cannot be done. */
export function patchedBy(operations: readonly Operation[], object: unknown): unknown {
  const patching = new Patching(object);
  for (const operation of operations) {
    try {
      patching.apply(operation);
    } catch (error) {
      if (!(error instanceof StatusError)) throw error;
      throw new PatchFailed(operation, patching.copied > COPY_LIMIT ? tooMuch(patching.copied) : undefined);
    }
  }
  return patching.result;
}

const tooMuch = (bytes: number): string =>
  `Unable to complete the copy, the accumulated size increase of copy is ${bytes}, exceeding the limit ${COPY_LIMIT}`;

function failureOf({ op, path }: Operation): string {
  const at = String(path);
  const key = at.slice(at.lastIndexOf("/") + 1);
  switch (op) {
    case "add":
    case "copy":
    case "move":
      return `${op} operation does not apply: doc is missing path: "${at}": missing value`;
    case "remove":
      return `error in remove for path: '${at}': Unable to remove nonexistent key: ${key}: missing value`;
    case "replace":
      return `replace operation does not apply: doc is missing path: ${at}: missing value`;
    case "test":
      return `testing value ${at} failed: test failed`;
    default:
      return `Unexpected kind: ${String(op)}`;
  }
}
