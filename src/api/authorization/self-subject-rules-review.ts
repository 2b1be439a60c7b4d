import { defineKind } from "../../machinery/define-kind.ts";
import type { ObjectOf } from "../../machinery/define-kind.ts";
import { bool, field, list, message, string } from "../../machinery/schema/builders.ts";
import type { TypeOf } from "../../machinery/schema/schema.ts";

export const NonResourceRule = message(
  "io.k8s.api.authorization.v1.NonResourceRule",
  {
    verbs: field(1, list(string()).atomic(), "HTTP methods in small letters, or `*`.").required(),
    nonResourceURLs: field(2, list(string()).atomic(), "Paths, with `*` at the end for all below."),
  },
  { doc: "Paths that may be used." },
);
export type NonResourceRule = TypeOf<typeof NonResourceRule>;

export const ResourceRule = message(
  "io.k8s.api.authorization.v1.ResourceRule",
  {
    verbs: field(1, list(string()).atomic(), "What may be done, `*` for everything.").required(),
    apiGroups: field(2, list(string()).atomic(), "API groups, `*` for all."),
    resources: field(3, list(string()).atomic(), "Resources, `*` for all, `*/foo` for a subresource of all."),
    resourceNames: field(4, list(string()).atomic(), "Names of objects; empty: all."),
  },
  { doc: "What may be done with which resources." },
);
export type ResourceRule = TypeOf<typeof ResourceRule>;

export const SelfSubjectRulesReviewSpec = message(
  "io.k8s.api.authorization.v1.SelfSubjectRulesReviewSpec",
  {
    namespace: field(1, string(), "The namespace; required."),
  },
  { doc: "Where the asker would like to know what it may do." },
);
export type SelfSubjectRulesReviewSpec = TypeOf<typeof SelfSubjectRulesReviewSpec>;

export const SubjectRulesReviewStatus = message(
  "io.k8s.api.authorization.v1.SubjectRulesReviewStatus",
  {
    resourceRules: field(1, list(ResourceRule).atomic(), "What it may do with resources, in no order.").required(),
    nonResourceRules: field(2, list(NonResourceRule).atomic(), "Paths it may use, in no order.").required(),
    incomplete: field(
      3,
      bool(),
      "True: there may be more that could not be listed, so that a missing rule proves nothing.",
    ).required(),
    evaluationError: field(4, string(), "What went wrong on the way."),
  },
  { doc: "What the asker may do in the namespace." },
);
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
    spec: field(2, SelfSubjectRulesReviewSpec, "Where the asker would like to know what it may do.").required(),
    status: field(3, SubjectRulesReviewStatus, "The answer.").always(),
  },
});
export type SelfSubjectRulesReview = ObjectOf<typeof SelfSubjectRulesReview>;
