import assert from "node:assert/strict";
import { test } from "node:test";
import { type LogOptions, openLog } from "./log.ts";

async function lines(
  options: LogOptions,
  speak: (log: Awaited<ReturnType<typeof openLog>>) => void,
): Promise<string[]> {
  const written: string[] = [];
  speak(
    await openLog({
      ...options,
      now: () => Date.UTC(2026, 0, 2, 3, 4, 5, 67),
      stream: { write: (text) => written.push(text) },
    }),
  );
  return written;
}

test("text: time, level, component, message and fields on one line", async () => {
  const written = await lines({}, (log) => {
    const child = log.child({ component: "kube-scheduler", node: "n1" });
    child.info("Bound the pod", { pod: "default/web", tries: 2, why: "it fits", detail: { a: [1] }, none: undefined });
    child.error("two\nlines", { error: new Error("went wrong") });
    log.debug("not shown");
  });
  assert.deepEqual(written, [
    `03:04:05.067 INFO  kube-scheduler: Bound the pod node=n1 pod=default/web tries=2 why="it fits" detail={"a":[1]}\n`,
    `03:04:05.067 ERROR kube-scheduler: "two\\nlines" node=n1 error="went wrong"\n`,
  ]);
});

test("text: very long values are cut", async () => {
  const [line] = await lines({}, (log) => log.warn("x", { value: "y".repeat(5000) }));
  assert.ok(line!.length < 1100);
});

test("json: one object a line", async () => {
  const written = await lines({ format: "json", level: "debug" }, (log) => {
    log.child({ component: "kubelet" }).debug("hello", { pod: "a" });
  });
  assert.deepEqual(JSON.parse(written[0]!), {
    level: "debug",
    time: Date.UTC(2026, 0, 2, 3, 4, 5, 67),
    component: "kubelet",
    pod: "a",
    msg: "hello",
  });
});
