/**
 * What is asked of a definition. Rules came over time, and what was stored before them must not keep anybody from
 * changing something else: a rule that the stored definition breaks already is not held against the new one.
 */
import { path } from "../../machinery/field-errors.ts";
import { same } from "../rules.ts";
import { caBundleError } from "./ca-bundle.validation.ts";
import { isRecognized } from "../admissionregistration/webhook.validation.ts";
import type { CustomResourceDefinitionSpec, CustomResourceDefinitionStatus } from "./custom-resource-definition.ts";
import type { JSONSchemaProps } from "./json-schema-props.ts";
import { TYPES } from "./open-api-schema.validation.ts";
import { hasUnprunedDefaults } from "./structural-defaults.validation.ts";
import { isSetOfNonAtomic, listKeyErrors } from "./structural-lists.validation.ts";
import { notStructural, structuralErrors } from "./structural-schema.validation.ts";
import { schemaHas } from "./walk-schema.ts";

export interface Demands {
  /** Every version has a schema. */
  readonly schemas: boolean;
  readonly structural: boolean;
  readonly validTypes: boolean;
  /** Defaults have no fields that their schema does not know. */
  readonly prunedDefaults: boolean;
  readonly atomicSets: boolean;
  /** Items of sets and maps are not null, and have their keys. */
  readonly listMapKeys: boolean;
  /** A conversion webhook speaks a version of reviews that this server speaks. */
  readonly knownReviews: boolean;
  readonly validCABundle: boolean;
  /** Versions whose schema is as it was: what its rules cost was let through once. */
  readonly unchanged: ReadonlySet<string>;
  /** Versions whose selectable fields are too many, as they were. */
  readonly manySelectable: ReadonlySet<string>;
}

const EVERYTHING: Demands = {
  schemas: true,
  structural: true,
  validTypes: true,
  prunedDefaults: true,
  atomicSets: true,
  listMapKeys: true,
  knownReviews: true,
  // Nobody relies on a definition that is not established yet.
  validCABundle: false,
  unchanged: new Set(),
  manySelectable: new Set(),
};

export const MOST_SELECTABLE = 8;

interface Stored {
  readonly spec: CustomResourceDefinitionSpec;
  readonly status: CustomResourceDefinitionStatus;
}

export function isEstablished({ status }: Stored): boolean {
  return status.conditions?.some(({ type, status: state }) => type === "Established" && state === "True") === true;
}

export function demandsOf(spec: CustomResourceDefinitionSpec, stored: Stored | undefined): Demands {
  if (stored === undefined) return EVERYTHING;
  const old = stored.spec;
  const schemas = old.versions.map(({ schema }) => schema?.openAPIV3Schema);
  const known = schemas.filter((schema) => schema !== undefined);
  const none = (such: (schema: JSONSchemaProps) => boolean): boolean => !known.some(such);
  const versions = (such: (version: Version, before: Version) => boolean): ReadonlySet<string> => {
    const found = (spec.versions ?? []).filter((version) => {
      const before = old.versions.find(({ name }) => name === version.name);
      return before !== undefined && such(version, before);
    });
    return new Set(found.map(({ name }) => name));
  };
  const said = {
    schemas: () => known.length === schemas.length,
    structural: () =>
      none((schema) => notStructural(schema) !== undefined || structuralErrors(schema, ROOT).length > 0),
    validTypes: () => none((schema) => schemaHas(schema, ({ type }) => !!type && !TYPES.has(type))),
    prunedDefaults: () => none(hasUnprunedDefaults),
    atomicSets: () => none((schema) => schemaHas(schema, isSetOfNonAtomic)),
    listMapKeys: () => none((schema) => schemaHas(schema, (each) => listKeyErrors(each, ROOT).length > 0)),
    knownReviews: () => reviewsAreKnown(old),
    validCABundle: () => isEstablished(stored) && caBundleError(bundleOf(old)) === undefined,
    unchanged: () => versions((version, before) => same(version.schema, before.schema)),
    manySelectable: () =>
      versions(({ selectableFields }, { selectableFields: before = [] }) => {
        return before.length > MOST_SELECTABLE && same(selectableFields, before);
      }),
  };
  return whenAsked(said);
}

/** Each is worked out with the first question: most are never asked, and the whole stored schema has to be read. */
function whenAsked<T extends object>(make: { readonly [K in keyof T]: () => T[K] }): T {
  const known = {} as T;
  for (const name of Object.keys(make) as (keyof T)[]) {
    const get = (): T[keyof T] => {
      const value = make[name]();
      Object.defineProperty(known, name, { value });
      return value;
    };
    Object.defineProperty(known, name, { get, configurable: true });
  }
  return known;
}

type Version = CustomResourceDefinitionSpec["versions"][number];

const ROOT = path("");

function reviewsAreKnown({ conversion }: CustomResourceDefinitionSpec): boolean {
  const versions = conversion?.webhook?.conversionReviewVersions ?? [];
  return versions.length === 0 || versions.some(isRecognized);
}

const bundleOf = ({ conversion }: CustomResourceDefinitionSpec): string =>
  conversion?.webhook?.clientConfig?.caBundle ?? "";
