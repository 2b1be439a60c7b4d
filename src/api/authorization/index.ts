import { LocalSubjectAccessReview } from "./local-subject-access-review.ts";
import { SelfSubjectAccessReview } from "./self-subject-access-review.ts";
import { SelfSubjectRulesReview } from "./self-subject-rules-review.ts";
import { SubjectAccessReview } from "./subject-access-review.ts";

export * from "./access-review.ts";
export * from "./local-subject-access-review.ts";
export * from "./self-subject-access-review.ts";
export * from "./self-subject-rules-review.ts";
export * from "./subject-access-review.ts";

export const authorizationKinds = [
  LocalSubjectAccessReview,
  SelfSubjectAccessReview,
  SelfSubjectRulesReview,
  SubjectAccessReview,
] as const;
