/** What a container left behind as its last words: its message file, or the end of its log. */
import type { Host } from "../host.ts";
import { TERMINATION_MESSAGE_PATH, TERMINATION_MESSAGE_POLICY } from "./names.ts";
import type { PodContainer } from "./situation.ts";
import { parseLogLine } from "../server/log-lines.ts";

const MAX_MESSAGE = 4096;
const MAX_LOG_TAIL = 2048;
const MAX_LOG_LINES = 80;

/** The container with its message filled in. */
export async function withTerminationMessage(container: PodContainer, host: Host): Promise<PodContainer> {
  if (container.state !== "EXITED" || container.message !== "") return container;
  const path = container.annotations[TERMINATION_MESSAGE_PATH];
  const file = container.mounts.find(({ containerPath }) => containerPath === path)?.hostPath;
  const text = file ? decode(await host.files.readTail(file, MAX_MESSAGE)) : "";
  if (text !== "") return { ...container, message: text };
  const fallBack =
    container.annotations[TERMINATION_MESSAGE_POLICY] === "FallbackToLogsOnError" && container.exitCode !== 0;
  if (!fallBack || !container.logPath) return container;
  // Lines carry a time and a stream in front, so more than the wanted text is read.
  const tail = decode(await host.files.readTail(container.logPath, 4 * MAX_LOG_TAIL));
  const lines = tail.split("\n").flatMap((line) => parseLogLine(line)?.text ?? []);
  return { ...container, message: lines.slice(-MAX_LOG_LINES).join("").slice(-MAX_LOG_TAIL) };
}

function decode(bytes: Uint8Array | undefined): string {
  return bytes ? new TextDecoder().decode(bytes) : "";
}
