/** Who may act as whom, and who he is then. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { UserInfo } from "../../machinery/door.ts";
import { securedServer } from "../testing/secured.ts";

const RBAC = "rbac.authorization.k8s.io";
const REVIEWS = "/apis/authentication.k8s.io/v1/selfsubjectreviews";
const AUTHENTICATION = "authentication.k8s.io";
const WHO: UserInfo = { username: "u", groups: ["system:authenticated"] };
const AGENT: UserInfo = {
  username: "system:serviceaccount:default:agent",
  groups: ["system:authenticated"],
  extra: { "authentication.kubernetes.io/node-name": ["n1"] },
};

interface Rule {
  readonly verbs: readonly string[];
  readonly apiGroups: readonly string[];
  readonly resources: readonly string[];
  readonly resourceNames?: readonly string[];
}

const may = (verb: string, group: string, resource: string, ...resourceNames: string[]): Rule => ({
  verbs: [verb],
  apiGroups: [group],
  resources: [resource],
  ...(resourceNames.length > 0 && { resourceNames }),
});

/** Both users, and nobody, may do all of `rules`. */
async function withRules(rules: readonly Rule[]) {
  const server = await securedServer();
  const at = `/apis/${RBAC}/v1`;
  await server.send("POST", `${at}/clusterroles`, { metadata: { name: "r" }, rules });
  const { status, text } = await server.send("POST", `${at}/clusterrolebindings`, {
    metadata: { name: "r" },
    roleRef: { apiGroup: RBAC, kind: "ClusterRole", name: "r" },
    subjects: [WHO, AGENT, { username: "system:anonymous" }].map(({ username: name }) => ({
      kind: "User",
      apiGroup: RBAC,
      name,
    })),
  });
  assert.equal(status, 201, text);
  return (headers: object, who = WHO) => server.as(who, "POST", REVIEWS, {}, "", headers);
}

const on = (mode: string): Rule => may(`impersonate-on:${mode}:create`, AUTHENTICATION, "selfsubjectreviews");
const as = (user: string, more: object = {}) => ({ "impersonate-user": user, ...more });
const cannot = (verb: string, resource: string, group: string, where = "at the cluster scope", who = "u"): string =>
  `User "${who}" cannot ${verb} resource "${resource}" in API group "${group}" ${where}`;

const REVIEW = `selfsubjectreviews.${AUTHENTICATION} is forbidden: `;
const USERS = may("impersonate:user-info", AUTHENTICATION, "users", "jane");
const GROUPS = `groups.${AUTHENTICATION}`;

