import { defineKind } from "../../machinery/define-kind.ts";
import type { ObjectOf } from "../../machinery/define-kind.ts";
import { field } from "../../machinery/schema/builders.ts";
import { SubjectAccessReviewSpec, SubjectAccessReviewStatus } from "./access-review.ts";
import { validateLocalSubjectAccessReview } from "./access-review.validation.ts";

export const LocalSubjectAccessReview = defineKind({
  group: "authorization.k8s.io",
  version: "v1",
  kind: "LocalSubjectAccessReview",
  definition: "io.k8s.api.authorization.v1.LocalSubjectAccessReview",
  names: { plural: "localsubjectaccessreviews" },
  scope: "Namespaced",
  doc: "Asks whether a user may do something in one namespace.",
  verbs: ["create"],
  fields: {
    spec: field(2, SubjectAccessReviewSpec, "The question; its namespace must be the one of the request.").required(),
    status: field(3, SubjectAccessReviewStatus, "The answer.").always(),
  },
  validate: validateLocalSubjectAccessReview,
});
export type LocalSubjectAccessReview = ObjectOf<typeof LocalSubjectAccessReview>;
