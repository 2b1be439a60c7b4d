/** Stops a running cluster's process from outside. */
import { UserError } from "./command.ts";
import { runningIn } from "./data-dir.ts";

/** Milliseconds between looks. */
const LOOK = 20;

/** Asks the process of the cluster in `path` to stop and waits for its end. False where none runs. */
export async function stopProcess(path: string, timeout: number): Promise<boolean> {
  const running = runningIn(path);
  if (!running) return false;
  process.kill(running.pid, "SIGTERM");
  const deadline = performance.now() + timeout;
  while (runningIn(path)) {
    if (performance.now() > deadline) {
      throw new UserError(
        `process ${running.pid} does not stop; wait longer with --timeout, or end it with "kill -9 ${running.pid}" ` +
          "(nothing that was acknowledged is lost)",
      );
    }
    await new Promise((resolve) => setTimeout(resolve, LOOK));
  }
  return true;
}
