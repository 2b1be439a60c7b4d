import { denied } from "../../machinery/errors.ts";
import type { UserInfo } from "../../machinery/door.ts";
import type { Attributes } from "../authorization/authorizer.ts";
import type { Exchange } from "../exchange.ts";
import type { RequestInfo } from "../request-info.ts";

/** Whether he may: 403 in upstream's words unless an authorizer allows it. */
export async function authorize(exchange: Exchange): Promise<void> {
  const { info, user } = exchange;
  const answer = exchange.parts.authorizer.authorize(attributesOf(info, user));
  const decision = answer instanceof Promise ? await answer : answer;
  if (decision.verdict === "allow") return;
  throw denied({
    user: user.username,
    verb: info.verb,
    path: info.path,
    name: info.name,
    namespace: info.namespace,
    reason: decision.reason ?? "",
    ...(info.isResource && {
      resource: { group: info.group, resource: info.resource, subresource: info.subresource },
    }),
  });
}

export function attributesOf(info: RequestInfo, user: UserInfo): Attributes {
  if (!info.isResource) return { user, verb: info.verb, path: info.path };
  const { verb, group, version, resource, subresource, namespace, name } = info;
  return {
    user,
    verb,
    group,
    version,
    resource,
    ...(subresource !== "" && { subresource }),
    ...(namespace !== "" && { namespace }),
    ...(name !== "" && { name }),
  };
}