for (const [rule, rules, headers, expected, who] of [
  [
    "a user, as ever",
    [may("impersonate", "", "users", "jane")],
    as("jane"),
    { username: "jane", groups: ["system:authenticated"] },
  ],
  [
    "a user in groups and all else",
    [
      may("impersonate", "", "users"),
      may("impersonate", "", "groups", "a", "b"),
      may("impersonate", AUTHENTICATION, "uids", "7"),
      may("impersonate", AUTHENTICATION, "userextras/scopes/x", "s"),
    ],
    as("jane", { "impersonate-group": "a\nb", "impersonate-uid": "7", "impersonate-extra-scopes%2fx": "s" }),
    { username: "jane", uid: "7", groups: ["a", "b", "system:authenticated"], extra: { "scopes/x": ["s"] } },
  ],
  [
    "a service account",
    [may("impersonate", "", "serviceaccounts", "s")],
    as("system:serviceaccount:ns:s"),
    {
      username: "system:serviceaccount:ns:s",
      groups: ["system:serviceaccounts", "system:serviceaccounts:ns", "system:authenticated"],
    },
  ],
  [
    "what only looks like one",
    [may("impersonate", "", "users", "system:serviceaccount:ns:S")],
    as("system:serviceaccount:ns:S"),
    { username: "system:serviceaccount:ns:S", groups: ["system:authenticated"] },
  ],
  [
    "nobody",
    [may("impersonate", "", "users", "system:anonymous"), may("create", AUTHENTICATION, "selfsubjectreviews")],
    as("system:anonymous"),
    { username: "system:anonymous", groups: ["system:unauthenticated"] },
  ],
  [
    "another, without rights",
    [],
    as("jane"),
    REVIEW + cannot("impersonate-on:user-info:create", "selfsubjectreviews", AUTHENTICATION),
  ],
  [
    "another, for this request only",
    [on("user-info"), USERS],
    as("jane"),
    { username: "jane", groups: ["system:authenticated"] },
  ],
  [
    "another, for this request, but not him",
    [on("user-info"), USERS],
    as("john"),
    `users.${AUTHENTICATION} "john" is forbidden: ${cannot("impersonate:user-info", "users", AUTHENTICATION)}`,
  ],
  [
    "a master, by the narrow way",
    [on("user-info"), USERS, may("impersonate:user-info", AUTHENTICATION, "groups")],
    as("jane", { "impersonate-group": "system:masters" }),
    `${GROUPS} "system:masters" is forbidden: ${cannot("impersonate:user-info", "groups", AUTHENTICATION)}: impersonating the system:masters group is not allowed`,
  ],
  [
    "many groups by the right to all",
    [on("user-info"), USERS, may("impersonate:user-info", AUTHENTICATION, "groups", "*")],
    as("jane", { "impersonate-group": "a\nb\nc\nd" }),
    { username: "jane", groups: ["a", "b", "c", "d", "system:authenticated"] },
  ],
  [
    "one group, whose name has a comma",
    [may("impersonate", "", "users", "jane"), may("impersonate", "", "groups", "a,b")],
    as("jane", { "impersonate-group": "a,b" }),
    { username: "jane", groups: ["a,b", "system:authenticated"] },
  ],
  [
    "few groups by the right to all",
    [on("user-info"), USERS, may("impersonate:user-info", AUTHENTICATION, "groups", "*")],
    as("jane", { "impersonate-group": "a" }),
    `${GROUPS} "a" is forbidden: ${cannot("impersonate:user-info", "groups", AUTHENTICATION)}`,
  ],
  [
    "something with a key that is none",
    [on("user-info"), USERS],
    as("jane", { "impersonate-extra-scopes": "s" }),
    `userextras.${AUTHENTICATION} is forbidden: ${cannot("impersonate:user-info", "userextras", AUTHENTICATION)}: impersonating an invalid key in extra is not allowed: extra.key: Invalid value: "scopes": must be a domain-prefixed path (such as "acme.io/foo")`,
  ],
  [
    "a node",
    [on("arbitrary-node"), may("impersonate:arbitrary-node", AUTHENTICATION, "nodes", "n1")],
    as("system:node:n1"),
    { username: "system:node:n1", groups: ["system:nodes", "system:authenticated"] },
  ],
  [
    "its own node",
    [on("associated-node"), may("impersonate:associated-node", AUTHENTICATION, "nodes", "*")],
    as("system:node:n1"),
    { username: "system:node:n1", groups: ["system:nodes", "system:authenticated"] },
    AGENT,
  ],
  [
    "its own node, if only that is allowed",
    [on("associated-node"), may("impersonate:associated-node", AUTHENTICATION, "nodes", "n1")],
    as("system:node:n1"),
    `nodes.${AUTHENTICATION} "*" is forbidden: ${cannot("impersonate:associated-node", "nodes", AUTHENTICATION, undefined, AGENT.username)}`,
    AGENT,
  ],
  [
    "a node it is not on",
    [on("associated-node"), may("impersonate:associated-node", AUTHENTICATION, "nodes", "*")],
    as("system:node:n2"),
    REVIEW +
      cannot("impersonate-on:arbitrary-node:create", "selfsubjectreviews", AUTHENTICATION, undefined, AGENT.username),
    AGENT,
  ],
] as const) {
  test(`wants to be ${rule}: ${typeof expected === "string" ? "refused" : "is"}`, async () => {
    const ask = await withRules(rules);
    const { status, json } = await ask(headers, who);
    if (typeof expected === "string") assert.deepEqual([status, json.message], [403, expected]);
    else assert.deepEqual(json.status?.userInfo, expected, json.message);
  });
}

test("who has become somebody by the old way hears its refusals", async () => {
  const ask = await withRules([may("impersonate", "", "users", "jane")]);
  assert.equal((await ask(as("jane"))).status, 201);
  const { json } = await ask(as("john"));
  assert.equal(json.message, `users "john" is forbidden: ${cannot("impersonate", "users", "")}`);
});

test("a part of somebody without a name is a mistake", async () => {
  const ask = await withRules([]);
  const { status, json } = await ask({ "impersonate-group": "a" });
  assert.deepEqual(
    [status, json.message],
    [
      400,
      'requested &user.DefaultInfo{Name:"", UID:"", Groups:[]string{"a"}, Extra:map[string][]string(nil)} without impersonating a user name',
    ],
  );
});
