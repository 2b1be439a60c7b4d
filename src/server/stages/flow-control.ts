import { overloaded } from "../../machinery/errors.ts";
import type { Exchange } from "../exchange.ts";

const EXEMPT_GROUP = "system:masters";
const RETRY_AFTER_SECONDS = 1;

/**
 * A bound on the requests that are served at once, so that a flood is turned away early instead of filling memory.
 * Watches and other long-running requests do not count, nor do those of system:masters.
 */
export function admitFlow(exchange: Exchange): void {
  const { info, parts, user } = exchange;
  if (isLongRunning(info.verb, info.subresource) || user.groups.includes(EXEMPT_GROUP)) return;
  if (parts.load.inFlight >= parts.flags.maxRequestsInFlight) throw overloaded(RETRY_AFTER_SECONDS);
  parts.load.inFlight++;
  exchange.onFinish(() => parts.load.inFlight--);
}

const LONG_RUNNING = new Set(["log", "exec", "attach", "portforward", "proxy"]);

export function isLongRunning(verb: string, subresource: string): boolean {
  return verb === "watch" || LONG_RUNNING.has(subresource);
}
