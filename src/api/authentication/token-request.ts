import { defineKind } from "../../machinery/define-kind.ts";
import type { ObjectOf } from "../../machinery/define-kind.ts";
import { field, int64, list, message, string, time } from "../../machinery/schema/builders.ts";
import type { TypeOf } from "../../machinery/schema/schema.ts";
import { validateTokenRequest } from "./token-request.validation.ts";

export const BoundObjectReference = message("io.k8s.api.authentication.v1.BoundObjectReference", {
  kind: field(1, string()),
  apiVersion: field(2, string()),
  name: field(3, string()),
  uid: field(4, string()),
});
export type BoundObjectReference = TypeOf<typeof BoundObjectReference>;

export const TokenRequestSpec = message("io.k8s.api.authentication.v1.TokenRequestSpec", {
  audiences: field(1, list(string()).atomic()).orNull(),
  boundObjectRef: field(3, BoundObjectReference).orNull(),
  expirationSeconds: field(4, int64().silentDefault(3600)).orNull().keepEmpty(),
});
export type TokenRequestSpec = TypeOf<typeof TokenRequestSpec>;

export const TokenRequestStatus = message("io.k8s.api.authentication.v1.TokenRequestStatus", {
  token: field(1, string()).always(),
  expirationTimestamp: field(2, time()).orNull(),
});
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
  fields: { spec: field(2, TokenRequestSpec).always(), status: field(3, TokenRequestStatus).always() },
  validate: validateTokenRequest,
});
export type TokenRequest = ObjectOf<typeof TokenRequest>;
