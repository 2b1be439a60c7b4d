/** A test server whose webhooks are functions: each call is answered by `answer`, without any network. */
import { builtinKinds } from "../../api/index.ts";
import { MetricRegistry } from "../../machinery/metrics.ts";
import { createScheme } from "../../machinery/scheme.ts";
import { SeededRandom } from "../../machinery/testing/seeded-random.ts";
import { VirtualClock } from "../../machinery/testing/virtual-clock.ts";
import { openStore } from "../../store/local-store.ts";
import type { Authorizer } from "../authorization/authorizer.ts";
import { webhookHost } from "../admission/webhooks/host.ts";
import { mutatingWebhooks } from "../admission/webhooks/mutating.ts";
import { validatingWebhooks } from "../admission/webhooks/validating.ts";
import { objectCodec } from "../encoding/json.ts";
import type { WebhookAnswer, WebhookCall } from "../webhooks/caller.ts";
import { webhookClient } from "../webhooks/client.ts";
import { testServer } from "./server.ts";
import type { TestServer } from "./server.ts";

/** What a webhook says: a `response` for the review's uid, a whole answer, or an error of the connection. */
export type Said =
  | { readonly response: object; readonly apiVersion?: string }
  | Partial<WebhookAnswer>
  | Error
  | "nothing";

export interface WebhookServer extends TestServer {
  readonly registry: MetricRegistry;
  /** What webhooks were asked, in order. */
  readonly asked: Asked[];
  /** Another server on the same store, as after a restart. */
  restarted(): Promise<WebhookServer>;
}

export interface Asked {
  /** The path of the webhook's URL without its slash, such as `deny`. */
  readonly hook: string;
  readonly call: WebhookCall;
  // Tests look into reviews as they please.
  // oxlint-disable-next-line typescript/no-explicit-any
  readonly review: any;
}

export type Answering = (asked: Asked) => Said;

export async function webhookServer(
  answer: Answering,
  before?: WebhookServer,
  authorizer: Authorizer = { authorize: () => ({ verdict: "allow" }) },
): Promise<WebhookServer> {
  const clock = new VirtualClock(Date.UTC(2026, 0, 2));
  const scheme = createScheme(builtinKinds);
  const store = before?.store ?? (await openStore({ clock, codec: objectCodec(scheme) }));
  const asked: Asked[] = [];
  const caller = (call: WebhookCall): Promise<WebhookAnswer> => {
    const hook = /^https:\/\/[^/]*\/([^?]*)/.exec(call.url)![1]!;
    const one = { hook, call, review: JSON.parse(new TextDecoder().decode(call.body)) };
    asked.push(one);
    return replied(one, answer(one));
  };
  const random = new SeededRandom(3);
  const registry = new MetricRegistry();
  const webhooks = webhookClient({ store, clock, random, caller });
  const host = webhookHost({ store, scheme, authorizer, clock, random, client: webhooks, registry });
  const admission = [mutatingWebhooks(host), validatingWebhooks(host)];
  const server = await testServer({ store, scheme, clock, webhooks, admission, registry });
  const made: WebhookServer = { ...server, clock, registry, asked, restarted: () => webhookServer(answer, made) };
  return made;
}

function replied({ call, review }: Asked, said: Said): Promise<WebhookAnswer> {
  if (said === "nothing") {
    return new Promise((_, reject) => {
      call.signal.addEventListener("abort", () => reject(new Error("aborted")), { once: true });
    });
  }
  if (said instanceof Error) return Promise.reject(said);
  const whole = { status: 200, contentType: "application/json", body: new Uint8Array(0) };
  if (!("response" in said)) return Promise.resolve({ ...whole, ...said });
  const { kind, apiVersion, request } = review;
  const response = { uid: request.uid, ...said.response };
  return Promise.resolve(text(JSON.stringify({ kind, apiVersion: said.apiVersion ?? apiVersion, response })));
}

/** A successful answer with this body. */
export const text = (body: string): WebhookAnswer => ({
  status: 200,
  contentType: "application/json",
  body: new TextEncoder().encode(body),
});

export const patch = (...operations: object[]): Said => ({
  response: { allowed: true, patchType: "JSONPatch", patch: btoa(JSON.stringify(operations)) },
});

export const ALLOWED: Said = { response: { allowed: true } };
