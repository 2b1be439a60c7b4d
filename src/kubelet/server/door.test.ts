import assert from "node:assert/strict";
import { test } from "node:test";
import { channelPair } from "../../machinery/channels.ts";
import type { Channels, Frame } from "../../machinery/door.ts";
import type { TestNode } from "../testing/node.ts";
import { container, podOf, startNode } from "../testing/node.ts";
import { parseLogLine } from "./log-lines.ts";

const SIM = "sim.tiphys.dev";

interface Answer {
  readonly status: number;
  readonly text: string;
}

async function ask(node: TestNode, path: string, query = "", signal = new AbortController().signal): Promise<Answer> {
  const { status, body } = await node.kubelet.door({
    method: "GET",
    path,
    query,
    headers: {},
    peer: { address: "test" },
    signal,
  });
  if (body.form === "object") return { status, text: JSON.stringify(body.object) };
  if (body.form === "bytes") return { status, text: new TextDecoder().decode(body.bytes) };
  let text = "";
  if (body.form === "stream") for await (const bytes of body.chunks) text += new TextDecoder().decode(bytes);
  return { status, text };
}

async function running(annotations: Record<string, string> = {}): Promise<TestNode> {
  const node = await startNode();
  node.api.put("pods", podOf("web", { containers: [container("web")] }, annotations));
  await node.until(() => node.api.pod("web")?.status?.phase === "Running");
  return node;
}

for (const { line, want } of [
  { line: "2026-01-01T00:00:00.1Z stdout F hello world", want: "stdout:hello world\n" },
  { line: "2026-01-01T00:00:00.1Z stderr P part", want: "stderr:part" },
  { line: "2026-01-01T00:00:00.1Z stdout F ", want: "stdout:\n" },
  { line: "no log line", want: undefined },
]) {
  test(`a log line: ${line}`, () => {
    const parsed = parseLogLine(line);
    assert.equal(parsed && `${parsed.stream}:${parsed.text}`, want);
  });
}

for (const { rule, query, want } of [
  { rule: "a log is given whole", query: "", want: "one\ntwo\nthree\n" },
  { rule: "a log is given from the end", query: "tailLines=2", want: "two\nthree\n" },
  { rule: "no lines are given where none are asked for", query: "tailLines=0", want: "" },
  { rule: "a log is cut after the bytes asked for", query: "limitBytes=5", want: "one\nt" },
  {
    rule: "lines have their times where asked for",
    query: "timestamps=true&tailLines=1",
    want: /^2026-01-01T00:00:00\.\d{9}Z three\n$/,
  },
  { rule: "lines before a time are left out", query: "sinceTime=2026-01-02T00:00:00Z", want: "" },
]) {
  test(rule, async () => {
    const node = await running({ [`${SIM}/log`]: "one\ntwo\nthree" });
    const { status, text } = await ask(node, "/containerLogs/default/web/web", query);
    assert.equal(status, 200);
    if (want instanceof RegExp) assert.match(text, want);
    else assert.equal(text, want);
  });
}

test("a followed log goes on as it grows and ends with the container", async () => {
  const node = await running({ [`${SIM}/log`]: "one", [`${SIM}/run-for`]: "10s" });
  let said: string | undefined;
  void ask(node, "/containerLogs/default/web/web", "follow=true").then(({ text }) => (said = text));
  await node.clock.advance(3000);
  const [worker] = node.kubelet.workers();
  node.runtime.files.append(worker!.runtime.containers[0]!.logPath, "2026-01-01T00:00:03.0Z stdout F two\n");
  await node.clock.advance(5000);
  assert.equal(said, undefined);
  await node.until(() => said !== undefined);
  assert.equal(said, "one\ntwo\n");
});

test("the log of the container before is kept", async () => {
  const node = await running({ [`${SIM}/log`]: "a line", [`${SIM}/run-for`]: "5s" });
  assert.deepEqual(await ask(node, "/containerLogs/default/web/web", "previous=true"), {
    status: 400,
    text: 'previous terminated container "web" in pod "web" not found',
  });
  await node.until(() => node.api.pod("web")?.status?.containerStatuses?.[0]?.restartCount === 1);
  assert.equal((await ask(node, "/containerLogs/default/web/web", "previous=true")).text, "a line\n");
});

test("of a container that restarts often the last two stay", async () => {
  const node = await running({ [`${SIM}/run-for`]: "1s", [`${SIM}/exit-code`]: "1", [`${SIM}/log`]: "x" });
  await node.until(() => node.api.pod("web")?.status?.containerStatuses?.[0]?.restartCount === 5);
  await node.clock.advance(100);
  assert.ok((await node.runtime.listContainers()).length <= 3);
});

