/** Runs a process whose writes to its journal are recorded or made to fail, by `disk.c` loaded into it. */
import { spawn, spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";

/** The files of a journal that hold what it must not lose. */
export const FILES = ["data.mdb", "log"] as const;
export type DiskFile = (typeof FILES)[number];

/** One call, in the order they were done. */
export type DiskCall =
  | FileCall
  /** A line of the process's output. */
  | { readonly type: "acknowledge"; readonly text: string }
  /** Something was written through a mapping, which a recording does not have. */
  | { readonly type: "mapped" };

export type FileCall = { readonly file: DiskFile } & (
  | /** `durable`: by itself, because its descriptor syncs. */
    { readonly type: "write"; readonly offset: number; readonly bytes: Buffer; readonly durable: boolean }
  | { readonly type: "sync" }
  | { readonly type: "truncate"; readonly length: number }
);

/** Builds the library below `directory`; undefined where there is no compiler for it here. */
export function buildDisk(directory: string): string | undefined {
  if (process.platform !== "linux") return undefined;
  const library = join(directory, "disk.so");
  const source = join(import.meta.dirname, "disk.c");
  const { status } = spawnSync("gcc", ["-shared", "-fPIC", "-O2", "-o", library, source, "-ldl", "-lpthread"]);
  return status === 0 ? library : undefined;
}

export interface DiskRun {
  readonly library: string;
  readonly script: string;
  readonly args: readonly string[];
  /** Where to record. */
  readonly trace?: string;
  /** As in `disk.c`. */
  readonly fault?: string;
}

/** Runs `script` to its end and answers what it printed. */
export async function runOnDisk(
  run: DiskRun,
): Promise<{ status: number | NodeJS.Signals; stdout: string; stderr: string }> {
  const child = spawn(process.execPath, [join(import.meta.dirname, run.script), ...run.args], {
    stdio: ["ignore", "pipe", "pipe"],
    env: {
      ...process.env,
      LD_PRELOAD: run.library,
      ...(run.trace && { DISK_TRACE: run.trace }),
      ...(run.fault && { DISK_FAULT: run.fault }),
    },
  });
  let [stdout, stderr] = ["", ""];
  child.stdout.setEncoding("utf8").on("data", (chunk: string) => (stdout += chunk));
  child.stderr.setEncoding("utf8").on("data", (chunk: string) => (stderr += chunk));
  const status = await new Promise<number | NodeJS.Signals>((resolve) => {
    child.on("close", (code, signal) => resolve(code ?? signal!));
  });
  return { status, stdout, stderr };
}

const HEADER = 24;

/** What was recorded; a record that the process's end cut off is left out. */
export function readTrace(path: string): DiskCall[] {
  const bytes = readFileSync(path);
  const calls: DiskCall[] = [];
  for (let at = 0; at + HEADER <= bytes.length;) {
    const kind = bytes.readUInt32LE(at);
    const flags = bytes.readUInt32LE(at + 4);
    const offset = Number(bytes.readBigUInt64LE(at + 8));
    const end = at + HEADER + Number(bytes.readBigUInt64LE(at + 16));
    if (end > bytes.length) break;
    calls.push(callOf(kind, flags, offset, bytes.subarray(at + HEADER, end)));
    at = end;
  }
  return calls;
}

function callOf(kind: number, flags: number, offset: number, bytes: Buffer): DiskCall {
  const file = FILES[flags >> 1]!;
  if (kind === 1) return { type: "write", file, offset, bytes, durable: (flags & 1) === 1 };
  if (kind === 2) return { type: "sync", file };
  if (kind === 3) return { type: "truncate", file, length: offset };
  if (kind === 4) return { type: "acknowledge", text: bytes.toString() };
  return { type: "mapped" };
}
