/**
 * What comes back through a door, as values: objects as they are, bytes parsed, failures thrown as StatusError.
 */
import { fromJson } from "../machinery/exact-json.ts";
import type { ApiResponse, WatchEvent } from "../machinery/door.ts";
import { StatusError, unknownError } from "../machinery/errors.ts";
import type { Status } from "../machinery/errors.ts";
import type { Kind } from "../machinery/kind.ts";
import { apiVersionOf } from "../machinery/scheme.ts";

/** The object or list of an answer. A status of 400 and above is thrown. */
export async function answerOf(response: ApiResponse): Promise<unknown> {
  const value = await valueOf(response);
  if (response.status >= 400) throw failureOf(response.status, value);
  return value;
}

async function valueOf({ body }: ApiResponse): Promise<unknown> {
  switch (body.form) {
    case "object":
    case "list":
      return body.object;
    case "bytes":
      return parse(new TextDecoder().decode(body.bytes));
    case "stream":
      return parse(await textOf(body.chunks));
    default:
      return undefined;
  }
}

/** All of a stream as text. */
export async function textOf(chunks: AsyncIterable<Uint8Array>): Promise<string> {
  const decoder = new TextDecoder();
  let text = "";
  for await (const chunk of chunks) text += decoder.decode(chunk, { stream: true });
  return text + decoder.decode();
}

/** JSON where it is JSON, else the text itself: proxies and load balancers answer in words of their own. */
function parse(text: string): unknown {
  try {
    return fromJson(text);
  } catch {
    return text;
  }
}

function failureOf(code: number, value: unknown): StatusError {
  if (isStatus(value)) return new StatusError(value.code === undefined ? { ...value, code } : value);
  const text = typeof value === "string" && value.trim() !== "" ? value.trim() : `the server answered ${code}`;
  const reason = REASONS[code];
  const { status } = unknownError(text);
  return new StatusError({ ...status, message: text, code, ...(reason !== undefined && { reason }) });
}

const REASONS: Readonly<Record<number, string>> = {
  400: "BadRequest",
  401: "Unauthorized",
  403: "Forbidden",
  404: "NotFound",
  405: "MethodNotAllowed",
  409: "Conflict",
  410: "Gone",
  429: "TooManyRequests",
  500: "InternalError",
  503: "ServiceUnavailable",
  504: "Timeout",
};

function isStatus(value: unknown): value is Status {
  return typeof value === "object" && value !== null && (value as { kind?: unknown }).kind === "Status";
}

/** On the wire the items of a list say neither kind nor apiVersion; objects in memory always do. */
export function nameItems(list: { readonly items?: readonly object[] | null }, kind: Kind): readonly object[] {
  const apiVersion = apiVersionOf(kind);
  return (list.items ?? []).map((item) =>
    (item as { kind?: string }).kind === undefined ? { apiVersion, kind: kind.kind, ...item } : item,
  );
}

/** A watch's events in batches, whatever form they come in. An ERROR event is thrown. */
export async function* eventsOf(
  response: ApiResponse,
): AsyncIterable<readonly { readonly type: string; readonly object: unknown }[]> {
  if (response.status >= 400) throw failureOf(response.status, await valueOf(response));
  const { body } = response;
  if (body.form === "watch") {
    for await (const batch of body.events) {
      refuseErrors(batch);
      yield batch;
    }
  } else if (body.form === "stream") {
    for await (const batch of lines(body.chunks)) {
      const events = batch.map((line) => fromJson(line) as Pick<WatchEvent, "type" | "object">);
      refuseErrors(events);
      yield events;
    }
  } else {
    throw unknownError(`a watch was answered with a body of form ${body.form}`);
  }
}

function refuseErrors(events: readonly { readonly type: string; readonly object: unknown }[]): void {
  for (const event of events) if (event.type === "ERROR") throw failureOf(statusCode(event.object), event.object);
}

function statusCode(object: unknown): number {
  return (isStatus(object) ? object.code : undefined) ?? 500;
}

/** The whole lines of each chunk; a line may span chunks. */
async function* lines(chunks: AsyncIterable<Uint8Array>): AsyncIterable<readonly string[]> {
  const decoder = new TextDecoder();
  let rest = "";
  for await (const chunk of chunks) {
    const parts = (rest + decoder.decode(chunk, { stream: true })).split("\n");
    rest = parts.pop()!;
    const whole = parts.filter((line) => line !== "");
    if (whole.length > 0) yield whole;
  }
  if (rest.trim() !== "") yield [rest];
}
