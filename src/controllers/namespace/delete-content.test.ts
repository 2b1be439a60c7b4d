import assert from "node:assert/strict";
import { test } from "node:test";
import { createClient } from "../../client/index.ts";
import { TinyServer } from "../../client/testing/tiny-server.ts";
import type { Door } from "../../machinery/door.ts";
import { methodNotAllowed } from "../../machinery/errors.ts";
import { deleteContent } from "./delete-content.ts";

const PATH = "/api/v1/namespaces/team/configmaps";
const ALL = ["list", "delete", "deletecollection"];

/** What is asked about config maps, of which there are two, in the namespace; and what is left. */
async function rounds(names: readonly string[], verbs: readonly string[], refused?: RegExp) {
  const server = new TinyServer();
  const asked: string[] = [];
  const lists: Readonly<Record<string, object>> = {
    "/apis": { groups: [] },
    "/api/v1": { resources: [{ name: "configmaps", kind: "ConfigMap", namespaced: true, verbs }] },
  };
  const door: Door = async (request) => {
    const { method, path, query } = request;
    const list = lists[path];
    if (list)
      return { status: 200, headers: {}, body: { form: "object", object: list, bytes: () => new Uint8Array() } };
    asked.push(`${method} ${path.slice(PATH.length)}${query && `?${query}`}`);
    if (method === "DELETE" && path === PATH && !refused) {
      for (const name of names) server.objects.delete(`${PATH}/${name}`);
      return { status: 200, headers: {}, body: { form: "object", object: {}, bytes: () => new Uint8Array() } };
    }
    return server.door(request);
  };
  const error = methodNotAllowed();
  if (refused) server.failures.push({ match: refused, error, times: 1e9 });
  for (const name of names) server.putSilently(`${PATH}/${name}`, { metadata: { name, namespace: "team" } });
  const client = createClient(door, { userAgent: "test", user: { username: "test", groups: [] } });
  const { remaining, failures } = await deleteContent(client, "team");
  assert.deepEqual(failures, []);
  return { asked, left: server.objects.size, remaining: [...remaining] };
}

for (const { rule, names, verbs, refused, asked, left = 0, remaining = [] } of [
  { rule: "of a kind that is not there one object at most is read", names: [], verbs: ALL, asked: ["GET ?limit=1"] },
  {
    rule: "what is there is deleted as a collection, and what is left is counted",
    names: ["a", "b"],
    verbs: ALL,
    asked: ["GET ?limit=1", "DELETE ", "GET "],
  },
  {
    rule: "a server that only says it deletes collections is asked for one after the other",
    names: ["a", "b"],
    verbs: ALL,
    refused: /^DELETE .*configmaps$/,
    asked: ["GET ?limit=1", "DELETE ", "GET ", "DELETE /a", "DELETE /b", "GET "],
  },
  {
    rule: "what cannot be deleted at all stays, and is counted",
    names: ["a"],
    verbs: ["list", "delete"],
    refused: /^DELETE /,
    asked: ["GET ", "DELETE /a", "GET "],
    left: 1,
    remaining: [["configmaps.", 1]],
  },
  {
    rule: "what cannot be listed is deleted unseen",
    names: ["a"],
    verbs: ["deletecollection", "delete"],
    asked: ["DELETE "],
  },
] as readonly {
  readonly rule: string;
  readonly names: readonly string[];
  readonly verbs: readonly string[];
  readonly refused?: RegExp;
  readonly asked: readonly string[];
  readonly left?: number;
  readonly remaining?: readonly [string, number][];
}[]) {
  test(rule, async () => {
    assert.deepEqual(await rounds(names, verbs, refused), { asked, left, remaining });
  });
}
