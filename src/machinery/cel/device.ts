/** Expressions that choose devices (dynamic resource allocation): they speak of `device` and say yes or no. */
import { compile } from "./index.ts";
import type { Program } from "./index.ts";
import { sizesWithin } from "./paths.ts";
import type { Sizes } from "./paths.ts";
import { BOOL, DYN, STRING, mapOf, typeText } from "./types.ts";
import type { CelType } from "./types.ts";

/** Upstream's limits of a slice: characters of names and values, attributes and capacities of a device. */
const LONGEST = { driver: 63, domain: 63, id: 32, value: 64 };
const MOST_NAMES = 32;

const text = (most: number): CelType => ({ ...STRING, most });

/** By domain, then by name. `field`: what a name is that is written as a field. */
const named = (value: CelType, field?: CelType["field"]): CelType => ({
  ...mapOf(text(LONGEST.domain), {
    ...mapOf(text(LONGEST.id), value),
    most: MOST_NAMES,
    ...(field !== undefined && { field }),
  }),
  most: MOST_NAMES,
});

const ATTRIBUTE: CelType = { ...DYN, most: LONGEST.value };

const FIELDS: ReadonlyMap<string, CelType> = new Map([
  ["driver", text(LONGEST.driver)],
  ["attributes", named(ATTRIBUTE, () => ATTRIBUTE)],
  ["capacity", named({ name: "kubernetes.Quantity" })],
  ["allowMultipleAllocations", { ...BOOL, most: 1 }],
]);

const DEVICE: CelType = { name: "object", field: (name) => FIELDS.get(name) };
const withinDevice = sizesWithin(DEVICE);

/** Nothing is known of names that do not begin with the device. */
const sizes: Sizes = (path, type) => (path[0] === "device" ? withinDevice(path, type) : undefined);

/** What is wrong with the result's type. */
export class NotBoolean extends Error {
  constructor(type: CelType) {
    super(`must evaluate to bool or the unknown type, not ${typeText(type)}`);
  }
}

/** Throws {@link CompileError} or {@link NotBoolean}. */
export function compileDeviceSelector(source: string): Program {
  const program = compile(source, { variables: { device: DEVICE }, bindings: true, sizes });
  if (program.type.name !== "bool" && program.type.name !== "dyn") throw new NotBoolean(program.type);
  return program;
}
