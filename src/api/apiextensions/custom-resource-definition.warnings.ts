/** What is told of definitions that are fine otherwise: formats that nobody looks at. */
import { quote } from "../../machinery/go-text.ts";
import { isKnownFormat } from "../../machinery/structural/formats.ts";
import type { CustomResourceDefinitionSpec } from "./custom-resource-definition.ts";
import { internalSpec } from "./internal-spec.ts";
import { schemaHas } from "./walk-schema.ts";

interface DefinitionLike {
  readonly spec: CustomResourceDefinitionSpec;
}

/** Only of those that came with the change. */
export function definitionWarnings({ spec }: DefinitionLike, previous: DefinitionLike | undefined): string[] {
  const before = new Set(previous === undefined ? [] : unknownFormats(previous.spec));
  const found = unknownFormats(spec).filter((format) => !before.has(format));
  return found.map((format) => `unrecognized format ${quote(format)}`);
}

function unknownFormats(spec: CustomResourceDefinitionSpec): string[] {
  const { common, versions } = internalSpec(spec);
  const found: string[] = [];
  for (const { schema } of [common, ...versions]) {
    if (schema?.openAPIV3Schema === undefined) continue;
    schemaHas(schema.openAPIV3Schema, ({ format = "", type }) => {
      if (format !== "" && !isKnownFormat(format, type)) found.push(format);
      return false;
    });
  }
  return found;
}
