import assert from "node:assert/strict";
import { test } from "node:test";
import { bytesText, countText, meterOn, percentText } from "./meter.ts";

for (const [isTTY, written] of [
  [true, ["\r\u001b[K2", "\r\u001b[K3", "\r\u001b[K"]],
  [false, ["3\n"]],
] as const) {
  test(`a meter on ${isTTY ? "a terminal writes one line over" : "anything else seldom writes a line"}`, () => {
    let now = 0;
    const said: string[] = [];
    const meter = meterOn({ isTTY, write: (text) => said.push(text) }, () => now);
    for (const [time, step] of [
      [50, 1],
      [150, 2],
      [160, 2.5],
      [2500, 3],
    ] as const) {
      now = time;
      meter.at(() => String(step));
    }
    meter.end();
    assert.deepEqual(said, written);
  });
}

test("sizes and counts as people read them", () => {
  assert.deepEqual([bytesText(1023), bytesText(1536), bytesText(5 * 2 ** 30)], ["1023 bytes", "1.5 KiB", "5.0 GiB"]);
  assert.deepEqual([countText(1234567), percentText(2, 3)], ["1,234,567", "66%"]);
});
