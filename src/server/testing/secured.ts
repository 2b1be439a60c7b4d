/** A test server as clusters have it: bootstrap policy, RBAC, Node rules and the admission plugins that are on by default. */
import { builtinKinds } from "../../api/index.ts";
import type { UserInfo } from "../../machinery/door.ts";
import { createScheme } from "../../machinery/scheme.ts";
import { SeededRandom } from "../../machinery/testing/seeded-random.ts";
import { VirtualClock } from "../../machinery/testing/virtual-clock.ts";
import { openStore } from "../../store/local-store.ts";
import { defaultPlugins } from "../admission/plugins.ts";
import { firstOf } from "../authorization/authorizer.ts";
import { NodeAuthorizer } from "../authorization/node.ts";
import { RbacAuthorizer, mastersAuthorizer } from "../authorization/rbac.ts";
import { bootstrap } from "../bootstrap/bootstrap.ts";
import { objectCodec } from "../encoding/json.ts";
import { testServer } from "./server.ts";
import type { TestServer } from "./server.ts";

export interface SecuredServer extends TestServer {
  /** Sends a JSON request (PATCH: a merge patch) as somebody else than the admin. */
  as(
    user: UserInfo,
    method: string,
    path: string,
    body?: unknown,
    query?: string,
    headers?: object,
  ): ReturnType<TestServer["send"]>;
  /** Runs the bootstrap again. */
  bootstrap(): Promise<void>;
}

export async function securedServer(): Promise<SecuredServer> {
  const clock = new VirtualClock(Date.UTC(2026, 0, 2));
  const scheme = createScheme(builtinKinds);
  const store = await openStore({ clock, codec: objectCodec(scheme) });
  const rbac = new RbacAuthorizer(store);
  const authorizer = firstOf([mastersAuthorizer, new NodeAuthorizer(store), rbac]);
  const admission = defaultPlugins({ store, scheme, random: new SeededRandom(2), rbac, authorizer });
  const server = await testServer({ store, scheme, authorizer, admission });
  const start = (): Promise<void> =>
    bootstrap({
      door: server.door,
      signal: new AbortController().signal,
      served: [{ group: "", version: "v1" }],
      serviceCidr: "10.96.0.0/16",
      serviceIp: "10.96.0.1",
    });
  await start();
  return {
    ...server,
    bootstrap: start,
    async as(user, method, path, body, query = "", headers = {}) {
      const bytes = body === undefined ? undefined : new TextEncoder().encode(JSON.stringify(body));
      const response = await server.door({
        method,
        path,
        query,
        headers: {
          "user-agent": "test/1.0",
          ...headers,
          ...(bytes && { "content-type": method === "PATCH" ? "application/merge-patch+json" : "application/json" }),
        },
        ...(bytes && { body: { form: "bytes", bytes } }),
        peer: { address: "test", user },
        signal: new AbortController().signal,
      });
      const text = response.body.form === "object" ? new TextDecoder().decode(response.body.bytes()) : "";
      return { status: response.status, headers: response.headers, text, json: text ? JSON.parse(text) : undefined };
    },
  };
}
