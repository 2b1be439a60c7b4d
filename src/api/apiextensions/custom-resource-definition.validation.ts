/** Rules on CustomResourceDefinitions: names, versions, schemas, and what is stored in which version. */
import type { FieldError, Path } from "../../machinery/field-errors.ts";
import { immutable, invalid, path, required } from "../../machinery/field-errors.ts";
import type { Draft, KubeObject, StrategyContext } from "../../machinery/kind.ts";
import { isDNS1035Label, isDNS1123Subdomain } from "../../machinery/names.ts";
import type { Errors } from "../rules.ts";
import { oneOfRequired, present } from "../rules.ts";
import { APPROVED_ANNOTATION, approvalOf, isProtectedGroup } from "./api-approval.ts";
import { checkConversion } from "./conversion.validation.ts";
import {
  checkColumns,
  checkDeprecation,
  checkSchema,
  checkSelectableFields,
  checkSubresources,
} from "./custom-resource-definition-version.validation.ts";
import type {
  CustomResourceDefinitionNames,
  CustomResourceDefinitionSpec,
  CustomResourceDefinitionStatus,
  CustomResourceDefinitionVersion,
} from "./custom-resource-definition.ts";
import { goVersion } from "./go-forms.ts";
import { internalSpec } from "./internal-spec.ts";
import type { InternalSpec } from "./internal-spec.ts";
import { demandsOf, isEstablished } from "./ratcheting.ts";
import type { Demands } from "./ratcheting.ts";
import { schemaHas } from "./walk-schema.ts";

interface DefinitionLike extends KubeObject {
  readonly spec: CustomResourceDefinitionSpec;
  readonly status: CustomResourceDefinitionStatus;
}

const SPEC = path("spec");
const VERSIONS = SPEC.child("versions");
const PRESERVE = SPEC.child("preserveUnknownFields");
const STATUS = path("status");
const STORED = STATUS.child("storedVersions");
const SCOPES = ["Cluster", "Namespaced"];

export function validateDefinition(definition: DefinitionLike, context: StrategyContext): FieldError[] {
  const errors: Errors = [];
  const { metadata, spec, status } = definition;
  const accepted = (): void => checkNames(errors, STATUS.child("acceptedNames"), status.acceptedNames);
  if (context.subresource === "status") {
    accepted();
    return errors;
  }
  const previous = context.previous as DefinitionLike | undefined;
  const isNew = metadata.resourceVersion === undefined && metadata.name;
  if (isNew && metadata.name !== `${spec.names.plural}.${spec.group}`) {
    errors.push(invalid("metadata.name", metadata.name, 'must be spec.names.plural+"."+spec.group'));
  }
  checkSpec(errors, spec, demandsOf(spec, previous));
  if (previous !== undefined) checkUnchanged(errors, spec, previous);
  accepted();
  checkStored(errors, status.storedVersions ?? [], spec.versions ?? []);
  checkApproval(errors, definition, previous);
  if (spec.preserveUnknownFields === true && previous?.spec.preserveUnknownFields !== true) {
    const text =
      "cannot set to true, set x-kubernetes-preserve-unknown-fields to true in spec.versions[*].schema instead";
    errors.push(invalid(PRESERVE, true, text));
  }
  return errors;
}

function checkSpec(errors: Errors, spec: CustomResourceDefinitionSpec, demands: Demands): void {
  const internal = internalSpec(spec);
  const { preserveUnknownFields: preserves, versions } = internal;
  checkGroup(errors, spec.group);
  oneOfRequired(errors, SPEC, "scope", spec.scope, SCOPES);
  checkSchemasThere(errors, internal, demands);
  const has = (such: Parameters<typeof schemaHas>[1]): boolean =>
    (spec.versions ?? []).some(({ schema }) => schema?.openAPIV3Schema && schemaHas(schema.openAPIV3Schema, such));
  const defaults = preserves && has((schema) => (schema.default ?? undefined) !== undefined);
  if (defaults) {
    errors.push(invalid(PRESERVE, true, "must be false in order to use defaults in the schema"));
  }
  const structural = !preserves || defaults || demands.structural || has(hasExtensions);
  versions.forEach((version, index) => checkVersion(errors, index, version, internal, structural, demands));
  checkVersionNames(errors, versions);
  checkRequiredNames(errors, SPEC.child("names"), spec.names);
  checkNames(errors, SPEC.child("names"), spec.names);
  checkCommon(errors, internal, structural, demands);
  if (spec.conversion !== undefined && spec.conversion.strategy !== "None" && preserves) {
    const text = "must be None if spec.preserveUnknownFields is true";
    errors.push(invalid(SPEC.child("conversion", "strategy"), spec.conversion.strategy, text));
  }
  checkConversion(errors, SPEC.child("conversion"), spec.conversion, demands);
}

