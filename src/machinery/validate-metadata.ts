/**
 * Rules on `metadata`, the same for every kind, as k8s.io/apimachinery/pkg/api/validation: names and
 * namespaces, labels, annotations, owners, finalizers, managed fields, and what an update may not change.
 */
import type { FieldError } from "./field-errors.ts";
import { forbidden, immutable, invalid, path, Path, required, tooLong } from "./field-errors.ts";
import { byteLength, goStrings, quote } from "./go-text.ts";
import type { Draft, ManagedFieldsEntry, ObjectMeta, OwnerReference } from "./kind.ts";
import type { NameRule } from "./names.ts";
import { isQualifiedName, isValidLabelValue, nameIsDNSLabel, nameIsDNSSubdomain } from "./names.ts";

/** All annotations of one object together, keys and values, in bytes. */
export const ANNOTATIONS_LIMIT = 256 * 1024;

const FIELD_MANAGER_LIMIT = 128;
const SUBRESOURCE_LIMIT = 256;
const STANDARD_FINALIZERS: ReadonlySet<string> = new Set(["kubernetes", "orphan", "foregroundDeletion"]);
const METADATA = path("metadata");

type Metadata = Partial<ObjectMeta>;

export interface MetadataRules {
  readonly namespaced: boolean;
  /** DNS subdomain when absent. */
  readonly nameRule?: NameRule;
  /** Defaults to `metadata`. */
  readonly at?: Path;
  /** False for custom resources, whose finalizers need no domain. */
  readonly qualifiedFinalizers?: boolean;
  /** What {@link validateParts} has found already. */
  readonly parts?: readonly FieldError[];
}

/** What every object must fulfil, however it came to be. */
export function validateObjectMeta(meta: Metadata, rules: MetadataRules): FieldError[] {
  const { namespaced, nameRule = nameIsDNSSubdomain, at = METADATA, qualifiedFinalizers = true } = rules;
  const { name = "", generateName = "", namespace = "", generation = 0 } = meta;
  const errors: FieldError[] = [];
  if (generateName !== "") {
    for (const text of nameRule(generateName, true)) errors.push(invalid(at.child("generateName"), generateName, text));
  }
  if (name === "") errors.push(required(at.child("name"), "name or generateName is required"));
  else for (const text of nameRule(name, false)) errors.push(invalid(at.child("name"), name, text));
  errors.push(...validateNamespace(namespace, namespaced, at.child("namespace")));
  if (generation < 0) errors.push(invalid(at.child("generation"), generation, "must be greater than or equal to 0"));
  errors.push(
    ...(rules.parts ?? validateParts(meta, at)),
    ...validateFinalizers(meta.finalizers ?? [], at.child("finalizers")),
  );
  if (qualifiedFinalizers) errors.push(...validateKnownFinalizers(meta.finalizers ?? [], at));
  return errors;
}

/** What may not change, and what an update must say. `next` has been through {@link keepSystemMetadata}. */
export function validateObjectMetaUpdate(
  next: Metadata,
  previous: Metadata,
  at: Path = METADATA,
  parts: readonly FieldError[] = validateParts(next, at),
): FieldError[] {
  const errors: FieldError[] = [];
  if (previous.deletionTimestamp !== undefined) {
    errors.push(...validateNoNewFinalizers(next.finalizers ?? [], previous.finalizers ?? [], at.child("finalizers")));
  }
  if (!next.resourceVersion) {
    errors.push(invalid(at.child("resourceVersion"), next.resourceVersion ?? "", "must be specified for an update"));
  }
  if ((next.generation ?? 0) < (previous.generation ?? 0)) {
    errors.push(invalid(at.child("generation"), next.generation ?? 0, "must not be decremented"));
  }
  for (const field of FIXED) {
    const value = next[field];
    if ((value ?? "") === (previous[field] ?? "")) continue;
    errors.push(immutable(at.child(field), value ?? (TEXT_FIELDS.has(field) ? "" : null)));
  }
  return [...errors, ...parts];
}

const FIXED = [
  "name",
  "namespace",
  "uid",
  "creationTimestamp",
  "deletionTimestamp",
  "deletionGracePeriodSeconds",
] as const;
const TEXT_FIELDS: ReadonlySet<string> = new Set(["name", "namespace", "uid"]);

