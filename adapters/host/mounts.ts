/** What is mounted below the kubelet's directory. */
import { execFile } from "node:child_process";
import { readFile, realpath } from "node:fs/promises";
import { sep } from "node:path";
import { promisify } from "node:util";

export const run = promisify(execFile);

export async function mountedAt(path: string): Promise<boolean> {
  const points = await mountsBelow(path);
  return points.includes(await realpath(path).catch(() => path));
}

/** Mount points at or below a path, the deepest first. The table has real paths, whatever links lead there. */
export async function mountsBelow(path: string): Promise<string[]> {
  const info = await readFile("/proc/self/mountinfo", "utf8").catch(() => "");
  const real = await realpath(path).catch(() => path);
  const points = info.split("\n").map((line) => unescape(line.split(" ")[4] ?? ""));
  return points
    .filter((point) => point === real || point.startsWith(real + sep))
    .toSorted((a, b) => b.length - a.length);
}

/** mountinfo writes blanks as `\\040`. */
function unescape(text: string): string {
  return text.replace(/\\([0-7]{3})/g, (_, octal: string) => String.fromCharCode(Number.parseInt(octal, 8)));
}