function checkGroup(errors: Errors, group: string): void {
  const at = SPEC.child("group");
  if (group === "") {
    errors.push(required(at));
    return;
  }
  const texts = isDNS1123Subdomain(group);
  if (texts.length > 0) errors.push(invalid(at, group, texts.join(",")));
  else if (!group.includes(".")) errors.push(invalid(at, group, "should be a domain with at least one dot"));
}

function checkSchemasThere(errors: Errors, internal: InternalSpec, demands: Demands): void {
  const { common, versions, preserveUnknownFields } = internal;
  if (common.schema?.openAPIV3Schema !== undefined || (!demands.schemas && preserveUnknownFields)) return;
  versions.forEach(({ schema, served }, index) => {
    if (schema?.openAPIV3Schema !== undefined || (!demands.schemas && !served)) return;
    const at = VERSIONS.index(index).child("schema", "openAPIV3Schema");
    errors.push(required(at, demands.schemas ? "" : "because otherwise all fields are pruned"));
  });
}

/** What only structural schemas can say. */
const EXTENSIONS = [
  "x-kubernetes-embedded-resource",
  "x-kubernetes-preserve-unknown-fields",
  "x-kubernetes-int-or-string",
  "x-kubernetes-list-map-keys",
  "x-kubernetes-list-type",
  "x-kubernetes-validations",
] as const;

const hasExtensions = (schema: Parameters<Parameters<typeof schemaHas>[1]>[0]): boolean =>
  EXTENSIONS.some((name) => schema[name] !== undefined);

function checkVersion(
  errors: Errors,
  index: number,
  version: CustomResourceDefinitionVersion,
  { common }: InternalSpec,
  structural: boolean,
  demands: Demands,
): void {
  const at = VERSIONS.index(index);
  const { name, schema, selectableFields = [] } = version;
  checkVersionName(errors, at.child("name"), name);
  checkDeprecation(errors, at.child("deprecationWarning"), version);
  const known = schema?.openAPIV3Schema;
  if (known !== undefined) {
    const status = (version.subresources ?? common.subresources)?.status !== undefined;
    checkSchema(errors, at.child("schema", "openAPIV3Schema"), known, { status, structural, version: name, demands });
  }
  checkSubresources(errors, at.child("subresources"), version.subresources);
  checkColumns(errors, at.child("additionalPrinterColumns"), version.additionalPrinterColumns);
  if (selectableFields.length === 0) return;
  const here = at.child("selectableFields");
  if (known !== undefined) {
    checkSelectableFields(errors, here, selectableFields, known, demands.manySelectable.has(name));
  } else errors.push(invalid(here, "", "may only be set when `version.schema.openAPIV3Schema` is not included"));
}

/** What all versions have in common. */
function checkCommon(errors: Errors, { common, versions }: InternalSpec, structural: boolean, demands: Demands): void {
  const { schema, subresources, additionalPrinterColumns, selectableFields = [] } = common;
  const known = schema?.openAPIV3Schema;
  const version = versions[0]?.name;
  if (known !== undefined) {
    const status = [common, ...versions].some((each) => each.subresources?.status !== undefined);
    checkSchema(errors, SPEC.child("validation", "openAPIV3Schema"), known, { status, structural, version, demands });
  }
  checkSubresources(errors, SPEC.child("subresources"), subresources);
  checkColumns(errors, SPEC.child("additionalPrinterColumns"), additionalPrinterColumns);
  if (selectableFields.length === 0) return;
  const here = SPEC.child("selectableFields");
  if (schema === undefined) errors.push(invalid(here, "", "may only be set when validations.schema is included"));
  else if (known !== undefined) {
    checkSelectableFields(errors, here, selectableFields, known, demands.manySelectable.has(version ?? ""));
  }
}

function checkVersionNames(errors: Errors, versions: readonly CustomResourceDefinitionVersion[]): void {
  const names = versions.map(({ name }) => name);
  const refuse = (text: string): void => void errors.push(invalid(VERSIONS, versions.map(goVersion), text));
  if (new Set(names).size < names.length) refuse("must contain unique version names");
  if (versions.filter(({ storage }) => storage).length !== 1) {
    refuse("must have exactly one version marked as storage version");
  }
  // Upstream keeps the first version's name beside the list as well.
  if (names[0]) checkVersionName(errors, SPEC.child("version"), names[0]);
}

function checkVersionName(errors: Errors, at: Path, name: string): void {
  const texts = isDNS1035Label(name);
  if (texts.length > 0) errors.push(invalid(at, name, texts.join(",")));
}

