/** What the kernel and the distribution say of the machine. */
import { existsSync } from "node:fs";
import { mkdir, readFile, readdir, statfs } from "node:fs/promises";
import { arch, availableParallelism, hostname, networkInterfaces, release } from "node:os";
import { join } from "node:path";
import type { MachineFacts, MachineUsage } from "../../src/kubelet/host.ts";

/** Go's names for Node's. */
const ARCHITECTURES: Readonly<Record<string, string>> = { x64: "amd64", arm64: "arm64", arm: "arm", ia32: "386" };

/** systemd-resolved's list of the real resolvers; its stub in /etc/resolv.conf is of no use inside a pod. */
const RESOLVED = "/run/systemd/resolve/resolv.conf";

export async function machineFacts(root: string): Promise<MachineFacts> {
  await mkdir(root, { recursive: true });
  const [memory, disk, osRelease, pids] = await Promise.all([
    memoryInfo(),
    statfs(root),
    text("/etc/os-release"),
    text("/proc/sys/kernel/pid_max"),
  ]);
  const machineID = (await text("/etc/machine-id")).trim();
  return {
    hostname: hostname().toLowerCase(),
    addresses: await nodeAddresses(),
    machineID,
    systemUUID: (await text("/sys/class/dmi/id/product_uuid")).trim() || machineID,
    bootID: (await text("/proc/sys/kernel/random/boot_id")).trim(),
    kernelVersion: release(),
    osImage: /^PRETTY_NAME="?([^"\n]*)"?$/m.exec(osRelease)?.[1] ?? "Linux",
    operatingSystem: "linux",
    architecture: ARCHITECTURES[arch()] ?? arch(),
    cpus: availableParallelism(),
    memoryBytes: memory.MemTotal ?? 0,
    ...(memory.SwapTotal ? { swapBytes: memory.SwapTotal } : {}),
    ephemeralStorageBytes: disk.blocks * disk.bsize,
    hugepages: await hugepages(),
    maxPids: Number(pids) || 32_768,
    resolver: parseResolver(await text(existsSync(RESOLVED) ? RESOLVED : "/etc/resolv.conf")),
  };
}

export async function machineUsage(root: string): Promise<MachineUsage> {
  const [memory, disk, stat, load] = await Promise.all([
    memoryInfo(),
    statfs(root),
    text("/proc/stat"),
    text("/proc/loadavg"),
  ]);
  const total = memory.MemTotal ?? 0;
  const available = memory.MemAvailable ?? 0;
  return {
    at: Date.now(),
    cpuNanoSeconds: busyNanoseconds(stat),
    memoryAvailableBytes: available,
    memoryWorkingSetBytes: total - available,
    memoryRssBytes: memory.AnonPages ?? 0,
    pids: Number(load.split(" ")[3]?.split("/")[1] ?? 0),
    disk: {
      capacityBytes: disk.blocks * disk.bsize,
      availableBytes: disk.bavail * disk.bsize,
      inodes: disk.files,
      inodesFree: disk.ffree,
    },
  };
}

/** Bytes by name, from /proc/meminfo. */
async function memoryInfo(): Promise<Readonly<Record<string, number>>> {
  const lines = (await text("/proc/meminfo")).matchAll(/^(\w+):\s+(\d+) kB$/gm);
  return Object.fromEntries(Array.from(lines, ([, name, kilobytes]) => [name, Number(kilobytes) * 1024]));
}

/** `/proc/stat` counts hundredths of seconds; idle and waiting do not count as use. */
function busyNanoseconds(stat: string): number {
  const [user = 0, nice = 0, system = 0, , , irq = 0, softirq = 0, steal = 0] = (/^cpu\s+(.*)$/m.exec(stat)?.[1] ?? "")
    .split(/\s+/)
    .map(Number);
  return (user + nice + system + irq + softirq + steal) * 10_000_000;
}

/** One address: of the interface with the default route where there is one, IPv4 before IPv6. */
async function nodeAddresses(): Promise<string[]> {
  const routes = (await text("/proc/net/route")).split("\n").map((line) => line.split("\t"));
  const preferred = routes.find(([, destination]) => destination === "00000000")?.[0];
  const interfaces = networkInterfaces();
  const names = [...(preferred ? [preferred] : []), ...Object.keys(interfaces)];
  const all = names.flatMap((name) => interfaces[name] ?? []).filter(({ internal }) => !internal);
  const v4 = all.find(({ family }) => family === "IPv4")?.address;
  const v6 = all.find(({ family, address }) => family === "IPv6" && !address.startsWith("fe80"))?.address;
  return [v4 ?? v6 ?? "127.0.0.1"];
}

async function hugepages(): Promise<{ pageSize: string; bytes: number }[]> {
  const root = "/sys/kernel/mm/hugepages";
  const names = await readdir(root).catch(() => []);
  return Promise.all(
    names.map(async (name) => {
      const kilobytes = Number(/^hugepages-(\d+)kB$/.exec(name)?.[1] ?? 0);
      const count = Number(await text(join(root, name, "nr_hugepages")));
      const pageSize = kilobytes >= 1_048_576 ? `${kilobytes / 1_048_576}Gi` : `${kilobytes / 1024}Mi`;
      return { pageSize, bytes: count * kilobytes * 1024 };
    }),
  );
}

export function parseResolver(file: string): MachineFacts["resolver"] {
  const values = (keyword: string): string[][] =>
    [...file.matchAll(new RegExp(`^\\s*${keyword}\\s+(.*)$`, "gm"))].map((match) => match[1]!.trim().split(/\s+/));
  return {
    servers: values("nameserver").flat(),
    searches: values("search").at(-1) ?? [],
    options: values("options").flat(),
  };
}

/** Empty where it cannot be read. */
async function text(path: string): Promise<string> {
  return readFile(path, "utf8").catch(() => "");
}
