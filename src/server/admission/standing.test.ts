import assert from "node:assert/strict";
import { test } from "node:test";
import { SeededRandom } from "../../machinery/testing/seeded-random.ts";
import { VirtualClock } from "../../machinery/testing/virtual-clock.ts";
import { openStore } from "../../store/local-store.ts";
import { registryLayout } from "../../store/registry-layout.ts";
import { openSharedStore } from "../../store/shared-store.ts";
import type { Store, Write } from "../../store/store.ts";
import { jsonCodec } from "../../store/testing/json-codec.ts";
import { MemoryDatabase } from "../../store/testing/memory-database.ts";
import { sharedJsonCodec } from "../../store/testing/shared-codec.ts";
import { standing } from "./standing.ts";

test("what stands under a prefix follows the store, and is the very same list until it changes", async () => {
  const store = await openStore({ clock: new VirtualClock(), codec: jsonCodec });
  const put = async (key: string): Promise<void> => {
    await store.commit([{ key, expected: 0, object: () => ({ key }) }], {});
  };
  await put("/core/limitranges/a/one");
  const ranges = standing<{ key: string }>(store, "/core/limitranges/");
  const keys = (place?: string): string[] => ranges(place).map(({ key }) => key);
  assert.deepEqual([keys("a/"), keys("b/"), keys()], [["/core/limitranges/a/one"], [], ["/core/limitranges/a/one"]]);
  const before = ranges("a/");
  await put("/core/limitranges/b/two");
  await put("/core/pods/a/three");
  assert.equal(ranges("a/"), before);
  assert.deepEqual(keys("b/"), ["/core/limitranges/b/two"]);
  assert.deepEqual(keys(), ["/core/limitranges/a/one", "/core/limitranges/b/two"]);
  const { revision } = store.head("/core/limitranges/a/one")!;
  await store.commit([{ key: "/core/limitranges/a/one", expected: revision, object: undefined }], {});
  assert.deepEqual([keys("a/"), keys()], [[], ["/core/limitranges/b/two"]]);
});

test("of a shared database it follows also what other servers wrote while nobody could tell", async () => {
  const database = new MemoryDatabase();
  const clock = new VirtualClock();
  const open = async (seed: number): Promise<{ store: Store; door: ReturnType<MemoryDatabase["door"]> }> => {
    const door = database.door();
    const layout = registryLayout([{ group: "core", resource: "limitranges" }]);
    const random = new SeededRandom(seed);
    const ports = { database: door, layout, clock, random };
    return { store: await openSharedStore({ ...ports, codec: sharedJsonCodec, compactEvery: 0 }), door };
  };
  const [here, there] = [await open(1), await open(2)];
  const put = (name: string): Write => ({ key: `/core/limitranges/a/${name}`, expected: 0, object: () => ({ name }) });
  const one = await there.store.commit([put("one")], {});
  await here.store.refresh!();
  const ranges = standing<{ name: string }>(here.store, "/core/limitranges/");
  const names = (): string[] => ranges("a/").map(({ name }) => name);
  assert.deepEqual(names(), ["one"]);
  await there.store.commit([put("two")], {});
  await here.store.refresh!();
  assert.deepEqual(names(), ["one", "two"]);
  here.door.cut();
  await there.store.commit([{ key: "/core/limitranges/a/one", expected: one.revision, object: undefined }], {});
  database.compact(database.revision);
  here.door.mend();
  await clock.advance(1000);
  await here.store.refresh!();
  assert.deepEqual(names(), ["two"]);
});
