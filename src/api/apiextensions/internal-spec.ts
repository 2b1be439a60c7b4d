/**
 * The spec of a definition in upstream's internal form, whose paths its errors name: what all versions have in common
 * stands beside them (`spec.validation` instead of `spec.versions[0].schema`), part by part.
 */
import { same } from "../rules.ts";
import type { CustomResourceDefinitionSpec, CustomResourceDefinitionVersion } from "./custom-resource-definition.ts";

const PARTS = ["schema", "subresources", "additionalPrinterColumns", "selectableFields"] as const;
type Part = (typeof PARTS)[number];

export interface InternalSpec {
  readonly group: string;
  readonly preserveUnknownFields: boolean;
  /** What all versions say alike. */
  readonly common: Pick<CustomResourceDefinitionVersion, Part>;
  /** What is left of each version. */
  readonly versions: readonly CustomResourceDefinitionVersion[];
}

export function internalSpec(spec: CustomResourceDefinitionSpec): InternalSpec {
  const { group, preserveUnknownFields = false } = spec;
  const versions = spec.versions ?? [];
  const [first] = versions;
  const alike = PARTS.filter((part) => versions.every((version) => same(version[part], first?.[part])));
  const common = Object.fromEntries(alike.map((part) => [part, first?.[part]]));
  return { group, preserveUnknownFields, common, versions: versions.map((version) => without(version, alike)) };
}

function without(version: CustomResourceDefinitionVersion, parts: readonly Part[]): CustomResourceDefinitionVersion {
  const left = Object.entries(version).filter(([name]) => !parts.includes(name as Part));
  return Object.fromEntries(left) as unknown as CustomResourceDefinitionVersion;
}
