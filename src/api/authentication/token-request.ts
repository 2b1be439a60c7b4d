import { defineKind } from "../../machinery/define-kind.ts";
import type { ObjectOf } from "../../machinery/define-kind.ts";
import { field, int64, list, message, string, time } from "../../machinery/schema/builders.ts";
import type { TypeOf } from "../../machinery/schema/schema.ts";
import { validateTokenRequest } from "./token-request.validation.ts";

export const BoundObjectReference = message(
  "io.k8s.api.authentication.v1.BoundObjectReference",
  {
    kind: field(1, string(), "`Pod`, `Secret` or `Node`."),
    apiVersion: field(2, string(), "Its group and version."),
    name: field(3, string(), "Its name."),
    uid: field(4, string(), "Its uid, so that a later object of the same name does not count."),
  },
  { doc: "An object that a token is good for no longer than." },
);
export type BoundObjectReference = TypeOf<typeof BoundObjectReference>;

export const TokenRequestSpec = message(
  "io.k8s.api.authentication.v1.TokenRequestSpec",
  {
    audiences: field(
      1,
      list(string()).atomic(),
      "Who shall accept it; a token for one is refused by others. Nothing said: the API server.",
    ).orNull(),
    boundObjectRef: field(3, BoundObjectReference, "The token ends when this object is deleted.").orNull(),
    expirationSeconds: field(
      4,
      int64().silentDefault(3600),
      "How long it shall be good, at least 600. Default 3600; the server may give another time.",
    )
      .orNull()
      .keepEmpty(),
  },
  { doc: "What kind of token a service account asks for." },
);
export type TokenRequestSpec = TypeOf<typeof TokenRequestSpec>;

export const TokenRequestStatus = message(
  "io.k8s.api.authentication.v1.TokenRequestStatus",
  {
    token: field(1, string(), "The token itself.").always(),
    expirationTimestamp: field(2, time(), "Until when it is good.").orNull(),
  },
  { doc: "The token that was made." },
);
export type TokenRequestStatus = TypeOf<typeof TokenRequestStatus>;

export const TokenRequest = defineKind({
  group: "authentication.k8s.io",
  version: "v1",
  kind: "TokenRequest",
  definition: "io.k8s.api.authentication.v1.TokenRequest",
  names: { plural: "tokenrequests" },
  scope: "Namespaced",
  doc: "Asks for a token of a service account.",
  verbs: [],
  fields: {
    spec: field(2, TokenRequestSpec, "What kind of token is wanted.").always(),
    status: field(3, TokenRequestStatus, "The token, in the answer.").always(),
  },
  validate: validateTokenRequest,
});
export type TokenRequest = ObjectOf<typeof TokenRequest>;
