import { defineKind } from "../../machinery/define-kind.ts";
import type { ObjectOf } from "../../machinery/define-kind.ts";
import { bool, field, list, message, string } from "../../machinery/schema/builders.ts";
import type { TypeOf } from "../../machinery/schema/schema.ts";
import { UserInfo } from "./user-info.ts";

export const TokenReviewSpec = message("io.k8s.api.authentication.v1.TokenReviewSpec", {
  token: field(1, string()).required().droppedWhenEmpty(),
  audiences: field(2, list(string()).atomic()),
});
export type TokenReviewSpec = TypeOf<typeof TokenReviewSpec>;

export const TokenReviewStatus = message("io.k8s.api.authentication.v1.TokenReviewStatus", {
  authenticated: field(1, bool()),
  user: field(2, UserInfo).always(),
  error: field(3, string()),
  audiences: field(4, list(string()).atomic()),
});
export type TokenReviewStatus = TypeOf<typeof TokenReviewStatus>;

export const TokenReview = defineKind({
  group: "authentication.k8s.io",
  version: "v1",
  kind: "TokenReview",
  definition: "io.k8s.api.authentication.v1.TokenReview",
  names: { plural: "tokenreviews" },
  scope: "Cluster",
  doc: "Asks whom a token belongs to.",
  verbs: ["create"],
  fields: { spec: field(2, TokenReviewSpec).required(), status: field(3, TokenReviewStatus).always() },
});
export type TokenReview = ObjectOf<typeof TokenReview>;
