import assert from "node:assert/strict";
import { test } from "node:test";
import type { ApiRequest, ApiResponse } from "../machinery/door.ts";
import { notFound } from "../machinery/errors.ts";
import { VirtualClock } from "../machinery/testing/virtual-clock.ts";
import type { Client } from "./client.ts";
import { serviceAccountDoor } from "./service-account.ts";

const HOUR = 3600_000;

/** A server that knows the newest token only, and gives them for an hour. */
class Server {
  readonly clock = new VirtualClock();
  readonly asked: string[] = [];
  accounts = new Set<string>();
  issued = 0;

  readonly client = {
    get: async (_: unknown, name: string) => {
      this.asked.push(`get ${name}`);
      if (!this.accounts.has(name)) throw notFound({ group: "", resource: "serviceaccounts" }, name);
    },
    create: async (_: unknown, { metadata }: { metadata: { name: string } }) => {
      this.asked.push(`create ${metadata.name}`);
      this.accounts.add(metadata.name);
    },
    subresource: async (_: unknown, name: string) => {
      this.asked.push(`token ${name}`);
      const expirationTimestamp = new Date(this.clock.now() + HOUR).toISOString();
      return { status: { token: `${name}-${++this.issued}`, expirationTimestamp } };
    },
  } as unknown as Client;

  readonly door = async ({ headers }: ApiRequest): Promise<ApiResponse> => {
    const known = headers["authorization"] === `Bearer job-controller-${this.issued}`;
    return { status: known ? 200 : 401, headers: {}, body: { form: "none" } };
  };

  readonly account = serviceAccountDoor(this, "kube-system", "job-controller");

  async ask(): Promise<number> {
    const signal = new AbortController().signal;
    const request = { method: "GET", path: "/", query: "", headers: {}, peer: { address: "test" }, signal };
    return (await this.account(request)).status;
  }
}

test("the account is made where it is missing, and its token asked for once", async () => {
  const server = new Server();
  assert.deepEqual(await Promise.all([server.ask(), server.ask()]), [200, 200]);
  assert.deepEqual(server.asked, ["get job-controller", "create job-controller", "token job-controller"]);
});

test("a token is replaced after four fifths of its life", async () => {
  const server = new Server();
  server.accounts.add("job-controller");
  await server.ask();
  await server.clock.advance(0.79 * HOUR);
  await server.ask();
  assert.equal(server.issued, 1);
  await server.clock.advance(0.01 * HOUR);
  assert.equal(await server.ask(), 200);
  assert.equal(server.issued, 2);
});

test("a token that is not accepted any more is replaced at once", async () => {
  const server = new Server();
  await server.ask();
  server.issued++;
  assert.equal(await server.ask(), 200);
  assert.equal(server.issued, 3);
});

test("a token that cannot be had fails the request, and the next one asks again", async () => {
  const server = new Server();
  const { get } = server.client;
  server.client.get = () => Promise.reject(new Error("unreachable"));
  await assert.rejects(server.ask(), /unreachable/);
  server.client.get = get;
  assert.equal(await server.ask(), 200);
});
