/** Rules on CustomResourceDefinitions: names, versions, schemas, and what is stored in which version. */
import type { FieldError, Path } from "../../machinery/field-errors.ts";
import { immutable, invalid, notSupported, path, required } from "../../machinery/field-errors.ts";
import type { Draft, KubeObject, StrategyContext } from "../../machinery/kind.ts";
import { isDNS1035Label, isDNS1123Subdomain } from "../../machinery/names.ts";
import type { Errors } from "../rules.ts";
import { oneOf, oneOfRequired, present, same } from "../rules.ts";
import type {
  CustomResourceColumnDefinition,
  CustomResourceConversion,
  CustomResourceDefinitionNames,
  CustomResourceDefinitionSpec,
  CustomResourceDefinitionStatus,
  CustomResourceDefinitionVersion,
  CustomResourceSubresources,
} from "./custom-resource-definition.ts";
import { checkStructuralSchema } from "./structural-schema.validation.ts";

interface DefinitionLike extends KubeObject {
  readonly spec: CustomResourceDefinitionSpec;
  readonly status: CustomResourceDefinitionStatus;
}

const SPEC = path("spec");
const STORED = path("status", "storedVersions");
const SCOPES = ["Cluster", "Namespaced"];
const CONVERSIONS: ReadonlySet<string> = new Set(["None", "Webhook"]);
const COLUMN_TYPES: ReadonlySet<string> = new Set(["boolean", "date", "integer", "number", "string"]);
const COLUMN_FORMATS: ReadonlySet<string> = new Set([
  "byte",
  "date",
  "date-time",
  "double",
  "float",
  "int32",
  "int64",
  "password",
]);

export function validateDefinition(
  definition: DefinitionLike,
  { subresource, previous }: StrategyContext,
): FieldError[] {
  const errors: Errors = [];
  const { metadata, spec, status } = definition;
  if (subresource !== "status") {
    if (metadata.resourceVersion === undefined && metadata.name !== `${spec.names.plural}.${spec.group}`) {
      errors.push(invalid("metadata.name", metadata.name, 'must be spec.names.plural+"."+spec.group'));
    }
    checkSpec(errors, spec, (previous as DefinitionLike | undefined)?.spec.versions ?? []);
  }
  checkStored(errors, status.storedVersions ?? [], spec.versions ?? []);
  return errors;
}

