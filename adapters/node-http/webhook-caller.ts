/**
 * Calls webhooks: HTTPS POST over kept connections. HTTP/1.1, as upstream does it, so that calls to a Service spread over
 * its ends. Connections are kept per server, name and authority; the server that was not asked for longest goes first.
 */
import { Agent, request as httpsRequest, type RequestOptions } from "node:https";
import type { IncomingMessage } from "node:http";
import type { WebhookAnswer, WebhookCall, WebhookCaller } from "../../src/server/webhooks/caller.ts";
import { goTextOf } from "./go-errors.ts";

/** Servers to which connections are kept. */
const MOST_SERVERS = 200;
/** Idle connections kept to one server, and for how long, in milliseconds. */
const MOST_IDLE = 16;
const IDLE = 90_000;

export interface WebhookCalls {
  readonly call: WebhookCaller;
  /** Ends all connections. */
  close(): void;
}

export function webhookCalls(): WebhookCalls {
  const agents = new Map<string, Agent>();
  const agentFor = (call: WebhookCall, options: RequestOptions): Agent => {
    const key = JSON.stringify([options.host, options.port, options.servername, call.ca]);
    const known = agents.get(key);
    agents.delete(key);
    if (agents.size >= MOST_SERVERS) {
      const [oldest, agent] = agents.entries().next().value!;
      agents.delete(oldest);
      agent.destroy();
    }
    const agent = known ?? new Agent({ keepAlive: true, maxFreeSockets: MOST_IDLE, timeout: IDLE, ca: call.ca });
    agents.set(key, agent);
    return agent;
  };
  return {
    async call(call) {
      const options = optionsOf(call);
      const agent = agentFor(call, options);
      try {
        return await post(call, { ...options, agent });
      } catch (error) {
        // A kept connection may have been closed at the very moment in which it was taken: nothing was answered there.
        if (!isStale(error) || call.signal.aborted) throw goTextOf(error, options);
        return await post(call, { ...options, agent: false, ca: call.ca }).catch((again: unknown) => {
          throw goTextOf(again, options);
        });
      }
    },
    close() {
      for (const agent of agents.values()) agent.destroy();
      agents.clear();
    },
  };
}

interface Target extends RequestOptions {
  readonly host: string;
  readonly port: number;
}

function optionsOf({ url, address, body, signal }: WebhookCall): Target {
  const asked = new URL(url);
  const name = asked.hostname.replace(/^\[|\]$/g, "");
  return {
    host: address?.host ?? name,
    port: address?.port ?? (Number(asked.port) || 443),
    // The name is checked against the certificate also where it is an address, which TLS itself does not send.
    servername: /^[\d.]+$|:/.test(name) ? "" : name,
    path: asked.pathname + asked.search,
    method: "POST",
    headers: {
      host: asked.host,
      accept: "application/json",
      "content-type": "application/json",
      "content-length": String(body.length),
      "user-agent": "kube-apiserver-admission",
    },
    signal,
  };
}

/** Marks a failure of a connection that had served before. */
class Stale extends Error {}
const isStale = (error: unknown): error is Stale => error instanceof Stale;

function post(call: WebhookCall, options: RequestOptions): Promise<WebhookAnswer> {
  return new Promise((resolve, reject) => {
    const request = httpsRequest(options, (response) => {
      whole(response, call.limit).then((body) => {
        const contentType = response.headers["content-type"] ?? "";
        resolve({ status: response.statusCode ?? 0, contentType, body });
      }, reject);
    });
    request.on("error", (error: NodeJS.ErrnoException) => {
      const stale = request.reusedSocket && (error.code === "ECONNRESET" || error.code === "EPIPE");
      reject(stale ? new Stale(error.message, { cause: error }) : error);
    });
    request.end(call.body);
  });
}

async function whole(response: IncomingMessage, limit: number): Promise<Uint8Array> {
  const parts: Buffer[] = [];
  let length = 0;
  for await (const part of response) {
    length += (part as Buffer).length;
    if (length > limit) {
      response.destroy();
      throw new Error(`the answer is longer than ${limit} bytes`);
    }
    parts.push(part as Buffer);
  }
  return Buffer.concat(parts);
}
