/** What a container left behind as its last words: its message file, or the end of its log. */
import type { Host } from "../host.ts";
import { TERMINATION_MESSAGE_PATH, TERMINATION_MESSAGE_POLICY } from "./names.ts";
import type { PodContainer } from "./situation.ts";
import { parseLogLine } from "../server/log-lines.ts";

const MAX_MESSAGE = 4096;
const MAX_LOG_TAIL = 2048;
const MAX_LOG_LINES = 80;

/** The container with its last words added to what the runtime says of its end. */
export async function withTerminationMessage(container: PodContainer, host: Host): Promise<PodContainer> {
  if (container.state !== "EXITED") return container;
  const words = (await fromFile(container, host)) || (await fromLog(container, host));
  if (words === "") return container;
  return { ...container, message: container.message === "" ? words : `${container.message}: ${words}` };
}

/** The file on the node behind a container's terminationMessagePath. */
export function messageFileOf({ annotations, mounts }: PodContainer): string | undefined {
  return mounts.find(({ containerPath }) => containerPath === annotations[TERMINATION_MESSAGE_PATH])?.hostPath;
}

async function fromFile(container: PodContainer, host: Host): Promise<string> {
  const file = messageFileOf(container);
  return file ? decode(await host.files.readTail(file, MAX_MESSAGE)) : "";
}

/** Only where the policy says so, and the container has failed. */
async function fromLog({ annotations, exitCode, logPath }: PodContainer, host: Host): Promise<string> {
  const wanted = annotations[TERMINATION_MESSAGE_POLICY] === "FallbackToLogsOnError" && exitCode !== 0;
  if (!wanted || !logPath) return "";
  // Lines carry a time and a stream in front, so more than the wanted text is read.
  const tail = decode(await host.files.readTail(logPath, 4 * MAX_LOG_TAIL));
  const lines = tail.split("\n").flatMap((line) => parseLogLine(line)?.text ?? []);
  return lines.slice(-MAX_LOG_LINES).join("").slice(-MAX_LOG_TAIL);
}

function decode(bytes: Uint8Array | undefined): string {
  return bytes ? new TextDecoder().decode(bytes) : "";
}
