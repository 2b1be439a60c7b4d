import { ListMeta } from "./list-meta.ts";
import { field, int32, list, message, string } from "../schema/builders.ts";
import type { TypeOf } from "../schema/schema.ts";
import { typeMeta } from "./type-meta.ts";

export const StatusCause = message(
  "io.k8s.apimachinery.pkg.apis.meta.v1.StatusCause",
  {
    reason: field(1, string(), "A word in CamelCase for what is wrong, such as FieldValueInvalid."),
    message: field(2, string(), "What is wrong, meant for people."),
    field: field(3, string(), "The field that caused it, as a path such as `spec.containers[0].name`."),
  },
  { doc: "One of the reasons for an error." },
);
export type StatusCause = TypeOf<typeof StatusCause>;

export const StatusDetails = message(
  "io.k8s.apimachinery.pkg.apis.meta.v1.StatusDetails",
  {
    name: field(1, string(), "Name of the object it is about."),
    group: field(2, string(), "Group of the object's API."),
    kind: field(3, string(), "Kind of the object; sometimes the resource's name."),
    causes: field(4, list(StatusCause).atomic(), "All that is wrong, for errors with several causes."),
    retryAfterSeconds: field(5, int32(), "When to try again, in seconds."),
    uid: field(6, string(), "UID of the object it is about."),
  },
  { doc: "More about an answer, by its reason." },
);
export type StatusDetails = TypeOf<typeof StatusDetails>;

export const Status = message(
  "io.k8s.apimachinery.pkg.apis.meta.v1.Status",
  {
    ...typeMeta,
    metadata: field(1, ListMeta, "What holds for a list; empty here.").always(),
    status: field(2, string(), "Success or Failure."),
    message: field(3, string(), "What happened, meant for people."),
    reason: field(
      4,
      string(),
      "A word in CamelCase for a failure, such as NotFound or AlreadyExists, more exact than the code; meant for programs.",
    ),
    details: field(5, StatusDetails, "More about it, such as the object in question."),
    code: field(6, int32(), "The HTTP status code of the answer."),
  },
  { doc: "The answer of a request that has no object to give back, mostly an error." },
);
export type Status = TypeOf<typeof Status>;
