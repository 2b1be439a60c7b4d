/** etcd's errors as the port has them, with what to do. */
import { status } from "@grpc/grpc-js";
import type { ServiceError } from "@grpc/grpc-js";
import { DatabaseCompacted, DatabaseFull, DatabaseUnavailable, LeaseLost } from "../../src/store/shared-database.ts";

/** Nobody answered, or nobody who could decide; the call may have been carried out. */
export function isUnavailable(error: unknown): boolean {
  const { code, details = "" } = error as Partial<ServiceError>;
  if (code === status.UNAVAILABLE || code === status.DEADLINE_EXCEEDED || code === status.CANCELLED) return true;
  if (code === status.RESOURCE_EXHAUSTED) return details.includes("too many requests");
  // A connection that broke in the middle of a call.
  return code === status.INTERNAL || code === status.UNKNOWN;
}

export function explain(error: unknown, endpoint: string): Error {
  const { code, details = "" } = error as Partial<ServiceError>;
  if (code === undefined) return error as Error;
  if (details.includes("database space exceeded")) {
    return new DatabaseFull(
      "etcd has used up its space quota and takes no more writes: free space with `etcdctl defrag` on each member (or raise " +
        "--quota-backend-bytes), then `etcdctl alarm disarm`",
      { cause: error },
    );
  }
  if (details.includes("required revision has been compacted")) return new DatabaseCompacted(0);
  if (details.includes("requested lease not found")) return new LeaseLost(details);
  if (details.includes("request is too large")) {
    return new Error(`etcd refuses the write, because it is larger than etcd's --max-request-bytes: ${details}`, {
      cause: error,
    });
  }
  if (details.includes("authentication failed") || details.includes("user name is empty")) {
    return new Error(`etcd at ${endpoint} refuses the user or its password: ${details}`, { cause: error });
  }
  if (isUnavailable(error)) {
    return new DatabaseUnavailable(`etcd at ${endpoint} does not answer: ${details || String(error)}`, {
      cause: error,
    });
  }
  return new Error(`etcd at ${endpoint} refuses: ${details || String(error)}`, { cause: error });
}