/** `before`: the versions as they are stored. */
function checkSpec(
  errors: Errors,
  spec: CustomResourceDefinitionSpec,
  before: readonly CustomResourceDefinitionVersion[],
): void {
  const versions = spec.versions ?? [];
  checkGroup(errors, spec.group);
  oneOfRequired(errors, SPEC, "scope", spec.scope, SCOPES);
  const common = shared(versions);
  versions.forEach((version, index) => {
    if (version.schema?.openAPIV3Schema !== undefined) return;
    errors.push(required(SPEC.child("versions").index(index).child("schema", "openAPIV3Schema")));
  });
  versions.forEach((version, index) =>
    checkVersion(errors, SPEC.child("versions").index(index), version, common, before),
  );
  const names = versions.map(({ name }) => name);
  const shown = versions.map((version) => shownVersion(version, common));
  if (new Set(names).size < names.length) {
    errors.push(invalid(SPEC.child("versions"), shown, "must contain unique version names"));
  }
  if (versions.filter(({ storage }) => storage).length !== 1) {
    const text = "must have exactly one version marked as storage version";
    errors.push(invalid(SPEC.child("versions"), shown, text));
  }
  // Upstream keeps the first version's name beside the list as well.
  if (versions.length > 0) checkVersionName(errors, SPEC.child("version"), names[0]!);
  checkRequiredNames(errors, SPEC.child("names"), spec.names);
  checkNames(errors, SPEC.child("names"), spec.names);
  if (common !== undefined) checkShared(errors, common, before);
  checkConversion(errors, SPEC.child("conversion"), spec.conversion);
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

/**
 * The version whose schema, subresources and columns all versions share. Upstream moves these to the top of the spec,
 * and its errors point there.
 */
function shared(versions: readonly CustomResourceDefinitionVersion[]): CustomResourceDefinitionVersion | undefined {
  const [first, ...rest] = versions;
  const parts = ({ schema, subresources, additionalPrinterColumns }: CustomResourceDefinitionVersion): unknown => ({
    schema,
    subresources,
    additionalPrinterColumns,
  });
  if (first === undefined || rest.some((version) => !same(parts(version), parts(first)))) return undefined;
  return first;
}

/** As Go prints the struct; what all versions share is not in it. */
function shownVersion(
  version: CustomResourceDefinitionVersion,
  common: CustomResourceDefinitionVersion | undefined,
): object {
  const own = common === undefined ? version : undefined;
  return {
    Name: version.name,
    Served: version.served,
    Storage: version.storage,
    Deprecated: version.deprecated ?? false,
    DeprecationWarning: version.deprecationWarning ?? null,
    Schema: own?.schema ?? null,
    Subresources: own?.subresources ?? null,
    AdditionalPrinterColumns: own?.additionalPrinterColumns ?? null,
    SelectableFields: version.selectableFields ?? null,
  };
}

function checkVersion(
  errors: Errors,
  at: Path,
  version: CustomResourceDefinitionVersion,
  common: CustomResourceDefinitionVersion | undefined,
  before: readonly CustomResourceDefinitionVersion[],
): void {
  checkVersionName(errors, at.child("name"), version.name);
  const { deprecationWarning } = version;
  if (deprecationWarning !== undefined) {
    const here = at.child("deprecationWarning");
    if (version.deprecated !== true) {
      errors.push(invalid(here, deprecationWarning, "can only be set for deprecated versions"));
    }
    if (deprecationWarning.length > 256) {
      errors.push(invalid(here, deprecationWarning, "must be <= 256 characters long"));
    }
    if (deprecationWarning === "") {
      errors.push(invalid(here, deprecationWarning, "must not be empty string"));
    }
  }
  if (common !== undefined) return;
  checkSchemaOf(errors, at.child("schema", "openAPIV3Schema"), version, before);
  checkSubresources(errors, at.child("subresources"), version.subresources);
  version.additionalPrinterColumns?.forEach((column, index) =>
    checkColumn(errors, at.child("additionalPrinterColumns").index(index), column),
  );
}

/** A schema that is stored already keeps rules that would be too dear today. */
function checkSchemaOf(
  errors: Errors,
  at: Path,
  { name, schema }: CustomResourceDefinitionVersion,
  before: readonly CustomResourceDefinitionVersion[],
): void {
  if (schema?.openAPIV3Schema === undefined) return;
  const stored = before.find((version) => version.name === name)?.schema;
  checkStructuralSchema(errors, at, schema.openAPIV3Schema, stored !== undefined && same(stored, schema));
}

function checkShared(
  errors: Errors,
  version: CustomResourceDefinitionVersion,
  before: readonly CustomResourceDefinitionVersion[],
): void {
  checkSchemaOf(errors, SPEC.child("validation", "openAPIV3Schema"), version, before);
  checkSubresources(errors, SPEC.child("subresources"), version.subresources);
  version.additionalPrinterColumns?.forEach((column, index) =>
    checkColumn(errors, SPEC.child("additionalPrinterColumns").index(index), column),
  );
}

function checkVersionName(errors: Errors, at: Path, name: string): void {
  const texts = isDNS1035Label(name);
  if (texts.length > 0) errors.push(invalid(at, name, texts.join(",")));
}

function checkRequiredNames(errors: Errors, at: Path, names: CustomResourceDefinitionNames): void {
  for (const name of ["plural", "singular", "kind", "listKind"] as const) present(errors, at, name, names[name]);
}

function checkNames(errors: Errors, at: Path, names: CustomResourceDefinitionNames): void {
  const { plural, singular = "", kind, listKind = "", shortNames = [], categories = [] } = names;
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

function checkSubresources(errors: Errors, at: Path, subresources: CustomResourceSubresources | undefined): void {
  const scale = subresources?.scale;
  if (scale === undefined) return;
  const here = at.child("scale");
  const under = (name: string, value: string, root: string): void => {
    if (value === "") errors.push(required(here.child(name)));
    else if (!/^(\.[A-Za-z_][\w-]*)+$/.test(value)) {
      errors.push(invalid(here.child(name), value, "must be a simple json path of the form .a.b.c"));
    } else if (!value.startsWith(`.${root}.`)) {
      errors.push(invalid(here.child(name), value, `should be a json path under .${root}`));
    }
  };
  under("specReplicasPath", scale.specReplicasPath, "spec");
  under("statusReplicasPath", scale.statusReplicasPath, "status");
  const selector = scale.labelSelectorPath ?? "";
  if (selector === "" || selector.startsWith(".spec.") || selector.startsWith(".status.")) return;
  errors.push(
    invalid(here.child("labelSelectorPath"), selector, "should be a json path under either .spec or .status"),
  );
}

function checkColumn(errors: Errors, at: Path, column: CustomResourceColumnDefinition): void {
  present(errors, at, "name", column.name);
  if (column.type === "") {
    errors.push(required(at.child("type"), `must be one of ${[...COLUMN_TYPES].join(",")}`));
  } else oneOf(errors, at, "type", column.type, COLUMN_TYPES);
  oneOf(errors, at, "format", column.format, COLUMN_FORMATS);
  present(errors, at, "jsonPath", column.jsonPath);
}

function checkConversion(errors: Errors, at: Path, conversion: CustomResourceConversion | undefined): void {
  if (conversion === undefined) return;
  const { strategy, webhook } = conversion;
  if (strategy === "") errors.push(required(at.child("strategy")));
  else if (!CONVERSIONS.has(strategy)) errors.push(notSupported(at.child("strategy"), strategy, CONVERSIONS));
  if (strategy !== "Webhook") return;
  const here = at.child("webhook");
  const client = webhook?.clientConfig;
  if ((client?.url === undefined) === (client?.service === undefined)) {
    errors.push(required(here.child("clientConfig"), "exactly one of url or service is required"));
  }
  if ((webhook?.conversionReviewVersions ?? []).length === 0) {
    errors.push(required(here.child("conversionReviewVersions")));
  }
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

export function validateDefinitionUpdate(
  { spec }: DefinitionLike,
  { spec: old, status }: DefinitionLike,
  { subresource }: StrategyContext,
): FieldError[] {
  const errors: Errors = [];
  if (subresource !== undefined) return errors;
  const keep = (at: Path, now: string, before: string): void => {
    if (now !== before) errors.push(immutable(at, now));
  };
  if (status.conditions?.some((each) => each.type === "Established" && each.status === "True") === true) {
    keep(SPEC.child("scope"), spec.scope, old.scope);
    keep(SPEC.child("names", "kind"), spec.names.kind, old.names.kind);
  }
  keep(SPEC.child("group"), spec.group, old.group);
  keep(SPEC.child("names", "plural"), spec.names.plural, old.names.plural);
  return errors;
}

type DefinitionDraft = Draft<KubeObject> & {
  spec: Draft<CustomResourceDefinitionSpec>;
  status: Draft<CustomResourceDefinitionStatus>;
};

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
