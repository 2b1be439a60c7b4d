/** Which requests a FlowSchema is about. */
import type {
  FlowSchemaSubject,
  NonResourcePolicyRule,
  PolicyRulesWithSubjects,
  ResourcePolicyRule,
} from "../../api/flowcontrol/flow-schema.ts";
import type { UserInfo } from "../../machinery/door.ts";
import type { RequestInfo } from "../request-info.ts";

export function isAbout(rules: readonly PolicyRulesWithSubjects[], user: UserInfo, info: RequestInfo): boolean {
  return rules.some(
    ({ subjects, resourceRules = [], nonResourceRules = [] }) =>
      subjects.some((subject) => isSubject(subject, user)) &&
      (info.isResource
        ? resourceRules.some((rule) => isResource(rule, info))
        : nonResourceRules.some((rule) => isPath(rule, info))),
  );
}

const ACCOUNT = "system:serviceaccount:";

function isSubject({ kind, user: wanted, group, serviceAccount }: FlowSchemaSubject, user: UserInfo): boolean {
  const { username, groups } = user;
  if (kind === "User") return wanted?.name === "*" || wanted?.name === username;
  if (kind === "Group") return group !== undefined && (group.name === "*" || groups.includes(group.name));
  if (serviceAccount === undefined) return false;
  const { namespace, name } = serviceAccount;
  if (name === "*") return username.startsWith(`${ACCOUNT}${namespace}:`);
  return username === `${ACCOUNT}${namespace}:${name}`;
}

const named = (list: readonly string[], value: string): boolean =>
  (list.length === 1 && list[0] === "*") || list.includes(value);

function isResource(rule: ResourcePolicyRule, { verb, group, resource, subresource, namespace }: RequestInfo): boolean {
  const full = subresource === "" ? resource : `${resource}/${subresource}`;
  if (!named(rule.verbs, verb) || !named(rule.resources, full) || !named(rule.apiGroups, group)) return false;
  return namespace === "" ? rule.clusterScope === true : named(rule.namespaces ?? [], namespace);
}

/** A URL stands for all below it, with or without an asterisk. */
function isPath({ verbs, nonResourceURLs }: NonResourcePolicyRule, { verb, path }: RequestInfo): boolean {
  if (!named(verbs, verb)) return false;
  return nonResourceURLs.some((url) => {
    if (url === "*" || url === path) return true;
    const prefix = url.replace(/\*$/, "");
    return path.startsWith(prefix.endsWith("/") ? prefix : `${prefix}/`);
  });
}
