/** What validation says of an object, as `field: text` rows: for tables whose rows are rules. */
import { errorText } from "../../machinery/field-errors.ts";
import type { Draft, Kind, KubeObject } from "../../machinery/kind.ts";
import { decodeObject } from "../../machinery/schema/kind-codec.ts";

const META = { name: "x", namespace: "d", uid: "u" };

/** Of a new object: decoded, defaulted and prepared. */
export function saidOfNew<T extends KubeObject>(kind: Kind<T>, object: object): string[] {
  const draft = decodeObject(kind, { metadata: META, ...object });
  kind.prepareForCreate?.(draft, { now: 0 });
  return (kind.validate?.(draft as T, { now: 0 }) ?? []).map(errorText);
}

/** Of a change: both sides decoded and defaulted. */
export function saidOfChange<T extends KubeObject>(
  kind: Kind<T>,
  before: object,
  after: object,
  subresource?: string,
): string[] {
  const metadata = { ...META, resourceVersion: "1" };
  const previous = decodeObject(kind, { metadata, ...before }) as T;
  const draft = decodeObject(kind, { metadata, ...after }) as Draft<T>;
  const context = { now: 0, previous, ...(subresource !== undefined && { subresource }) };
  const whole = kind.validate?.(draft as T, context) ?? [];
  const changes = kind.validateUpdate?.(draft as T, previous, context) ?? [];
  const errors =
    kind.changesFirst === true && subresource === undefined ? [...changes, ...whole] : [...whole, ...changes];
  return errors.map((error) => errorText(error).split("\n", 1)[0]!);
}
