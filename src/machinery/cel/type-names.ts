/** Types as identifiers: `type(x) == int`. */
import { BOOL, BYTES, DOUBLE, DURATION, INT, NULL, STRING, TIMESTAMP, UINT, listOf, mapOf, param } from "./types.ts";
import { typeOfType } from "./types.ts";
import type { CelType } from "./types.ts";
import { TypeValue } from "./values.ts";

/** What stands there, and of which type that is. */
interface TypeName {
  readonly value: TypeValue;
  readonly type: CelType;
}

const NAMED: readonly (readonly [name: string, type: CelType])[] = [
  ["bool", BOOL],
  ["bytes", BYTES],
  ["double", DOUBLE],
  ["int", INT],
  ["list", listOf(param("A"))],
  ["map", mapOf(param("A"), param("B"))],
  ["null_type", NULL],
  ["string", STRING],
  ["type", { name: "type" }],
  ["uint", UINT],
  ["optional_type", { name: "optional_type" }],
  ["google.protobuf.Timestamp", TIMESTAMP],
  ["google.protobuf.Duration", DURATION],
  ["net.IP", { name: "net.IP" }],
  ["net.CIDR", { name: "net.CIDR" }],
];

export const TYPE_NAMES: ReadonlyMap<string, TypeName> = new Map(
  NAMED.map(([name, type]) => [name, { value: new TypeValue(name), type: typeOfType(type) }]),
);
