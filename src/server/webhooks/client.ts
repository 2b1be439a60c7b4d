/** Asks a webhook that a configuration or CustomResourceDefinition names, and tells failures in upstream's words. */
import { toJson } from "../../machinery/exact-json.ts";
import type { WebhookClientConfig } from "../../api/admissionregistration/webhook.ts";
import type { Clock } from "../../machinery/clock.ts";
import { StatusError, serviceUnavailable } from "../../machinery/errors.ts";
import { quote } from "../../machinery/go-text.ts";
import type { Random } from "../../machinery/random.ts";
import { DecodeError, parseText } from "../../machinery/schema/decode.ts";
import type { Store } from "../../store/store.ts";
import { resolveService } from "../services/ends.ts";
import type { Backend } from "../services/ends.ts";
import { refusalOf } from "./refusals.ts";
import type { WebhookCaller } from "./caller.ts";

const DEFAULT_PORT = 443;
/** The most an answer may have, in bytes. A conversion answers with as many objects as it was asked for. */
const LONGEST_ANSWER = 64 * 1024 * 1024;

const encoder = new TextEncoder();
const decoder = new TextDecoder();

/** The webhook could not be asked or its answer not be understood. `code` is what metrics count it under. */
export class CallFailed extends Error {
  readonly code: number;
  constructor(message: string, code: number) {
    super(message);
    this.code = code;
  }
}

export interface WebhookClient {
  /** The answer to a review, parsed. Throws {@link CallFailed}. */
  post(config: WebhookClientConfig, review: object, timeoutSeconds: number): Promise<Record<string, unknown>>;
}

export interface WebhookClientOptions {
  readonly store: Store;
  readonly clock: Clock;
  readonly random: Random;
  /** Absent where this server has no way to others, as in a browser. */
  readonly caller?: WebhookCaller | undefined;
}

export function webhookClient(options: WebhookClientOptions): WebhookClient {
  return {
    async post(config, review, timeoutSeconds) {
      const url = `${urlOf(config)}?timeout=${timeoutSeconds}s`;
      const { status, contentType, body } = await send(options, config, url, review, timeoutSeconds);
      const text = decoder.decode(body);
      if (status < 200 || status > 206) throw failedWith(refusalOf(status, contentType, text));
      return objectOf(text);
    },
  };
}

async function send(
  { store, clock, random, caller }: WebhookClientOptions,
  config: WebhookClientConfig,
  url: string,
  review: object,
  timeoutSeconds: number,
): ReturnType<WebhookCaller> {
  const controller = new AbortController();
  const cancel = clock.after(timeoutSeconds * 1000, () => controller.abort(new Error("context deadline exceeded")));
  const { signal } = controller;
  try {
    if (caller === undefined) throw serviceUnavailable("this server has no way to reach webhooks");
    const address = addressOf(config, store, random);
    const ca = config.caBundle ? atob(config.caBundle) : undefined;
    const body = encoder.encode(toJson(review));
    return await caller({
      url,
      ...(address && { address }),
      ...(ca !== undefined && { ca }),
      body,
      limit: LONGEST_ANSWER,
      signal,
    });
  } catch (error) {
    const why = signal.aborted ? signal.reason : error;
    throw new CallFailed(`Post ${quote(url)}: ${why instanceof Error ? why.message : String(why)}`, 503);
  } finally {
    cancel();
  }
}

/** The URL as errors show it. A Service is told by its name in DNS, which its certificate must have. */
function urlOf({ url, service }: WebhookClientConfig): string {
  if (service === undefined) return withoutEnd(url ?? "");
  const { namespace, name, port = DEFAULT_PORT, path = "" } = service;
  return withoutEnd(`https://${name}.${namespace}.svc:${port}/${path.replace(/^\//, "")}`);
}

/** A path ends in no slash unless it is only that. */
function withoutEnd(url: string): string {
  const bare = url.replace(/\/+$/, "");
  return /^https:\/\/[^/]*$/.test(bare) ? `${bare}/` : bare;
}

function addressOf({ service }: WebhookClientConfig, store: Store, random: Random): Backend | undefined {
  if (service === undefined) return undefined;
  return resolveService(store.snapshot(), service, service.port ?? DEFAULT_PORT, random);
}

const failedWith = ({ message, code }: StatusError): CallFailed => new CallFailed(message, code);

function objectOf(text: string): Record<string, unknown> {
  try {
    const value = parseText(text);
    if (typeof value === "object" && value !== null && !Array.isArray(value)) return value as Record<string, unknown>;
    throw new DecodeError(`json: cannot unmarshal ${Array.isArray(value) ? "array" : typeof value} into Go value`);
  } catch (error) {
    if (!(error instanceof DecodeError)) throw error;
    throw new CallFailed(`couldn't get version/kind; json parse error: ${error.message}`, 503);
  }
}
