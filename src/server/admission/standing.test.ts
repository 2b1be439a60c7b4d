import assert from "node:assert/strict";
import { test } from "node:test";
import { VirtualClock } from "../../machinery/testing/virtual-clock.ts";
import { openStore } from "../../store/local-store.ts";
import { jsonCodec } from "../../store/testing/json-codec.ts";
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
