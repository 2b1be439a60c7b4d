import { FieldSelectorRequirement, LabelSelectorRequirement } from "../../machinery/meta/label-selector.ts";
import { bool, field, list, map, message, string } from "../../machinery/schema/builders.ts";
import type { TypeOf } from "../../machinery/schema/schema.ts";

export const FieldSelectorAttributes = message(
  "io.k8s.api.authorization.v1.FieldSelectorAttributes",
  {
    rawSelector: field(1, string(), "The selector as in a query; or `requirements`."),
    requirements: field(2, list(FieldSelectorRequirement).atomic(), "The selector in parts, all of which must hold."),
  },
  { doc: "Limits a question to objects with certain fields." },
);
export type FieldSelectorAttributes = TypeOf<typeof FieldSelectorAttributes>;

export const LabelSelectorAttributes = message(
  "io.k8s.api.authorization.v1.LabelSelectorAttributes",
  {
    rawSelector: field(1, string(), "The selector as in a query; or `requirements`."),
    requirements: field(2, list(LabelSelectorRequirement).atomic(), "The selector in parts, all of which must hold."),
  },
  { doc: "Limits a question to objects with certain labels." },
);
export type LabelSelectorAttributes = TypeOf<typeof LabelSelectorAttributes>;

export const NonResourceAttributes = message(
  "io.k8s.api.authorization.v1.NonResourceAttributes",
  {
    path: field(1, string(), "Such as `/healthz`."),
    verb: field(2, string(), "The HTTP method in small letters."),
  },
  { doc: "A path that is no resource, and what is done with it." },
);
export type NonResourceAttributes = TypeOf<typeof NonResourceAttributes>;

export const ResourceAttributes = message(
  "io.k8s.api.authorization.v1.ResourceAttributes",
  {
    namespace: field(1, string(), "Where. Empty: everywhere, or a kind without namespaces."),
    verb: field(2, string(), "Such as `get`, `list`, `watch`, `create`, `update`, `patch`, `delete`, or `*`."),
    group: field(3, string(), "Its API group; `*` for all."),
    version: field(4, string(), "Its version; `*` for all."),
    resource: field(5, string(), "Its plural, such as `pods`; `*` for all."),
    subresource: field(6, string(), "Such as `log`; empty for none."),
    name: field(7, string(), "One object's name; empty for all."),
    fieldSelector: field(8, FieldSelectorAttributes, "Only objects with these fields."),
    labelSelector: field(9, LabelSelectorAttributes, "Only objects with these labels."),
  },
  { doc: "A resource, and what is done with it." },
);
export type ResourceAttributes = TypeOf<typeof ResourceAttributes>;

export const SubjectAccessReviewSpec = message(
  "io.k8s.api.authorization.v1.SubjectAccessReviewSpec",
  {
    resourceAttributes: field(1, ResourceAttributes, "A request about a resource."),
    nonResourceAttributes: field(2, NonResourceAttributes, "A request to a path that is no resource."),
    user: field(3, string(), "The user's name."),
    groups: field(4, list(string()).atomic(), "Groups the user is in."),
    extra: field(5, map(list(string())), "What else the user's authenticator tells."),
    uid: field(6, string(), "The user's uid."),
  },
  { doc: "Who would like to do what; one of the two kinds of attributes, and a user or groups." },
);
export type SubjectAccessReviewSpec = TypeOf<typeof SubjectAccessReviewSpec>;

export const SubjectAccessReviewStatus = message(
  "io.k8s.api.authorization.v1.SubjectAccessReviewStatus",
  {
    allowed: field(1, bool(), "True: some authorizer allows it.").required(),
    reason: field(2, string(), "Why, where it is told."),
    evaluationError: field(3, string(), "What went wrong on the way; the answer may be right all the same."),
    denied: field(
      4,
      bool(),
      "True: some authorizer forbids it, whatever others say. Both false: nobody has an opinion, which is a no.",
    ),
  },
  { doc: "Whether it is allowed." },
);
export type SubjectAccessReviewStatus = TypeOf<typeof SubjectAccessReviewStatus>;