for (const { rule, path, status, text } of [
  {
    rule: "a pod that is not here is not found",
    path: "/containerLogs/default/none/web",
    status: 404,
    text: 'pod "none" not found',
  },
  {
    rule: "a container that is not in the pod is not found",
    path: "/containerLogs/default/web/none",
    status: 404,
    text: "container none is not valid for pod web",
  },
  { rule: "a path that is none is not found", path: "/nothing", status: 404, text: "404 page not found\n" },
  {
    rule: "exec without an upgrade is refused",
    path: "/exec/default/web/web",
    status: 400,
    text: "Upgrade request required",
  },
  { rule: "a healthy kubelet says so", path: "/healthz", status: 200, text: "ok" },
]) {
  test(rule, async () => assert.deepEqual(await ask(await running(), path), { status, text }));
}

test("a container that waits says for what", async () => {
  const node = await startNode();
  node.api.put("pods", podOf("web", {}, { [`${SIM}/pull-delay`]: "1h" }));
  await node.clock.advance(1000);
  assert.deepEqual(await ask(node, "/containerLogs/default/web/web"), {
    status: 400,
    text: 'container "web" in pod "web" is waiting to start: ContainerCreating',
  });
});

async function upgraded(node: TestNode, path: string, query: string): Promise<Channels> {
  const [ours, theirs] = channelPair();
  const upgrade = { protocols: ["v4.channel.k8s.io", "v5.channel.k8s.io"], accept: async () => theirs };
  const signal = new AbortController().signal;
  void node.kubelet.door({ method: "POST", path, query, headers: {}, peer: { address: "test" }, signal, upgrade });
  return ours;
}

async function frames(channels: Channels): Promise<Record<number, string>> {
  const text: Record<number, string> = {};
  for await (const { channel, bytes } of channels.frames as AsyncIterable<Frame>) {
    text[channel] = (text[channel] ?? "") + new TextDecoder().decode(bytes);
  }
  return text;
}

test("exec gives the output and a Status at the end", async () => {
  const node = await running();
  const said = await frames(await upgraded(node, "/exec/default/web/web", "command=echo&command=hi&output=1"));
  assert.equal(said[1], "hi\n");
  assert.equal((JSON.parse(said[3]!) as { status: string }).status, "Success");
});

test("a command's exit code is in the Status", async () => {
  const node = await running();
  const said = await frames(await upgraded(node, "/exec/default/web/web", "command=exit&command=3&output=1"));
  const { reason, details } = JSON.parse(said[3]!) as { reason: string; details: { causes: unknown[] } };
  assert.deepEqual([reason, details.causes], ["NonZeroExitCode", [{ reason: "ExitCode", message: "3" }]]);
});

test("port-forward passes bytes both ways", async () => {
  const node = await running();
  const channels = await upgraded(node, "/portForward/default/web", "port=80");
  await channels.send({ channel: 0, bytes: new TextEncoder().encode("ping"), port: 80 });
  for await (const frame of channels.frames) {
    assert.equal(new TextDecoder().decode(frame.bytes), "ping");
    break;
  }
});

test("stats and metrics name pods and containers", async () => {
  const node = await running();
  const { text } = await ask(node, "/stats/summary");
  const { node: of, pods } = JSON.parse(text) as {
    node: { nodeName: string };
    pods: { podRef: { name: string }; containers: unknown[] }[];
  };
  assert.deepEqual([of.nodeName, pods[0]?.podRef.name, pods[0]?.containers.length], ["node-1", "web", 1]);
  assert.match(
    (await ask(node, "/metrics/resource")).text,
    /container_memory_working_set_bytes\{container="web",namespace="default",pod="web"\} \d+ \d+/,
  );
  assert.match((await ask(node, "/metrics")).text, /^kubelet_running_pods 1$/m);
  assert.match(
    (await ask(node, "/metrics/cadvisor")).text,
    /^container_memory_working_set_bytes\{container="web",id="\/kubepods\/pod[^"]+",image="registry\.k8s\.io\/web:1",name="[0-9a-f]{64}",namespace="default",pod="web"\} \d+ \d+$/m,
  );
  assert.equal((await ask(node, "/metrics/none")).status, 404);
});

test("pods that run are told as the runtime has them", async () => {
  const node = await running();
  const containers = [container("web", { image: "registry.k8s.io/far:1" })];
  node.api.put("pods", podOf("waits", { containers }, { [`${SIM}/pull-delay`]: "1h" }));
  await node.clock.advance(1000);
  const { items } = JSON.parse((await ask(node, "/runningpods")).text) as {
    items: { metadata: { name: string }; spec: unknown }[];
  };
  assert.deepEqual(
    items.map(({ metadata, spec }) => [metadata.name, spec]),
    [["web", { containers: [{ name: "web", image: "registry.k8s.io/web:1", resources: {} }] }]],
  );
});
