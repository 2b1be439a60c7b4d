/** A node that joined, until it is told to stop: its containers, its kubelet, and the door the API servers reach it by. */
import { systemClock, systemRandom } from "../../../adapters/clock/system-clock.ts";
import { type RemoteDoor, remoteDoor } from "../../../adapters/node-http/client.ts";
import { createClient } from "../../../src/client/index.ts";
import type { Door } from "../../../src/machinery/door.ts";
import type { Log } from "../../../src/machinery/log.ts";
import type { RuntimeChoice } from "../cluster.ts";
import type { DataDirectory } from "../data-dir.ts";
import { selfSigned, serveKubelet } from "../kubelet-server.ts";
import { type MachineNode, startMachineNode } from "../machine-node.ts";
import { simulatedNode } from "../nodes.ts";
import type { Progress } from "../progress.ts";
import { VERSION } from "../version.ts";
import { keepRenewed } from "./renewal.ts";
import { type NodeAccess, renewNode } from "./worker.ts";

export interface NodeOptions {
  readonly access: NodeAccess;
  readonly data: DataDirectory;
  readonly runtime: RuntimeChoice;
  /** Where the API servers reach it. */
  readonly address: string;
  readonly port: number;
  readonly log: Log;
  readonly progress: Progress;
  readonly stopping: Promise<void>;
}

export async function runNode(options: NodeOptions): Promise<void> {
  const { access, address, port, log, progress } = options;
  const { name } = access;
  const connect = (as: NodeAccess): RemoteDoor =>
    remoteDoor({ ...as, url: as.server, userAgent: `kubelet/${VERSION}` });
  let remote = connect(access);
  const door: Door = (request) => remote.door(request);
  const ending = new AbortController();
  const stops: (() => Promise<void> | void)[] = [() => remote.close(), () => ending.abort()];
  try {
    void keepRenewed({
      access,
      clock: systemClock,
      random: systemRandom,
      log,
      signal: ending.signal,
      renew: (current) => renewNode(createClient(door, { userAgent: `kubelet/${VERSION}` }), options.data.pki, current),
      use(renewed) {
        const old = remote;
        remote = connect(renewed);
        // Watches begin anew, with the new certificate.
        old.close();
      },
    });
    const machine = await machineOf(options, stops);
    const tls = { ...selfSigned(name, address), clientCa: access.ca };
    const ports = { door, clock: systemClock, random: systemRandom, log };
    const node = { ...machine, name, options: { ...machine.options, addresses: [address] } };
    const nodes = await progress.step(`node ${name}`, () =>
      startMachineNode(ports, node, (served) => serveKubelet({ ...served, host: address, port, tls })),
    );
    stops.push(() => nodes.stop());
    progress.say(`node ${name} is part of the cluster at ${access.server}; Ctrl-C stops it, containers keep running.`);
    process.send?.({ ready: true });
    await options.stopping;
  } finally {
    for (let stop = stops.pop(); stop; stop = stops.pop()) await stop();
  }
}

async function machineOf(
  { access, data, runtime, address, log, progress }: NodeOptions,
  stops: (() => Promise<void> | void)[],
): Promise<MachineNode> {
  if (runtime.kind === "sim") return simulatedNode(systemClock, access.name, address);
  const { startMachine } = await import("../machine.ts");
  const endpoint = runtime.kind === "endpoint" ? runtime.endpoint : undefined;
  const machine = await progress.step("containerd", () => startMachine(data, log, endpoint));
  stops.push(() => machine.stop());
  return machine.node;
}
