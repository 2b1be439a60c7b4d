/** What the columns of several kinds share: names, ages, and texts for "there is none". */
import { age } from "../machinery/duration.ts";
import type { Column, KubeObject } from "../machinery/kind.ts";
import type { LabelSelector } from "../machinery/meta/label-selector.ts";

export const NONE = "<none>";
export const UNSET = "<unset>";
export const UNKNOWN = "<unknown>";

export const nameColumn: Column = {
  name: "Name",
  type: "string",
  format: "name",
  doc: "Name must be unique within a namespace. Is required when creating resources, although some resources may allow a client to request the generation of an appropriate name automatically. Name is primarily intended for creation idempotence and configuration definition. Cannot be updated. More info: https://kubernetes.io/docs/concepts/overview/working-with-objects/names#names",
  value: ({ metadata }) => metadata.name,
};

/** The name column of classes of which an annotation makes one the default. */
export const nameOrDefault = (annotations: readonly string[]): Column => ({
  ...nameColumn,
  value: ({ metadata }) =>
    annotations.some((key) => metadata.annotations?.[key] === "true")
      ? `${metadata.name} (default)`
      : (metadata.name ?? null),
});

const CREATED =
  "CreationTimestamp is a timestamp representing the server time when this object was created. It is not guaranteed to be set in happens-before order across separate operations. Clients may not set this value. It is represented in RFC3339 form and is in UTC.\n\nPopulated by the system. Read-only. Null for lists. More info: https://git.k8s.io/community/contributors/devel/sig-architecture/api-conventions.md#metadata";

export const ageColumn: Column = {
  name: "Age",
  type: "string",
  doc: CREATED,
  value: ({ metadata }, now) => age(metadata.creationTimestamp, now),
};

/** The time that Go has where none was said. */
const ZERO_TIME = "0001-01-01T00:00:00Z";
export const createdAt = ({ metadata }: KubeObject): string => metadata.creationTimestamp ?? ZERO_TIME;

/** Kinds that say nothing else show these two. */
export const defaultColumns: readonly Column[] = [
  nameColumn,
  { name: "Created At", type: "date", doc: CREATED, value: createdAt },
];

interface Template {
  readonly spec: { readonly containers?: readonly { readonly name: string; readonly image?: string }[] | null };
}

/** The names of a template's containers and their images, joined. */
export const containerNames = ({ spec }: Template): string => (spec.containers ?? []).map(({ name }) => name).join(",");
export const containerImages = ({ spec }: Template): string =>
  (spec.containers ?? []).map(({ image }) => image ?? "").join(",");

/** `a=1,b=2` in the order of the keys. */
export function labelsText(labels: Readonly<Record<string, string>> | undefined): string {
  const pairs = Object.entries(labels ?? {}).map(([key, value]) => `${key}=${value}`);
  return pairs.length === 0 ? NONE : pairs.toSorted().join(",");
}

/** A label selector as one text: `app=a,tier in (x,y),!old`. */
export function selectorText(selector: LabelSelector | null | undefined): string {
  if (selector === null || selector === undefined) return NONE;
  const requirements = Object.entries(selector.matchLabels ?? {}).map(([key, value]) => [key, `${key}=${value}`]);
  for (const { key, operator, values } of selector.matchExpressions ?? []) {
    const set = `(${[...(values ?? [])].toSorted().join(",")})`;
    if (operator === "In") requirements.push([key, `${key} in ${set}`]);
    else if (operator === "NotIn") requirements.push([key, `${key} notin ${set}`]);
    else requirements.push([key, operator === "Exists" ? key : `!${key}`]);
  }
  const sorted = requirements.toSorted(([a = ""], [b = ""]) => (a < b ? -1 : Number(a > b)));
  return sorted.length === 0 ? NONE : sorted.map(([, text]) => text).join(",");
}

/** The first few, and how many more there are. */
export function firstFew(items: readonly string[], none: string, most = 3): string {
  if (items.length === 0) return none;
  const shown = items.slice(0, most).join(",");
  return items.length > most ? `${shown} + ${items.length - most} more...` : shown;
}

/** A kind whose only own column is its age. */
export const nameAndAge: readonly Column[] = [nameColumn, ageColumn];

const CONTAINERS = "Names of each container in the template.";
const IMAGES = "Images referenced by each container in the template.";

/** The template columns that workloads show with `-o wide`; the last one says what selects the pods. */
export function wideTemplateColumns<T extends KubeObject>(
  template: (object: T) => Template,
  selector?: (object: T) => string,
  selectorDoc?: string,
): readonly Column<T>[] {
  const columns: Column<T>[] = [
    {
      name: "Containers",
      type: "string",
      doc: CONTAINERS,
      priority: 1,
      value: (object) => containerNames(template(object)),
    },
    { name: "Images", type: "string", doc: IMAGES, priority: 1, value: (object) => containerImages(template(object)) },
  ];
  if (selector !== undefined) {
    columns.push({ name: "Selector", type: "string", doc: selectorDoc ?? "", priority: 1, value: selector });
  }
  return columns;
}
