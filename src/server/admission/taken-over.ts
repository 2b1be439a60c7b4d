/** What a patch of a policy or a webhook made of an object, as an object of its kind again. */
import { internalError, unknownError } from "../../machinery/errors.ts";
import type { Kind, KubeObject } from "../../machinery/kind.ts";
import { DecodeError } from "../../machinery/schema/decode.ts";
import { decodeObject } from "../../machinery/schema/kind-codec.ts";
import { apiVersionOf } from "../../machinery/scheme.ts";
import type { Scheme } from "../../machinery/scheme.ts";
import type { Json } from "../objects.ts";
import { unconvertible, unregistered } from "../other-type.ts";
import { resourceOf } from "../resource.ts";
import { typeIn } from "../type-meta.ts";
import { refuseOtherCustom } from "../verbs/patched.ts";

type Refuse = (why: string) => Error;

/** Throws a 500 for what is none; `unconverted`: what is said of one that is another. */
export function takenOver(
  scheme: Scheme,
  kind: Kind,
  value: unknown,
  unknown?: string[],
  unconverted: Refuse = unknownError,
): KubeObject {
  checkType(scheme, kind, value, unconverted);
  try {
    return { ...decodeObject(kind, value, unknown), kind: kind.kind, apiVersion: apiVersionOf(kind) } as KubeObject;
  } catch (error) {
    throw error instanceof DecodeError ? internalError(error.message, error) : error;
  }
}

/** A patch may put anything in the place of the type, or take it away. */
function checkType(scheme: Scheme, kind: Kind, value: unknown, unconverted: Refuse): void {
  const { apiVersion = "", kind: name = "" } = saidIn(value);
  if (kind.schema.custom) {
    return refuseOtherCustom(resourceOf(kind), value as Json, { apiVersion, kind: name }, internalError);
  }
  const said = { apiVersion: apiVersion || apiVersionOf(kind), kind: name || kind.kind };
  if (said.kind === kind.kind && said.apiVersion === apiVersionOf(kind)) return;
  if (scheme.byApiVersion(said.apiVersion, said.kind) === undefined) {
    throw internalError(unregistered(said.kind, `version "${said.apiVersion}"`));
  }
  if (said.kind === kind.kind) return;
  throw unconverted(unconvertible(kind, said.apiVersion.split("/").at(-1)!, said.kind));
}

function saidIn(value: unknown) {
  try {
    return typeIn(value);
  } catch (error) {
    throw error instanceof Error ? internalError(error.message, error) : error;
  }
}
