/** The machine's own network tools, run as programs. */
import { execFile } from "node:child_process";
import { promisify } from "node:util";

const run = promisify(execFile);

const PACKAGES: Readonly<Record<string, string>> = { ip: "iproute2", nft: "nftables" };

/** Runs a tool to its end and gives what it printed. Throws with its own words, or with the package to install. */
export async function tool(command: string, args: readonly string[], input?: string): Promise<string> {
  try {
    const running = run(command, args);
    running.child.stdin?.end(input);
    return (await running).stdout;
  } catch (error) {
    const { code, stderr, message } = error as Error & { code?: unknown; stderr?: string };
    const text =
      code === "ENOENT"
        ? `${command} is missing: install the package ${PACKAGES[command] ?? command}`
        : `${command} ${args.join(" ")} failed: ${stderr?.trim() || message}`;
    throw new Error(text, { cause: error });
  }
}

/** Whether it went well; for where failing means that there was nothing to do. */
export function quietly(command: string, args: readonly string[], input?: string): Promise<boolean> {
  return tool(command, args, input).then(
    () => true,
    () => false,
  );
}
