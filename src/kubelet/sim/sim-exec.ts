/**
 * The few commands a simulated container knows: `echo`, `cat`, `env`, `hostname`, `true`, `false`, `exit N`, and
 * `sh -c` with one of them. Anything else succeeds as its probes do.
 */
import type { Channels } from "../../machinery/door.ts";
import type { ExecResult, StreamOptions } from "../runtime.ts";

export interface SimProcess {
  readonly env: readonly { readonly name: string; readonly value: string }[];
  /** Whether the container's probes succeed now. */
  readonly probe: boolean;
  readonly hostname: string;
}

const STDIN = 0;
const STDOUT = 1;
const ERROR = 3;

export function runCommand(command: readonly string[], process: SimProcess): ExecResult {
  const [text, exitCode] = outcome(command, process);
  return { stdout: new TextEncoder().encode(text), stderr: new Uint8Array(), exitCode };
}

function outcome(command: readonly string[], process: SimProcess): readonly [string, number] {
  const [program = "", ...args] = command;
  switch (program.slice(program.lastIndexOf("/") + 1)) {
    case "echo":
      return [args.join(" ") + "\n", 0];
    case "env":
      return [process.env.map(({ name, value }) => `${name}=${value}\n`).join(""), 0];
    case "hostname":
      return [process.hostname + "\n", 0];
    case "true":
      return ["", 0];
    case "false":
      return ["", 1];
    case "exit":
      return ["", Number(args[0] ?? 0)];
    case "sh":
    case "bash":
      return args[0] === "-c" && args[1] !== undefined ? outcome(args[1].trim().split(/\s+/), process) : ["", 0];
    default:
      return ["", process.probe ? 0 : 1];
  }
}

/** Serves one exec over channels: `cat` gives its input back, others write their output; then comes the Status. */
export async function serveExec(
  channels: Channels,
  command: readonly string[],
  { stdin, stdout }: StreamOptions,
  process: SimProcess,
): Promise<void> {
  try {
    let exitCode = 0;
    if (stdin && /^(.*\/)?(cat|sh|bash)$/.test(command[0] ?? "") && command.length === 1) {
      for await (const { channel, bytes, end } of channels.frames) {
        if (channel !== STDIN) continue;
        if (bytes.length > 0 && stdout) await channels.send({ channel: STDOUT, bytes });
        if (end) break;
      }
    } else {
      const result = runCommand(command, process);
      exitCode = result.exitCode;
      if (stdout && result.stdout.length > 0) await channels.send({ channel: STDOUT, bytes: result.stdout });
    }
    await channels.send({
      channel: ERROR,
      bytes: new TextEncoder().encode(JSON.stringify(exitStatus(exitCode))),
      end: true,
    });
  } catch {
    // The other end has gone: nobody is left to be told.
  }
  await channels.close();
}

/** What the error channel says of a command's end. */
export function exitStatus(exitCode: number): Record<string, unknown> {
  if (exitCode === 0) return { metadata: {}, status: "Success" };
  return {
    metadata: {},
    status: "Failure",
    message: `command terminated with non-zero exit code: error executing command: exit status ${exitCode}`,
    reason: "NonZeroExitCode",
    details: { causes: [{ reason: "ExitCode", message: String(exitCode) }] },
  };
}
