import { defineKind } from "../../machinery/define-kind.ts";
import type { ObjectOf } from "../../machinery/define-kind.ts";
import { field, message } from "../../machinery/schema/builders.ts";
import type { TypeOf } from "../../machinery/schema/schema.ts";
import { NonResourceAttributes, ResourceAttributes, SubjectAccessReviewStatus } from "./access-review.ts";
import { validateSelfSubjectAccessReview } from "./access-review.validation.ts";

export const SelfSubjectAccessReviewSpec = message("io.k8s.api.authorization.v1.SelfSubjectAccessReviewSpec", {
  resourceAttributes: field(1, ResourceAttributes),
  nonResourceAttributes: field(2, NonResourceAttributes),
});
export type SelfSubjectAccessReviewSpec = TypeOf<typeof SelfSubjectAccessReviewSpec>;

export const SelfSubjectAccessReview = defineKind({
  group: "authorization.k8s.io",
  version: "v1",
  kind: "SelfSubjectAccessReview",
  definition: "io.k8s.api.authorization.v1.SelfSubjectAccessReview",
  names: { plural: "selfsubjectaccessreviews" },
  scope: "Cluster",
  doc: "Asks whether the caller may do something.",
  verbs: ["create"],
  fields: {
    spec: field(2, SelfSubjectAccessReviewSpec).required(),
    status: field(3, SubjectAccessReviewStatus).always(),
  },
  validate: validateSelfSubjectAccessReview,
});
export type SelfSubjectAccessReview = ObjectOf<typeof SelfSubjectAccessReview>;
