/** The types of `request` and `namespaceObject` in expressions of admission, under upstream's names. */
import type { StructuralSchema } from "../structural/schema.ts";
import { titled, typeOfSchema } from "./json-values.ts";
import type { CelType } from "./types.ts";

const text: StructuralSchema = { type: "string" };
const texts: StructuralSchema = { type: "array", items: text };
const time: StructuralSchema = { type: "string", format: "date-time" };
const number: StructuralSchema = { type: "integer" };
const object = (title: string, properties: Readonly<Record<string, StructuralSchema>>): StructuralSchema =>
  titled(title, { type: "object", properties });
const mapOf = (additionalProperties: StructuralSchema): StructuralSchema => ({ type: "object", additionalProperties });

const kind = object("kubernetes.GroupVersionKind", { group: text, version: text, kind: text });
const resource = object("kubernetes.GroupVersionResource", { group: text, version: text, resource: text });

/** AdmissionRequest without `uid` and the objects. */
export const REQUEST_SCHEMA = object("kubernetes.AdmissionRequest", {
  kind,
  resource,
  subResource: text,
  requestKind: kind,
  requestResource: resource,
  requestSubResource: text,
  name: text,
  namespace: text,
  operation: text,
  userInfo: object("kubernetes.UserInfo", { username: text, uid: text, groups: texts, extra: mapOf(texts) }),
  dryRun: { type: "boolean" },
  options: {},
});

const condition = object("kubernetes.NamespaceCondition", {
  status: text,
  type: text,
  lastTransitionTime: time,
  message: text,
  reason: text,
});

/** Upstream spells `UID` large in the type and small in the value, so that nobody can read it. */
export const NAMESPACE_SCHEMA = object("kubernetes.Namespace", {
  metadata: object("kubernetes.NamespaceMetadata", {
    name: text,
    generateName: text,
    namespace: text,
    labels: mapOf(text),
    annotations: mapOf(text),
    UID: text,
    creationTimestamp: time,
    deletionGracePeriodSeconds: number,
    deletionTimestamp: time,
    generation: number,
    resourceVersion: text,
    finalizers: texts,
  }),
  spec: object("kubernetes.NamespaceSpec", { finalizers: texts }),
  status: object("kubernetes.NamespaceStatus", { conditions: { type: "array", items: condition }, phase: text }),
});

export const REQUEST: CelType = typeOfSchema(REQUEST_SCHEMA);
export const NAMESPACE: CelType = typeOfSchema(NAMESPACE_SCHEMA);
