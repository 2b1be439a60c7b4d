import assert from "node:assert/strict";
import { test } from "node:test";
import { paths, rule } from "../bootstrap/policy.ts";
import { notCovered, ruleText } from "./rbac-escalation.ts";
import { allows } from "./rbac.ts";

const user = { username: "u", groups: [] };
const may = (verb: string, target: string, name?: string) => {
  if (target.startsWith("/")) return { user, verb, path: target };
  const [groupResource, subresource] = target.split(":");
  const [group, resource] = groupResource!.includes("/") ? groupResource!.split("/") : ["", groupResource];
  return { user, verb, group: group!, version: "v1", resource: resource!, subresource, name };
};

for (const { says, held, asks, allowed } of [
  {
    says: "a named verb and resource",
    held: rule("get list", "core", "pods"),
    asks: may("get", "pods"),
    allowed: true,
  },
  { says: "another verb", held: rule("get list", "core", "pods"), asks: may("delete", "pods"), allowed: false },
  { says: "another group", held: rule("get", "core", "pods"), asks: may("get", "apps/pods"), allowed: false },
  { says: "stars", held: rule("*", "*", "*"), asks: may("delete", "apps/deployments:scale"), allowed: true },
  {
    says: "a resource does not cover its subresources",
    held: rule("get", "core", "pods"),
    asks: may("get", "pods:log"),
    allowed: false,
  },
  { says: "a named subresource", held: rule("get", "core", "pods/log"), asks: may("get", "pods:log"), allowed: true },
  {
    says: "a subresource of every resource",
    held: rule("update", "apps", "*/scale"),
    asks: may("update", "apps/deployments:scale"),
    allowed: true,
  },
  {
    says: "a named object",
    held: rule("get", "core", "configmaps", "a"),
    asks: may("get", "configmaps", "a"),
    allowed: true,
  },
  {
    says: "another object",
    held: rule("get", "core", "configmaps", "a"),
    asks: may("get", "configmaps", "b"),
    allowed: false,
  },
  {
    says: "a list where names are given",
    held: rule("list", "core", "configmaps", "a"),
    asks: may("list", "configmaps"),
    allowed: false,
  },
  { says: "a path", held: paths("get", "/version"), asks: may("get", "/version"), allowed: true },
  { says: "a path below a star", held: paths("get", "/apis/*"), asks: may("get", "/apis/apps/v1"), allowed: true },
  { says: "a path beside a star", held: paths("get", "/apis/*"), asks: may("get", "/api"), allowed: false },
  { says: "resource stars hold for no path", held: rule("*", "*", "*"), asks: may("get", "/metrics"), allowed: false },
]) {
  test(`a rule ${allowed ? "covers" : "does not cover"} ${says}`, () => {
    assert.equal(allows(held, asks), allowed);
  });
}

for (const { says, wanted, held, missing } of [
  {
    says: "nothing is missing of what is held",
    wanted: [rule("get", "core", "pods")],
    held: [rule("*", "core", "*")],
    missing: [],
  },
  {
    says: "verbs of one target stay together",
    wanted: [rule("get delete", "core", "pods secrets")],
    held: [rule("get list", "core", "pods")],
    missing: [
      '{APIGroups:[""], Resources:["pods"], Verbs:["delete"]}',
      '{APIGroups:[""], Resources:["secrets"], Verbs:["get" "delete"]}',
    ],
  },
  {
    says: "holding named objects is not holding all",
    wanted: [rule("get", "core", "secrets")],
    held: [rule("get", "core", "secrets", "a")],
    missing: ['{APIGroups:[""], Resources:["secrets"], Verbs:["get"]}'],
  },
  {
    says: "paths count too, each verb for itself",
    wanted: [paths("get post", "/x")],
    held: [paths("get", "/y/*")],
    missing: ['{NonResourceURLs:["/x"], Verbs:["get"]}', '{NonResourceURLs:["/x"], Verbs:["post"]}'],
  },
]) {
  test(`escalation: ${says}`, () => {
    assert.deepEqual(notCovered(wanted, held).map(ruleText), missing);
  });
}
