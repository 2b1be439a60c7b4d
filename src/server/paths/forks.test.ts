import assert from "node:assert/strict";
import { test } from "node:test";
import { badRequest } from "../../machinery/errors.ts";
import type { ForkRequest, ToldFork } from "../../machinery/told-fork.ts";
import type { Forks } from "../parts.ts";
import { testServer } from "../testing/server.ts";

const PATH = "/tiphys/v1/forks";
const RESET = "/tiphys/v1/reset";
const MAPS = "/api/v1/namespaces/default/configmaps";

class FakeForks implements Forks {
  readonly made: ForkRequest[] = [];
  #forks: ToldFork[] = [];

  list(): readonly ToldFork[] {
    return this.#forks;
  }

  async create(request: ForkRequest): Promise<ToldFork> {
    if (request.components?.includes("etcd")) throw badRequest('unknown component "etcd"');
    this.made.push(request);
    const fork = {
      name: request.name,
      server: "https://x",
      revision: 7,
      created: "2026-01-02T03:04:05Z",
      components: [],
    };
    this.#forks.push(fork);
    return fork;
  }

  async remove(name: string): Promise<void> {
    this.#forks = this.#forks.filter((fork) => fork.name !== name);
  }
}

test("forks are made, listed and ended", async () => {
  const forks = new FakeForks();
  const { send } = await testServer({ forks });
  const made = await send("POST", PATH, { name: "try", controllers: ["*", "-job"] });
  assert.deepEqual([made.status, made.json.name], [201, "try"]);
  assert.deepEqual(forks.made, [{ name: "try", components: undefined, controllers: ["*", "-job"] }]);
  assert.deepEqual((await send("GET", PATH)).json.items, [made.json]);
  assert.equal((await send("DELETE", `${PATH}?name=try`)).status, 200);
  assert.deepEqual((await send("GET", PATH)).json.items, []);
});

test("what cannot be is refused before anything is made", async () => {
  const forks = new FakeForks();
  const { send } = await testServer({ forks });
  for (let i = 0; i < 8; i++) await send("POST", PATH, { name: `f${i}` });
  const noName = "is no name for a fork: it has up to 40 lower case letters, digits and dashes between";
  for (const [method, path, body, code, message] of [
    ["POST", PATH, { name: "Try" }, 400, `"Try" ${noName}`],
    ["POST", PATH, { name: "list" }, 400, `"list" ${noName}`],
    ["POST", PATH, {}, 400, `"undefined" ${noName}`],
    ["POST", PATH, "[1]", 400, "the request needs a body, a JSON object"],
    ["POST", PATH, "{", 400, "the request needs a body, a JSON object"],
    ["POST", PATH, { name: "a", controllers: "all" }, 400, "components and controllers are lists of names"],
    ["POST", PATH, { name: "f1" }, 400, 'there is a fork "f1" already'],
    ["POST", PATH, { name: "f9" }, 400, "there are 8 forks already, which is the most: delete one first"],
    ["DELETE", `${PATH}?name=f9`, undefined, 404, 'forks.tiphys "f9" not found'],
    ["PUT", PATH, {}, 405, "the server does not allow this method on the requested resource"],
    ["GET", RESET, undefined, 405, "the server does not allow this method on the requested resource"],
    ["POST", RESET, {}, 400, 'a reset needs a moment: {"to": "15m"}'],
    ["POST", RESET, { to: "999" }, 400, "revision 999 does not exist yet: the newest is 1"],
  ] as const) {
    const { status, json } = await send(method, path, body);
    assert.deepEqual([status, json.message], [code, message]);
  }
  assert.equal(forks.made.length, 8);
  const alone = await (await testServer()).send("POST", PATH, { name: "try" });
  assert.equal(alone.status, 405);
});

test("a reset makes everything what it was, but Events and Leases stay; a reset to before it undoes it", async () => {
  const { send, store } = await testServer();
  await send("POST", "/api/v1/namespaces", { metadata: { name: "default" } });
  const past = store.revision;
  await send("POST", MAPS, { metadata: { name: "a" } });
  await send("POST", "/apis/coordination.k8s.io/v1/namespaces/default/leases", { metadata: { name: "lead" } });
  const done = await send("POST", RESET, { to: String(past) });
  assert.deepEqual(done.json, {
    kind: "Reset",
    apiVersion: "tiphys/v1",
    to: past,
    revision: past + 3,
    before: past + 2,
    objects: 1,
  });
  assert.equal((await send("GET", `${MAPS}/a`)).status, 404);
  assert.equal((await send("GET", "/apis/coordination.k8s.io/v1/namespaces/default/leases/lead")).status, 200);
  assert.deepEqual([store.record(past + 3)?.user, store.record(past + 3)?.path], ["admin", RESET]);
  await send("POST", RESET, { to: String(done.json.before) });
  assert.equal((await send("GET", `${MAPS}/a`)).status, 200);
});
