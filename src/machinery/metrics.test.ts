import assert from "node:assert/strict";
import { test } from "node:test";
import { MetricRegistry } from "./metrics.ts";

const linesOf = (registry: MetricRegistry): string[] =>
  registry
    .text()
    .split("\n")
    .filter((line) => line !== "" && !line.startsWith("#"));

test("counters count by label, values escaped", () => {
  const registry = new MetricRegistry();
  const counter = registry.counter("c_total", "help", ["a"]);
  counter.add(2, { a: 'x"y' });
  counter.at({ a: 'x"y' }).value++;
  assert.deepEqual(linesOf(registry), ['c_total{a="x\\"y"} 3']);
});

test("buckets are cumulative, a bound belongs to its bucket", () => {
  const registry = new MetricRegistry();
  const histogram = registry.histogram("h", "help", [], [1, 2]);
  for (const value of [0.5, 1, 1.5, 3]) histogram.observe(value, {});
  assert.deepEqual(linesOf(registry), [
    'h_bucket{le="1"} 2',
    'h_bucket{le="2"} 3',
    'h_bucket{le="+Inf"} 4',
    "h_sum 6",
    "h_count 4",
  ]);
});

test("labels that clients choose cannot fill memory", () => {
  const registry = new MetricRegistry();
  const counter = registry.counter("c_total", "help", ["a"]);
  for (let i = 0; i < 6000; i++) counter.add(1, { a: String(i) });
  assert.ok(linesOf(registry).length <= 5001);
  assert.ok(registry.text().includes('c_total{a="other"} 1000'));
});

test("a name is taken once", () => {
  const registry = new MetricRegistry();
  registry.reading("r", "help", () => 7);
  assert.throws(() => registry.counter("r", "help"), /exists already/);
  assert.deepEqual(linesOf(registry), ["r 7"]);
});
