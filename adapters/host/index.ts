/**
 * The machine this process runs on, as a kubelet sees it (Linux).
 *
 * Needs root for mounts, ownership and control groups. Where mounting is not allowed, volumes in memory are plain
 * directories, which is said once in the log.
 */
import type { Host } from "../../src/kubelet/host.ts";
import type { Log } from "../../src/machinery/log.ts";
import { machineCgroups } from "./cgroups.ts";
import { machineFacts, machineUsage } from "./facts.ts";
import { MachineFiles } from "./files.ts";
import { machineLogs } from "./logs.ts";
import { machineNetwork } from "./network.ts";

export interface MachineHostOptions {
  /** The kubelet's directory: its file system is the one that is measured. It is made where missing. */
  readonly root: string;
  readonly log: Log;
}

export function machineHost({ root, log }: MachineHostOptions): Host {
  return {
    keepsFiles: true,
    facts: () => machineFacts(root),
    usage: () => machineUsage(root),
    files: new MachineFiles(root, log),
    logs: machineLogs(),
    cgroups: machineCgroups(),
    network: machineNetwork(),
  };
}
