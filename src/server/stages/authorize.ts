import { denied } from "../../machinery/errors.ts";
import type { UserInfo } from "../../machinery/door.ts";
import type { Attributes } from "../authorization/authorizer.ts";
import { readSelectors } from "../authorization/selectors.ts";
import type { Exchange } from "../exchange.ts";
import type { RequestInfo } from "../request-info.ts";

/** Whether he may: 403 in upstream's words unless an authorizer allows it. */
export function authorize(exchange: Exchange): Promise<void> {
  return requireAllowed(exchange, attributesOf(exchange.info, exchange.user));
}

/** Throws the 403 of an attempt that no authorizer allows. */
export async function requireAllowed({ parts }: Exchange, attributes: Attributes): Promise<void> {
  const answer = parts.authorizer.authorize(attributes);
  const { verdict, reason = "" } = answer instanceof Promise ? await answer : answer;
  if (verdict === "allow") return;
  const { user, verb } = attributes;
  if (attributes.path !== undefined) throw denied({ user: user.username, verb, path: attributes.path, reason });
  const { group, resource, subresource, namespace, name } = attributes;
  throw denied({ user: user.username, verb, resource: { group, resource, subresource }, namespace, name, reason });
}

export function attributesOf(info: RequestInfo, user: UserInfo): Attributes {
  if (!info.isResource) return { user, verb: info.verb, path: info.path };
  const { verb, group, version, resource, subresource, namespace, name, fieldSelector, labelSelector } = info;
  return {
    user,
    verb,
    group,
    version,
    resource,
    ...(subresource !== "" && { subresource }),
    ...(namespace !== "" && { namespace }),
    ...(name !== "" && { name }),
    ...readSelectors(fieldSelector, labelSelector),
  };
}
