/** What this machine can do for containers, and what is missing. */
import { execFile } from "node:child_process";
import { access, mkdir, mkdtemp, readFile, rm } from "node:fs/promises";
import { constants } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";

const run = promisify(execFile);

/** Where the tools are even when a user's own PATH leaves out the sbin folders. */
export const TOOL_PATH = ["/usr/local/sbin", "/usr/local/bin", "/usr/sbin", "/usr/bin", "/sbin", "/bin"].join(":");

const PROGRAMS = ["containerd", "containerd-shim-runc-v2", "runc"];

/** Why containerd cannot run here and what to do, in one sentence; undefined where it can. */
export async function machineProblem(): Promise<string | undefined> {
  if (process.platform !== "linux") return "real containers need Linux: use --runtime sim here";
  if (process.getuid?.() !== 0) return "real containers need root: run as root, or use --runtime sim";
  const missing: string[] = [];
  for (const name of PROGRAMS) await programPath(name).catch(() => missing.push(name));
  if (missing.length === 0) return undefined;
  return `${missing.join(", ")} cannot be found: install the packages containerd and runc, or use --runtime sim`;
}

/** The path of a program. Throws where it is in none of the usual folders. */
export async function programPath(name: string): Promise<string> {
  for (const folder of TOOL_PATH.split(":")) {
    const path = join(folder, name);
    const found = await access(path, constants.X_OK).then(
      () => true,
      () => false,
    );
    if (found) return path;
  }
  throw new Error(`${name} cannot be found in ${TOOL_PATH}`);
}

/** The version of control groups: 2 where one hierarchy has all controllers. */
export async function cgroupVersion(): Promise<1 | 2> {
  return access("/sys/fs/cgroup/cgroup.controllers").then(
    () => 2 as const,
    () => 1 as const,
  );
}

const CAPABILITY_BITS = { SYS_ADMIN: 21, SYS_RESOURCE: 24 };

/** Whether this process has a capability; in containers root may lack some. */
export async function hasCapability(name: keyof typeof CAPABILITY_BITS): Promise<boolean> {
  const status = await readFile("/proc/self/status", "utf8");
  const effective = BigInt(`0x${/^CapEff:\s*([0-9a-f]+)/m.exec(status)?.[1] ?? "0"}`);
  return ((effective >> BigInt(CAPABILITY_BITS[name])) & 1n) === 1n;
}

/** Overlays are fast and small; where the file system under `directory` cannot carry them, layers are copied. */
export async function snapshotterFor(directory: string): Promise<"overlayfs" | "native"> {
  const trial = await mkdtemp(join(directory, "overlay-trial-"));
  try {
    const [lower, upper, work, merged] = ["lower", "upper", "work", "merged"].map((name) => join(trial, name));
    for (const folder of [lower!, upper!, work!, merged!]) await mkdir(folder);
    const options = `lowerdir=${lower},upperdir=${upper},workdir=${work}`;
    await run("mount", ["-t", "overlay", "overlay", "-o", options, merged!], { env: { PATH: TOOL_PATH } });
    await run("umount", [merged!], { env: { PATH: TOOL_PATH } });
    return "overlayfs";
  } catch {
    return "native";
  } finally {
    await rm(trial, { recursive: true, force: true });
  }
}
