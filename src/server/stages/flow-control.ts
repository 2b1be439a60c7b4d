import type { Exchange } from "../exchange.ts";
import type { Classified, Rejection } from "../flow/flow-control.ts";
import { answerText } from "../respond.ts";

const RETRY_AFTER_SECONDS = "1";

/**
 * A bound on the requests that are served at once, by priority level, so that a flood waits or is turned away early instead
 * of filling memory. Watches and other long-running requests take no seat.
 */
export function admitFlow(exchange: Exchange): void | Promise<void> {
  const { info, parts, user, request } = exchange;
  if (LONG_RUNNING.has(info.subresource)) return undefined;
  const flow = parts.flow.classify(user, info);
  exchange.flow = flow;
  if (info.verb === "watch") return undefined;
  const seat = parts.flow.seat(flow, user, info, request.signal);
  if (seat === undefined) return begin(exchange, flow, undefined);
  return seat.then((outcome) => begin(exchange, flow, outcome));
}

function begin(exchange: Exchange, flow: Classified, rejection: Rejection | undefined): void {
  const { parts } = exchange;
  if (rejection !== undefined) {
    parts.flow.reject(flow, rejection);
    exchange.response = tooMany();
    return;
  }
  parts.load.inFlight++;
  exchange.onFinish(() => {
    parts.load.inFlight--;
    parts.flow.done(flow);
  });
}

/** In plain text, as upstream. */
function tooMany(): ReturnType<typeof answerText> {
  const answer = answerText(429, "Too many requests, please try again later.\n");
  const headers = { "retry-after": RETRY_AFTER_SECONDS, "x-content-type-options": "nosniff" };
  return { ...answer, headers: { ...answer.headers, ...headers } };
}

const LONG_RUNNING = new Set(["log", "exec", "attach", "portforward", "proxy"]);
