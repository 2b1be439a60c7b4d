import { bool, field, int64, list, message, string } from "../schema/builders.ts";
import type { TypeOf } from "../schema/schema.ts";

const v1 = "io.k8s.apimachinery.pkg.apis.meta.v1";

export const GetOptions = message(`${v1}.GetOptions`, { resourceVersion: field(1, string()) });
export type GetOptions = TypeOf<typeof GetOptions>;

export const ListOptions = message(`${v1}.ListOptions`, {
  labelSelector: field(1, string()),
  fieldSelector: field(2, string()),
  watch: field(3, bool()),
  resourceVersion: field(4, string()),
  timeoutSeconds: field(5, int64()).keepEmpty(),
  limit: field(7, int64()),
  continue: field(8, string()),
  allowWatchBookmarks: field(9, bool()),
  resourceVersionMatch: field(10, string()),
  sendInitialEvents: field(11, bool()).keepEmpty(),
  shardSelector: field(15, string()),
});
export type ListOptions = TypeOf<typeof ListOptions>;

export const CreateOptions = message(`${v1}.CreateOptions`, {
  dryRun: field(1, list(string()).atomic()),
  fieldManager: field(3, string()),
  fieldValidation: field(4, string()),
});
export type CreateOptions = TypeOf<typeof CreateOptions>;

export const UpdateOptions = message(`${v1}.UpdateOptions`, {
  dryRun: field(1, list(string()).atomic()),
  fieldManager: field(2, string()),
  fieldValidation: field(3, string()),
});
export type UpdateOptions = TypeOf<typeof UpdateOptions>;

export const PatchOptions = message(`${v1}.PatchOptions`, {
  dryRun: field(1, list(string()).atomic()),
  force: field(2, bool()).keepEmpty(),
  fieldManager: field(3, string()),
  fieldValidation: field(4, string()),
});
export type PatchOptions = TypeOf<typeof PatchOptions>;

export const Preconditions = message(`${v1}.Preconditions`, {
  uid: field(1, string()).keepEmpty(),
  resourceVersion: field(2, string()).keepEmpty(),
});
export type Preconditions = TypeOf<typeof Preconditions>;

export const DeleteOptions = message(`${v1}.DeleteOptions`, {
  apiVersion: field(0, string()),
  kind: field(0, string()),
  gracePeriodSeconds: field(1, int64()).keepEmpty(),
  preconditions: field(2, Preconditions),
  orphanDependents: field(3, bool()).keepEmpty(),
  propagationPolicy: field(4, string()).keepEmpty(),
  dryRun: field(5, list(string()).atomic()),
  ignoreStoreReadErrorWithClusterBreakingPotential: field(6, bool()).keepEmpty(),
});
export type DeleteOptions = TypeOf<typeof DeleteOptions>;
