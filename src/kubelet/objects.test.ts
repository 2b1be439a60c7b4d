import assert from "node:assert/strict";
import { test } from "node:test";
import type { Client } from "../client/client.ts";
import { VirtualClock } from "../machinery/testing/virtual-clock.ts";
import type { Reference } from "./objects.ts";
import { watchedObjects } from "./objects.ts";
import { FakeApi } from "./testing/fake-api.ts";

const settings: Reference = { resource: "configmaps", namespace: "default", name: "settings" };
const put = (api: FakeApi, value: string): void =>
  void api.put("configmaps", { metadata: { name: "settings", namespace: "default" }, data: { value } });
const change = (api: FakeApi): void => put(api, "new");

interface Case {
  readonly rule: string;
  readonly before?: (api: FakeApi) => void;
  /** After the holder has read the object and before the first list is answered. */
  readonly meanwhile?: (api: FakeApi) => void;
  readonly after?: (api: FakeApi) => void;
  readonly told: number;
  readonly value: string | undefined;
}

const CASES: readonly Case[] = [
  { rule: "what a holder has read is no news", before: (api) => put(api, "old"), told: 0, value: "old" },
  { rule: "what is missing and stays so is no news", told: 0, value: undefined },
  {
    rule: "a change before the first list",
    before: (api) => put(api, "old"),
    meanwhile: change,
    told: 1,
    value: "new",
  },
  { rule: "an object that comes before the first list", meanwhile: change, told: 1, value: "new" },
  { rule: "a change after it", before: (api) => put(api, "old"), after: change, told: 1, value: "new" },
  {
    rule: "an object that goes",
    before: (api) => put(api, "old"),
    after: (api) => api.drop("configmaps", "settings", "default"),
    told: 1,
    value: undefined,
  },
];

for (const { rule, before, meanwhile, after, told, value } of CASES) {
  test(`holders are told of changes only: ${rule}`, async () => {
    const clock = new VirtualClock();
    const api = new FakeApi(clock);
    before?.(api);
    const listed = Promise.withResolvers<void>();
    const list: Client["list"] = async (kind, options) => {
      await listed.promise;
      return api.client.list(kind, options);
    };
    const objects = watchedObjects({ ...api.client, list }, clock);
    let count = 0;
    const release = objects.hold([settings], () => count++);
    await objects.configMap("default", "settings");
    meanwhile?.(api);
    listed.resolve();
    await clock.advance(1);
    after?.(api);
    await clock.advance(1);
    const found = await objects.configMap("default", "settings");
    release();
    assert.deepEqual([count, found?.data?.value], [told, value]);
  });
}

test("a watch that begins while the object is asked for knows better", async () => {
  const clock = new VirtualClock();
  const api = new FakeApi(clock);
  put(api, "old");
  const answered = Promise.withResolvers<void>();
  const get: Client["get"] = async (kind, name, namespace) => {
    const object = await api.client.get(kind, name, namespace);
    await answered.promise;
    return object;
  };
  const listed = Promise.withResolvers<void>();
  const list: Client["list"] = async (kind, options) => {
    await listed.promise;
    return api.client.list(kind, options);
  };
  const objects = watchedObjects({ ...api.client, get, list }, clock);
  const release = objects.hold([settings], () => {});
  const reading = objects.configMap("default", "settings");
  await clock.advance(1);
  change(api);
  listed.resolve();
  await clock.advance(1);
  answered.resolve();
  assert.equal((await reading)?.data?.value, "new");
  release();
});
