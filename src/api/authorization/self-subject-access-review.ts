import { defineKind } from "../../machinery/define-kind.ts";
import type { ObjectOf } from "../../machinery/define-kind.ts";
import { field, message } from "../../machinery/schema/builders.ts";
import type { TypeOf } from "../../machinery/schema/schema.ts";
import { NonResourceAttributes, ResourceAttributes, SubjectAccessReviewStatus } from "./access-review.ts";
import { validateSelfSubjectAccessReview } from "./access-review.validation.ts";

export const SelfSubjectAccessReviewSpec = message(
  "io.k8s.api.authorization.v1.SelfSubjectAccessReviewSpec",
  {
    resourceAttributes: field(1, ResourceAttributes, "A request about a resource."),
    nonResourceAttributes: field(2, NonResourceAttributes, "A request to a path that is no resource."),
  },
  { doc: "What the asker would like to do; one of the two." },
);
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
    spec: field(2, SelfSubjectAccessReviewSpec, "What the asker would like to do.").required(),
    status: field(3, SubjectAccessReviewStatus, "The answer.").always(),
  },
  validate: validateSelfSubjectAccessReview,
});
export type SelfSubjectAccessReview = ObjectOf<typeof SelfSubjectAccessReview>;
