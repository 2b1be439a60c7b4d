import { join } from "node:path";
import { systemClock, systemRandom } from "../../adapters/clock/system-clock.ts";
import { machineHost } from "../../adapters/host/index.ts";
import { createInformers } from "../../src/client/index.ts";
import { createKubelet } from "../../src/kubelet/kubelet.ts";
import { FakeApi } from "../../src/kubelet/testing/fake-api.ts";
import { container, podOf } from "../../src/kubelet/testing/node.ts";
import { silent } from "../../src/machinery/log.ts";
import { sandboxConfig } from "../../src/kubelet/config/sandbox.ts";
import { containerConfig } from "../../src/kubelet/config/container.ts";
import { members } from "../../src/kubelet/pod/spec.ts";
import { BUSYBOX, openTestNode } from "./test-node.ts";
const node = await openTestNode();
const api = new FakeApi(systemClock);
const informers = createInformers({ client: api.client, clock: systemClock, random: systemRandom, log: silent });
const places = { root: join(node.directory, "kubelet"), logs: join(node.directory, "pod-logs") };
const host = machineHost({ root: places.root, log: silent });
const kubelet = createKubelet({
  client: api.client,
  informers,
  runtime: node.runtime,
  host,
  clock: systemClock,
  random: systemRandom,
  log: silent,
  nodeName: "node-1",
  places,
  cgroupRoot: node.cgroupParent,
});
await kubelet.start();
api.put("configmaps", { metadata: { name: "kube-root-ca.crt", namespace: "default" }, data: { "ca.crt": "x" } });
const volumes = [
  {
    name: "kube-api-access",
    projected: {
      defaultMode: 420,
      sources: [
        { serviceAccountToken: { path: "token", expirationSeconds: 3607 } },
        { configMap: { name: "kube-root-ca.crt", items: [{ key: "ca.crt", path: "ca.crt" }] } },
      ],
    },
  },
];
const spec = (n: string) =>
  podOf(n, {
    volumes,
    containers: [
      container("main", {
        image: BUSYBOX,
        command: ["sleep", "1000"],
        volumeMounts: [{ name: "kube-api-access", mountPath: "/var/run/secrets", readOnly: true }],
      }),
    ],
    terminationGracePeriodSeconds: 0,
  });
const ready = (n: string) =>
  api.pod(n)?.status?.conditions?.some(({ type, status }) => type === "Ready" && status === "True");
const image = (await node.runtime.imageStatus({ image: BUSYBOX }))!;
async function raw(i: number): Promise<number> {
  const t = performance.now();
  const ids = await Promise.all(
    [0, 1, 2].map(async (k) => {
      const pod = { ...(spec(`raw-${i}-${k}`) as any) };
      pod.metadata = { ...pod.metadata, uid: `raw-${i}-${k}` };
      const config = sandboxConfig(pod, 0, {
        places,
        cgroupRoot: node.cgroupParent,
        clusterDns: { servers: [], domain: "x" },
        nodeResolver: { servers: [], searches: [], options: [] },
        hostname: "n",
      });
      const id = await node.runtime.runPodSandbox(config);
      const c = await node.runtime.createContainer(
        id,
        containerConfig(pod, members(pod)[0]!, {
          restarts: 0,
          image: { image: image.id },
          env: new Map(),
          mounts: [],
          devices: [],
          nodeMemory: 1e9,
          cgroupVersion: 1,
          seccompRoot: "",
        }),
        config,
      );
      await node.runtime.startContainer(c);
      return id;
    }),
  );
  const took = performance.now() - t;
  for (const id of ids) {
    await node.runtime.stopPodSandbox(id);
    await node.runtime.removePodSandbox(id);
  }
  return took;
}
async function viaKubelet(i: number): Promise<number> {
  const names = [0, 1, 2].map((k) => `k-${i}-${k}`);
  const t = performance.now();
  for (const n of names) api.put("pods", spec(n));
  while (!names.every(ready)) await new Promise((r) => setTimeout(r, 1));
  const took = performance.now() - t;
  if (i === 5) {
    const w = api.requests.filter((r) => r.verb === "patch" && r.name === names[0]);
    console.log(
      w.length,
      JSON.stringify(
        w
          .at(-1)
          ?.options?.cause?.notes?.map((n: any) => [
            n.step,
            n.began - w.at(-1)!.options!.cause!.notes![0]!.began,
            n.ended - n.began,
          ]),
      ),
      JSON.stringify(w.map((x) => x.options?.cause?.notes?.map((n) => n.step))),
    );
  }
  for (const n of names) api.deletePod(n, 1);
  while (names.some((n) => api.pod(n))) await new Promise((r) => setTimeout(r, 5));
  await new Promise((r) => setTimeout(r, 300));
  return took;
}
const a: number[] = [],
  b: number[] = [];
for (let i = 0; i < 10; i++) {
  a.push(await raw(i));
  b.push(await viaKubelet(i));
}
const median = (x: number[]) => x.toSorted((p, q) => p - q)[x.length >> 1]!;
console.log("raw", a.map(Math.round).join(" "), "kubelet", b.map(Math.round).join(" "));
console.log(
  "median raw",
  median(a).toFixed(0),
  "kubelet",
  median(b).toFixed(0),
  "ratio",
  (median(b) / median(a)).toFixed(3),
);
await kubelet.stop();
await node[Symbol.asyncDispose]();
process.exit(0);