/**
 * Before an update is validated: what the server alone decides is taken from the stored object where the
 * client left it out (uid, deletion), and always (creationTimestamp, generation). selfLink is dropped.
 */
export function keepSystemMetadata(next: Draft<ObjectMeta>, previous: ObjectMeta): void {
  next.uid ||= previous.uid;
  next.creationTimestamp = previous.creationTimestamp;
  if (previous.generation === undefined) delete next.generation;
  else next.generation = previous.generation;
  if (previous.deletionTimestamp !== undefined) next.deletionTimestamp = previous.deletionTimestamp;
  if (previous.deletionGracePeriodSeconds !== undefined) {
    next.deletionGracePeriodSeconds ??= previous.deletionGracePeriodSeconds;
  }
  delete next.selfLink;
}

function validateNamespace(namespace: string, namespaced: boolean, at: Path): FieldError[] {
  if (!namespaced) return namespace === "" ? [] : [forbidden(at, "not allowed on this type")];
  if (namespace === "") return [required(at)];
  return nameIsDNSLabel(namespace, false).map((text) => invalid(at, namespace, text));
}

/** Of what is checked alike at creation and in updates: labels, annotations, owners and managed fields. */
export function validateParts(meta: Metadata, at: Path = METADATA): FieldError[] {
  return [
    ...(meta.labels === undefined ? [] : validateLabels(meta.labels, at.child("labels"))),
    ...(meta.annotations === undefined ? [] : validateAnnotations(meta.annotations, at.child("annotations"))),
    ...(meta.ownerReferences === undefined
      ? []
      : validateOwnerReferences(meta.ownerReferences, at.child("ownerReferences"))),
    ...(meta.managedFields === undefined ? [] : validateManagedFields(meta.managedFields, at.child("managedFields"))),
  ];
}

export function validateLabels(labels: Readonly<Record<string, string>>, at: Path): FieldError[] {
  const errors: FieldError[] = [];
  for (const key in labels) {
    errors.push(...validateLabelName(key, at));
    const value = labels[key]!;
    for (const text of isValidLabelValue(value)) errors.push(invalid(at, value, text));
  }
  return errors;
}

export function validateLabelName(key: string, at: Path): FieldError[] {
  return isQualifiedName(key).map((text) => invalid(at, key, text));
}

/** Keys as labels' but in any case; their total size is bounded. */
export function validateAnnotations(annotations: Readonly<Record<string, string>>, at: Path): FieldError[] {
  const errors: FieldError[] = [];
  for (const key in annotations) {
    for (const text of isQualifiedName(key.toLowerCase())) errors.push(invalid(at, key, text));
  }
  if (annotationsSize(annotations) > ANNOTATIONS_LIMIT) errors.push(tooLong(at, ANNOTATIONS_LIMIT));
  return errors;
}

/** Of keys and values, in bytes. */
export function annotationsSize(annotations: Readonly<Record<string, string>>): number {
  let size = 0;
  for (const key in annotations) size += byteLength(key) + byteLength(annotations[key]!);
  return size;
}

function validateOwnerReferences(references: readonly OwnerReference[], at: Path): FieldError[] {
  const errors: FieldError[] = [];
  let controller: string | undefined;
  for (const reference of references) {
    errors.push(...validateOwnerReference(reference, at));
    if (reference.controller !== true) continue;
    const current = `${reference.kind}/${reference.name}`;
    if (controller === undefined) controller = current;
    else {
      const text = `Only one reference can have Controller set to true. Found "true" in references for ${controller} and ${current}`;
      errors.push(invalid(at, references.map(inFieldOrder), text));
    }
  }
  return errors;
}

function validateOwnerReference(reference: OwnerReference, at: Path): FieldError[] {
  const errors: FieldError[] = [];
  const { apiVersion = "", kind = "", name = "", uid = "" } = reference;
  if (apiVersion === "" || apiVersion.endsWith("/") || apiVersion.split("/").length > 2) {
    errors.push(invalid(at.child("apiVersion"), apiVersion, "version must not be empty"));
  }
  if (kind === "") errors.push(invalid(at.child("kind"), kind, "must not be empty"));
  if (name === "") errors.push(invalid(at.child("name"), name, "must not be empty"));
  if (uid === "") errors.push(invalid(at.child("uid"), uid, "must not be empty"));
  if (apiVersion === "v1" && kind === "Event") {
    errors.push(invalid(at, inFieldOrder(reference), "/v1, Kind=Event is disallowed from being an owner"));
  }
  return errors;
}

