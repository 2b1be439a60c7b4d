/** The pod network: pods reach each other and the node, host ports lead in, clusters stay apart. */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdir, readFile, readdir } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { after, before, suite, test } from "node:test";
import { overlap } from "../../adapters/cni/cidr.ts";
import { openPodNetwork } from "../../adapters/cni/pod-network.ts";
import { placesIn } from "../../adapters/containerd/config.ts";
import { HUNG } from "../hung.ts";
import { openTestNode, whyNoContainers } from "./test-node.ts";
import type { Running, TestNode } from "./test-node.ts";

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

const problem = await whyNoContainers();
suite("the pod network", { skip: problem, timeout: HUNG }, () => {
  let node: TestNode;
  let server: Running;
  let client: Running;
  let address: string;
  const serve = ["sh", "-c", "echo hello >/tmp/index.html; busybox httpd -f -p 80 -h /tmp"];
  before(async () => {
    node = await openTestNode();
    [server, client] = await Promise.all([node.run("server", serve), node.run("client", ["sleep", "3600"])]);
    address = (await node.runtime.podSandboxStatus(server.sandbox)).ips[0]!;
  });
  after(() => node?.[Symbol.asyncDispose]());

  const fetchFrom = async (pod: Running, url: string): Promise<string> => {
    const command = ["busybox", "timeout", "5", "wget", "-q", "-O", "-", url];
    const { stdout, stderr } = await node.runtime.execSync(pod.container, command, 10);
    return Buffer.from(stdout).toString() + Buffer.from(stderr).toString();
  };

  test("each pod has an address of the node's range, and the node the first one", async () => {
    const list = JSON.parse(await readFile(join(node.network.confFolder, "10-tiphys.conflist"), "utf8")) as {
      plugins: { ipam: { ranges: { subnet: string }[][] } }[];
    };
    const range = list.plugins[0]!.ipam.ranges[0]![0]!.subnet;
    const other = (await node.runtime.podSandboxStatus(client.sandbox)).ips[0]!;
    assert.notEqual(address, other);
    for (const ip of [address, other, node.network.gateway]) assert.ok(overlap(`${ip}/32`, range), `${ip} in ${range}`);
    assert.match(node.network.gateway, /\.1$/);
  });

  test("a pod reaches a pod, and itself by its own address", async () => {
    assert.equal(await fetchFrom(client, `http://${address}/`), "hello\n");
    assert.equal(await fetchFrom(server, `http://${address}/`), "hello\n");
  });

  test("the node reaches a pod", async () => {
    assert.equal(await (await fetch(`http://${address}/`)).text(), "hello\n");
  });

  test("a pod reaches the node on the bridge's address, under its own", async () => {
    const peers: (string | undefined)[] = [];
    const listener = createServer((request, response) => {
      peers.push(request.socket.remoteAddress);
      response.end("node\n");
    });
    await new Promise<void>((resolve) => listener.listen(0, node.network.gateway, resolve));
    const { port } = listener.address() as AddressInfo;
    assert.equal(await fetchFrom(server, `http://${node.network.gateway}:${port}/`), "node\n");
    assert.deepEqual(peers, [address]);
    listener.close();
  });

  test("a host port leads to its pod until the pod is gone", async () => {
    const hostPort = await freePort();
    const config = node.pod("ported", {
      portMappings: [{ protocol: "TCP", containerPort: 80, hostPort, hostIP: "" }],
    });
    await mkdir(config.logDirectory, { recursive: true });
    const sandbox = await node.runtime.runPodSandbox(config);
    const container = await node.runtime.createContainer(sandbox, node.container("web", serve), config);
    await node.runtime.startContainer(container);
    const url = `http://${node.network.gateway}:${hostPort}/`;
    const deadline = performance.now() + 5000;
    let text = "";
    while (!text && performance.now() < deadline)
      text = await fetch(url).then(
        (answer) => answer.text(),
        () => "",
      );
    assert.equal(text, "hello\n");
    await node.runtime.stopPodSandbox(sandbox);
    await assert.rejects(fetch(url, { signal: AbortSignal.timeout(1000) }));
    await node.runtime.removePodSandbox(sandbox);
  });

  test("a pod on the node's network has no address of its own", async () => {
    const config = node.pod("on-the-node");
    const linux = config.linux!;
    const namespaces = { ...linux.securityContext.namespaces, network: "NODE" as const };
    const host = {
      ...config,
      hostname: "",
      linux: { ...linux, securityContext: { ...linux.securityContext, namespaces } },
    };
    const sandbox = await node.runtime.runPodSandbox(host);
    const status = await node.runtime.podSandboxStatus(sandbox);
    assert.deepEqual([status.state, status.ips], ["READY", []]);
    await node.runtime.removePodSandbox(sandbox);
  });

  test("addresses and network namespaces are given back when pods go", async () => {
    const sandbox = await node.runtime.runPodSandbox(node.pod("brief"));
    const { ips } = await node.runtime.podSandboxStatus(sandbox);
    const reservations = async (): Promise<string[]> => {
      const folder = join(node.directory, "cni", "addresses");
      return (await readdir(folder, { recursive: true })).filter((name) => name.endsWith(`/${ips[0]}`));
    };
    assert.equal((await reservations()).length, 1);
    const namespaces = join(placesIn(node.options.directory).state, "io.containerd.grpc.v1.cri", "netns");
    const inUse = (await readdir(namespaces)).length;
    await node.runtime.stopPodSandbox(sandbox);
    assert.equal((await reservations()).length, 0);
    assert.deepEqual((await node.runtime.podSandboxStatus(sandbox)).ips, []);
    await node.runtime.removePodSandbox(sandbox);
    assert.equal((await readdir(namespaces)).length, inUse - 1);
  });

  test("a second cluster's network has another bridge and another range, and leaves the first alone", async () => {
    await using second = await openTestNode();
    assert.notEqual(second.network.bridge, node.network.bridge);
    assert.notEqual(second.network.gateway, node.network.gateway);
    const other = await second.run("other", serve);
    const [ip] = (await second.runtime.podSandboxStatus(other.sandbox)).ips;
    assert.equal(await (await fetch(`http://${ip}/`)).text(), "hello\n");
    assert.equal(await fetchFrom(client, `http://${address}/`), "hello\n");
  });

  test("opening the network again changes nothing for the pods that are there", async () => {
    const cni = { directory: join(node.directory, "cni"), cluster: node.directory };
    const again = await openPodNetwork({ ...cni, podCIDR: node.network.gateway.replace(/\.0\.1$/, ".0.0/16") });
    assert.equal(again.bridge, node.network.bridge);
    assert.equal(await fetchFrom(client, `http://${address}/`), "hello\n");
    const rules = execFileSync("nft", ["list", "ruleset"]).toString();
    assert.equal(rules.split(`oifname != "${again.bridge}"`).length, 2, "the rule is there once");
  });

  test("a range that is none is refused", async () => {
    const cni = { directory: join(node.directory, "x"), cluster: "x" };
    await assert.rejects(openPodNetwork({ ...cni, podCIDR: "10.244.0.7/24" }), /no IPv4 network such as/);
  });
});
