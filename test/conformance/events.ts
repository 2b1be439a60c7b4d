/** Events of both groups. */
import assert from "node:assert/strict";
import type { Caller, Json } from "./caller.ts";
import type { Specs } from "./rig.ts";

const CORE = "[sig-instrumentation] Events";
const GROUP = "[sig-instrumentation] Events API";

const coreEvent = (namespace: string, name: string, labels: Json): Json => ({
  metadata: { name, labels },
  message: `This is a test event ${name}`,
  reason: "Test",
  type: "Normal",
  count: 1,
  involvedObject: { namespace },
});

const groupEvent = (namespace: string, name: string, labels: Json): Json => ({
  metadata: { name, labels },
  regarding: { namespace },
  eventTime: "2026-01-02T03:04:05.000006Z",
  note: `This is ${name}`,
  action: "Do",
  reason: "Test",
  type: "Normal",
  reportingController: "test-controller",
  reportingInstance: "test-node",
});

/** Three of a label, deleted together; others stay. */
const collection = (group: string, event: typeof coreEvent) => async (rig: Caller) => {
  const namespace = await rig.namespace();
  const path = `${group}/namespaces/${namespace}/events`;
  const selected = `${path}?labelSelector=testevent-set%3Dtrue`;
  for (const name of ["test-event-1", "test-event-2", "test-event-3"]) {
    await rig.post(path, event(namespace, name, { "testevent-set": "true" }));
  }
  await rig.post(path, event(namespace, "other", {}));
  assert.equal((await rig.items(selected)).length, 3);
  await rig.delete(selected);
  assert.equal((await rig.items(selected)).length, 0);
  assert.equal((await rig.items(path)).length, 1);
};

export const events: Specs = {
  async [`${CORE} should manage the lifecycle of an event`](rig) {
    const namespace = await rig.namespace();
    const path = `/api/v1/namespaces/${namespace}/events`;
    const selected = `/api/v1/events?labelSelector=testevent-constant%3D${namespace}`;
    await rig.post(path, coreEvent(namespace, "event-test", { "testevent-constant": namespace }));
    assert.deepEqual(
      (await rig.items(selected)).map(({ metadata }) => metadata.name),
      ["event-test"],
    );
    const message = "This is a test event - patched";
    await rig.patch(`${path}/event-test`, { message }, "strategic");
    assert.equal((await rig.get(`${path}/event-test`)).message, message);
    const series = { count: 100, lastObservedTime: "2026-01-02T03:04:05.000000Z" };
    const updated = await rig.update(`${path}/event-test`, (event) => ({ ...event, series }));
    assert.deepEqual(updated.series, series);
    assert.deepEqual((await rig.items(selected))[0]!.series, series);
    await rig.delete(`${path}/event-test`);
    assert.equal((await rig.items(selected)).length, 0);
  },

  [`${CORE} should delete a collection of events`]: collection("/api/v1", coreEvent),

  async [`${GROUP} should ensure that an event can be fetched, patched, deleted, and listed`](rig) {
    const namespace = await rig.namespace();
    const group = "/apis/events.k8s.io/v1";
    const path = `${group}/namespaces/${namespace}/events`;
    const target = `${path}/event-test`;
    const labels = { "testevent-constant": namespace };
    await rig.post(path, groupEvent(namespace, "event-test", labels));
    const named = async (at: string): Promise<unknown> => (await rig.items(at)).map(({ metadata }) => metadata.name);
    assert.deepEqual(await named(`${group}/events?labelSelector=testevent-constant%3D${namespace}`), ["event-test"]);
    const byController = `${path}?fieldSelector=reportingController%3Dtest-controller`;
    assert.deepEqual(await named(byController), ["event-test"]);
    assert.deepEqual(await named(`${path}?fieldSelector=reportingController%3Dother`), []);
    const read = await rig.get(target);
    assert.partialDeepStrictEqual(read, groupEvent(namespace, "event-test", labels));
    const series = { count: 2, lastObservedTime: "2026-01-02T03:04:06.000007Z" };
    assert.deepEqual((await rig.patch(target, { series }, "strategic")).series, series);
    const again = { count: 100, lastObservedTime: "2026-01-02T03:04:07.000008Z" };
    const updated = await rig.update(target, (event) => ({ ...event, series: again }));
    assert.deepEqual(updated.series, again);
    // The same object, seen as the core group's.
    const core = await rig.get(`/api/v1/namespaces/${namespace}/events/event-test`);
    assert.deepEqual(
      [core.message, core.involvedObject, core.reportingComponent],
      [read.note, read.regarding, "test-controller"],
    );
    await rig.delete(target);
    assert.deepEqual(await named(path), []);
  },

  [`${GROUP} should delete a collection of events`]: collection("/apis/events.k8s.io/v1", groupEvent),
};