/** As Go prints the struct, whatever order the client wrote. */
function inFieldOrder(reference: OwnerReference): OwnerReference {
  const { apiVersion, kind, name, uid, controller, blockOwnerDeletion } = reference;
  return { apiVersion, kind, name, uid, controller, blockOwnerDeletion };
}

export function validateFinalizers(finalizers: readonly string[], at: Path): FieldError[] {
  const errors = finalizers.flatMap((name) => isQualifiedName(name).map((text) => invalid(at, name, text)));
  if (finalizers.includes("orphan") && finalizers.includes("foregroundDeletion")) {
    errors.push(invalid(at, finalizers, "finalizer orphan and foregroundDeletion cannot be both set"));
  }
  return errors;
}

/** The rule of upstream's built-in kinds, beside those of any kind. */
export function validateKnownFinalizers(finalizers: readonly string[], at: Path = METADATA): FieldError[] {
  return finalizers.flatMap((name, index) =>
    name.includes("/") || STANDARD_FINALIZERS.has(name)
      ? []
      : [
          invalid(
            at.child("finalizers").index(index),
            name,
            "name is neither a standard finalizer name nor is it fully qualified",
          ),
        ],
  );
}

/** What is told of new finalizers of custom resources whose names somebody else could have, too. */
export function finalizerWarnings(next: readonly string[], previous: readonly string[]): string[] {
  const at = METADATA.child("finalizers");
  const added = [...new Set(next)].filter((name) => !previous.includes(name)).toSorted();
  return added
    .filter((name) => !name.includes("/") && !STANDARD_FINALIZERS.has(name))
    .map((name) => {
      const path = name.includes(".") ? " including a path (/)" : "";
      const why = "to avoid accidental conflicts with other finalizer writers";
      return `${String(at)}: ${quote(name)}: prefer a domain-qualified finalizer name${path} ${why}`;
    });
}

function validateNoNewFinalizers(next: readonly string[], previous: readonly string[], at: Path): FieldError[] {
  const extra = [...new Set(next)].filter((name) => !previous.includes(name)).toSorted();
  if (extra.length === 0) return [];
  const text = `no new finalizers can be added if the object is being deleted, found new finalizers ${goStrings(extra)}`;
  return [forbidden(at, text)];
}

function validateManagedFields(entries: readonly ManagedFieldsEntry[], at: Path): FieldError[] {
  return entries.flatMap((entry, index) => {
    const here = at.index(index);
    const errors: FieldError[] = [];
    if (entry.operation !== "Apply" && entry.operation !== "Update") {
      errors.push(invalid(here.child("operation"), entry.operation ?? "", "must be `Apply` or `Update`"));
    }
    if (entry.fieldsType !== undefined && entry.fieldsType !== "" && entry.fieldsType !== "FieldsV1") {
      errors.push(invalid(here.child("fieldsType"), entry.fieldsType, "must be `FieldsV1`"));
    }
    errors.push(...validateFieldManager(entry.manager ?? "", here.child("manager")));
    if (byteLength(entry.subresource ?? "") > SUBRESOURCE_LIMIT) {
      errors.push(tooLong(here.child("subresource"), SUBRESOURCE_LIMIT));
    }
    return errors;
  });
}

/** `fieldManager` of a request and the manager of an entry. */
export function validateFieldManager(manager: string, at: Path | string): FieldError[] {
  const errors: FieldError[] = [];
  if (byteLength(manager) > FIELD_MANAGER_LIMIT) errors.push(tooLong(at, FIELD_MANAGER_LIMIT));
  let position = 0;
  for (const char of manager) {
    if (!/^[\p{L}\p{M}\p{N}\p{P}\p{S} ]$/u.test(char)) {
      const code = char.codePointAt(0)!.toString(16).toUpperCase().padStart(4, "0");
      errors.push(invalid(at, manager, `invalid character U+${code} (at position ${position})`));
    }
    position += byteLength(char);
  }
  return errors;
}
