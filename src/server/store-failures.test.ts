/** What clients are told while the store cannot take writes: a Status with the reason, and all that can be read. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { openStore } from "../store/local-store.ts";
import { memoryJournal } from "../store/memory-journal.ts";
import type { JournalSink } from "../store/journal.ts";
import { StoreFull } from "../store/store.ts";
import { createScheme } from "../machinery/scheme.ts";
import { VirtualClock } from "../machinery/testing/virtual-clock.ts";
import { builtinKinds } from "../api/index.ts";
import { objectCodec } from "./encoding/json.ts";
import { testServer } from "./testing/server.ts";
import type { TestServer } from "./testing/server.ts";

test("a full disk is 503 with its reason for writers and nothing for readers, and passes", async () => {
  const journal = memoryJournal();
  let full: Error | undefined;
  const server = await serve({ ...journal, refusal: () => full });
  assert.equal((await create(server, "a")).status, 201);
  full = new StoreFull("no space left: less than 32768 KiB are free on the disk of /data");
  const refused = await create(server, "b");
  assert.deepEqual(refused.json, {
    kind: "Status",
    apiVersion: "v1",
    metadata: {},
    status: "Failure",
    message: "no space left: less than 32768 KiB are free on the disk of /data; free some, and writes are taken again",
    reason: "ServiceUnavailable",
    code: 503,
  });
  assert.equal((await server.send("GET", "/api/v1/namespaces/a", undefined)).status, 200);
  assert.equal((await server.send("GET", "/readyz", undefined)).status, 200);
  full = undefined;
  assert.equal((await create(server, "b")).status, 201);
});

test("a failed disk is 500 with its reason for writers and nothing for readers; the server is neither ready nor alive", async () => {
  const journal = memoryJournal();
  let sink: JournalSink | undefined;
  const server = await serve({
    ...journal,
    start(given) {
      sink = given;
      journal.start(given);
    },
  });
  assert.equal((await create(server, "a")).status, 201);
  for (const path of ["/readyz", "/livez"]) assert.equal((await server.send("GET", path, undefined)).status, 200);
  sink!.failed(new Error("writing to /data failed (Input/output error); check its disk and start again"));
  const refused = await create(server, "b");
  assert.equal(refused.status, 500);
  assert.match(
    refused.text,
    /no more writes are taken .*writing to \/data failed \(Input\/output error\); check its disk/,
  );
  assert.equal((await server.send("GET", "/api/v1/namespaces/a", undefined)).status, 200);
  for (const [path, check] of [
    ["/readyz", "poststarthook/storage-readiness"],
    ["/livez", "etcd"],
  ]) {
    const { status, text } = await server.send("GET", path!, undefined);
    assert.equal(status, 500);
    assert.ok(text.includes(`[-]${check} failed: reason withheld`), text);
  }
});

function create(server: TestServer, name: string): ReturnType<TestServer["send"]> {
  return server.send("POST", "/api/v1/namespaces", { apiVersion: "v1", kind: "Namespace", metadata: { name } });
}

async function serve(journal: Parameters<typeof openStore>[0]["journal"]): Promise<TestServer> {
  const store = await openStore({ clock: new VirtualClock(), codec: objectCodec(createScheme(builtinKinds)), journal });
  return testServer({ store });
}
