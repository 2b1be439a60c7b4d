import { field, list, map, message, string } from "../../machinery/schema/builders.ts";
import type { TypeOf } from "../../machinery/schema/schema.ts";

export const UserInfo = message(
  "io.k8s.api.authentication.v1.UserInfo",
  {
    username: field(1, string(), "Its name, unique among those that are active."),
    uid: field(2, string(), "Tells users of the same name apart over time."),
    groups: field(3, list(string()).atomic(), "Groups it is in."),
    extra: field(4, map(list(string())), "What else the authenticator tells."),
  },
  { doc: "A user as the server knows it." },
);
export type UserInfo = TypeOf<typeof UserInfo>;
