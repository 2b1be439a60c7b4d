import { defineKind } from "../../machinery/define-kind.ts";
import type { ObjectOf } from "../../machinery/define-kind.ts";
import { field, message } from "../../machinery/schema/builders.ts";
import type { TypeOf } from "../../machinery/schema/schema.ts";
import { UserInfo } from "./user-info.ts";

export const SelfSubjectReviewStatus = message(
  "io.k8s.api.authentication.v1.SelfSubjectReviewStatus",
  {
    userInfo: field(1, UserInfo, "Name, groups and the rest.").always(),
  },
  { doc: "Who the server takes the asker for." },
);
export type SelfSubjectReviewStatus = TypeOf<typeof SelfSubjectReviewStatus>;

export const SelfSubjectReview = defineKind({
  group: "authentication.k8s.io",
  version: "v1",
  kind: "SelfSubjectReview",
  definition: "io.k8s.api.authentication.v1.SelfSubjectReview",
  names: { plural: "selfsubjectreviews" },
  scope: "Cluster",
  doc: "Answers who the caller is.",
  verbs: ["create"],
  fields: { status: field(2, SelfSubjectReviewStatus, "Filled in by the server.").always() },
});
export type SelfSubjectReview = ObjectOf<typeof SelfSubjectReview>;
