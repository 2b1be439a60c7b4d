import { ListMeta } from "./list-meta.ts";
import { field, int32, list, message, string } from "../schema/builders.ts";
import type { TypeOf } from "../schema/schema.ts";

export const StatusCause = message("io.k8s.apimachinery.pkg.apis.meta.v1.StatusCause", {
  reason: field(1, string()),
  message: field(2, string()),
  field: field(3, string()),
});
export type StatusCause = TypeOf<typeof StatusCause>;

export const StatusDetails = message("io.k8s.apimachinery.pkg.apis.meta.v1.StatusDetails", {
  name: field(1, string()),
  group: field(2, string()),
  kind: field(3, string()),
  causes: field(4, list(StatusCause).atomic()),
  retryAfterSeconds: field(5, int32()),
  uid: field(6, string()),
});
export type StatusDetails = TypeOf<typeof StatusDetails>;

export const Status = message("io.k8s.apimachinery.pkg.apis.meta.v1.Status", {
  apiVersion: field(0, string()),
  kind: field(0, string()),
  metadata: field(1, ListMeta).always(),
  status: field(2, string()),
  message: field(3, string()),
  reason: field(4, string()),
  details: field(5, StatusDetails),
  code: field(6, int32()),
});
export type Status = TypeOf<typeof Status>;
