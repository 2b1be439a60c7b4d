import { defineKind } from "../../machinery/define-kind.ts";
import type { ObjectOf } from "../../machinery/define-kind.ts";
import { field } from "../../machinery/schema/builders.ts";
import { SubjectAccessReviewSpec, SubjectAccessReviewStatus } from "./access-review.ts";
import { validateSubjectAccessReview } from "./access-review.validation.ts";

export const SubjectAccessReview = defineKind({
  group: "authorization.k8s.io",
  version: "v1",
  kind: "SubjectAccessReview",
  definition: "io.k8s.api.authorization.v1.SubjectAccessReview",
  names: { plural: "subjectaccessreviews" },
  scope: "Cluster",
  doc: "Asks whether a user may do something.",
  verbs: ["create"],
  fields: {
    spec: field(2, SubjectAccessReviewSpec, "Who would like to do what.").required(),
    status: field(3, SubjectAccessReviewStatus, "The answer.").always(),
  },
  validate: validateSubjectAccessReview,
});
export type SubjectAccessReview = ObjectOf<typeof SubjectAccessReview>;
