import { SelfSubjectReview } from "./self-subject-review.ts";
import { TokenRequest } from "./token-request.ts";
import { TokenReview } from "./token-review.ts";

export * from "./self-subject-review.ts";
export * from "./token-request.ts";
export * from "./token-review.ts";
export * from "./user-info.ts";

export const authenticationKinds = [SelfSubjectReview, TokenRequest, TokenReview] as const;
