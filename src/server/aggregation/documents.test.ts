/** One OpenAPI document of all servers. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { mergedOpenApi } from "./documents.ts";
import type { Extension } from "./extension.ts";

test("extensions add their paths, and what these refer to, where there is nothing of that name", () => {
  const own = { paths: { "/api": 1 }, definitions: { A: 1 }, parameters: { "p-1": 1 } };
  const openApiV2 = {
    paths: { "/apis/x/v1/things": 2, "/apis/other/v1/": 2 },
    definitions: { A: 2, B: 2 },
    parameters: { "p-1": 2, "q-1": 2 },
  };
  const merged = mergedOpenApi(own, [{ name: "x/v1", openApiV2 } as unknown as Extension]);
  assert.deepEqual(merged, {
    paths: { "/api": 1, "/apis/x/v1/things": 2 },
    definitions: { A: 1, B: 2 },
    parameters: { "p-1": 1, "q-1": 2 },
  });
});
