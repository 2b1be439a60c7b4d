import { defineKind } from "../../machinery/define-kind.ts";
import type { ObjectOf } from "../../machinery/define-kind.ts";
import { bool, field, list, message, string } from "../../machinery/schema/builders.ts";
import type { TypeOf } from "../../machinery/schema/schema.ts";
import { UserInfo } from "./user-info.ts";

export const TokenReviewSpec = message(
  "io.k8s.api.authentication.v1.TokenReviewSpec",
  {
    token: field(1, string(), "The token itself.").required().droppedWhenEmpty(),
    audiences: field(
      2,
      list(string()).atomic(),
      "Whom the asker is; the token must be meant for one of them. Nothing said: the API server.",
    ),
  },
  { doc: "A token of which somebody wants to know whose it is." },
);
export type TokenReviewSpec = TypeOf<typeof TokenReviewSpec>;

export const TokenReviewStatus = message(
  "io.k8s.api.authentication.v1.TokenReviewStatus",
  {
    authenticated: field(1, bool(), "Whether it is good."),
    user: field(2, UserInfo, "Whose it is.").always(),
    error: field(3, string(), "Why it could not be looked at."),
    audiences: field(
      4,
      list(string()).atomic(),
      "Which of the asked audiences it is meant for. Those who asked for some and get none must not trust it.",
    ),
  },
  { doc: "What the server says of a token." },
);
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
  fields: {
    spec: field(2, TokenReviewSpec, "The token that is to be looked at.").required(),
    status: field(3, TokenReviewStatus, "Whose it is, in the answer.").always(),
  },
});
export type TokenReview = ObjectOf<typeof TokenReview>;