function checkRequiredNames(errors: Errors, at: Path, names: CustomResourceDefinitionNames): void {
  for (const name of ["plural", "singular", "kind", "listKind"] as const) present(errors, at, name, names[name]);
}

function checkNames(errors: Errors, at: Path, names: CustomResourceDefinitionNames): void {
  const { plural = "", singular = "", kind = "", listKind = "", shortNames = [], categories = [] } = names;
  const check = (where: Path, name: string): void => {
    if (name === "") return;
    const texts = isDNS1035Label(name);
    if (texts.length > 0) errors.push(invalid(where, name, texts.join(",")));
  };
  const mixed = (where: Path, name: string): void => {
    if (name === "") return;
    const texts = isDNS1035Label(name.toLowerCase());
    const text = `may have mixed case, but should otherwise match: ${texts.join(",")}`;
    if (texts.length > 0) errors.push(invalid(where, name, text));
  };
  check(at.child("plural"), plural);
  check(at.child("singular"), singular);
  mixed(at.child("kind"), kind);
  mixed(at.child("listKind"), listKind);
  shortNames.forEach((name, index) => check(at.child("shortNames").index(index), name));
  if (kind !== "" && kind === listKind) {
    errors.push(invalid(at.child("listKind"), listKind, "kind and listKind may not be the same"));
  }
  categories.forEach((name, index) => check(at.child("categories").index(index), name));
}

/** What was ever stored in a version keeps that version alive. */
function checkStored(
  errors: Errors,
  stored: readonly string[],
  versions: readonly CustomResourceDefinitionVersion[],
): void {
  if (stored.length === 0) {
    errors.push(invalid(STORED, null, "must have at least one stored version"));
    return;
  }
  for (const { name, storage } of versions) {
    if (storage && !stored.includes(name))
      errors.push(invalid(STORED, stored, `must have the storage version ${name}`));
  }
  stored.forEach((name, index) => {
    if (versions.some((version) => version.name === name)) return;
    const text = `missing from spec.versions; ${name} was previously a storage version, and must remain in spec.versions until a storage migration ensures no data remains persisted in ${name} and removes ${name} from status.storedVersions`;
    errors.push(invalid(STORED.index(index), name, text));
  });
}

/** What objects are stored under, and how. */
function checkUnchanged(
  errors: Errors,
  { scope, names, group }: CustomResourceDefinitionSpec,
  stored: DefinitionLike,
): void {
  const old = stored.spec;
  const keep = (at: Path, now: string, before: string): void => {
    if (now !== before) errors.push(immutable(at, now));
  };
  if (isEstablished(stored)) {
    keep(SPEC.child("scope"), scope, old.scope);
    keep(SPEC.child("names", "kind"), names.kind, old.names.kind);
  }
  keep(SPEC.child("group"), group, old.group);
  keep(SPEC.child("names", "plural"), names.plural, old.names.plural);
}

/** Whoever leaves the approval as it was is not asked for it. */
function checkApproval(errors: Errors, { metadata, spec }: DefinitionLike, previous: DefinitionLike | undefined): void {
  if (!isProtectedGroup(spec.group)) return;
  const { state, reason } = approvalOf(metadata.annotations);
  if (previous !== undefined && approvalOf(previous.metadata.annotations).state === state) return;
  const at = path("metadata", "annotations").key(APPROVED_ANNOTATION);
  if (state === "Missing") errors.push(required(at, reason));
  else if (state === "Invalid") errors.push(invalid(at, metadata.annotations?.[APPROVED_ANNOTATION], reason));
}

type DefinitionDraft = Draft<KubeObject> & {
  spec: Draft<CustomResourceDefinitionSpec>;
  status: Draft<CustomResourceDefinitionStatus>;
};

/** A status without stored versions gets the one there must be. */
export function fillStoredVersions(draft: DefinitionDraft): void {
  if ((draft.status.storedVersions ?? []).length === 0) noteStorageVersion(draft);
}

/** The version that objects are written in from now on counts as one they are stored in. */
export function noteStorageVersion(draft: DefinitionDraft): void {
  const { spec, status } = draft;
  const storage = spec.versions?.find((version) => version.storage)?.name;
  if (storage === undefined || status.storedVersions?.includes(storage) === true) return;
  // The status may be the stored object's own, which nobody changes.
  draft.status = { ...status, storedVersions: [...(status.storedVersions ?? []), storage] };
}

/** Nothing is known of a new definition but the version it stores. */
export function beginDefinition(draft: DefinitionDraft): void {
  draft.status = { ...draft.status, conditions: null, storedVersions: null };
  noteStorageVersion(draft);
}
