import { field, list, map, message, string } from "../../machinery/schema/builders.ts";
import type { TypeOf } from "../../machinery/schema/schema.ts";

export const UserInfo = message("io.k8s.api.authentication.v1.UserInfo", {
  username: field(1, string()),
  uid: field(2, string()),
  groups: field(3, list(string()).atomic()),
  extra: field(4, map(list(string()))),
});
export type UserInfo = TypeOf<typeof UserInfo>;
