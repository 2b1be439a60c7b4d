import { defineKind } from "../../machinery/define-kind.ts";
import type { ObjectOf } from "../../machinery/define-kind.ts";
import { bool, field, list, message, string } from "../../machinery/schema/builders.ts";
import type { TypeOf } from "../../machinery/schema/schema.ts";

export const NonResourceRule = message("io.k8s.api.authorization.v1.NonResourceRule", {
  verbs: field(1, list(string()).atomic()).required(),
  nonResourceURLs: field(2, list(string()).atomic()),
});
export type NonResourceRule = TypeOf<typeof NonResourceRule>;

export const ResourceRule = message("io.k8s.api.authorization.v1.ResourceRule", {
  verbs: field(1, list(string()).atomic()).required(),
  apiGroups: field(2, list(string()).atomic()),
  resources: field(3, list(string()).atomic()),
  resourceNames: field(4, list(string()).atomic()),
});
export type ResourceRule = TypeOf<typeof ResourceRule>;

export const SelfSubjectRulesReviewSpec = message("io.k8s.api.authorization.v1.SelfSubjectRulesReviewSpec", {
  namespace: field(1, string()),
});
export type SelfSubjectRulesReviewSpec = TypeOf<typeof SelfSubjectRulesReviewSpec>;

export const SubjectRulesReviewStatus = message("io.k8s.api.authorization.v1.SubjectRulesReviewStatus", {
  resourceRules: field(1, list(ResourceRule).atomic()).required(),
  nonResourceRules: field(2, list(NonResourceRule).atomic()).required(),
  incomplete: field(3, bool()).required(),
  evaluationError: field(4, string()),
});
export type SubjectRulesReviewStatus = TypeOf<typeof SubjectRulesReviewStatus>;

export const SelfSubjectRulesReview = defineKind({
  group: "authorization.k8s.io",
  version: "v1",
  kind: "SelfSubjectRulesReview",
  definition: "io.k8s.api.authorization.v1.SelfSubjectRulesReview",
  names: { plural: "selfsubjectrulesreviews" },
  scope: "Cluster",
  doc: "Lists what the caller may do in a namespace.",
  verbs: ["create"],
  fields: {
    spec: field(2, SelfSubjectRulesReviewSpec).required(),
    status: field(3, SubjectRulesReviewStatus).always(),
  },
});
export type SelfSubjectRulesReview = ObjectOf<typeof SelfSubjectRulesReview>;
