/** What client-go makes of an HTTP answer that is no success; webhooks' failures are told in these words. */
import { StatusError } from "../../machinery/errors.ts";
import type { Status } from "../../machinery/errors.ts";
import { quote } from "../../machinery/go-text.ts";

/** The most that is told of an answer's text, in characters. */
const LONGEST_TEXT = 2048;

const TEXTS: Readonly<Record<number, readonly [reason: string, message: string]>> = {
  400: ["BadRequest", "the server rejected our request for an unknown reason"],
  401: ["Unauthorized", "the server has asked for the client to provide credentials"],
  404: ["NotFound", "the server could not find the requested resource"],
  405: ["MethodNotAllowed", "the server does not allow this method on the requested resource"],
  409: ["AlreadyExists", "the server reported a conflict"],
  422: ["Invalid", "the server rejected our request due to an error in our request"],
  429: ["TooManyRequests", "the server has received too many requests and has asked us to try again later"],
  503: ["ServiceUnavailable", "the server is currently unable to handle the request"],
  504: [
    "Timeout",
    "the server was unable to return a response in the time allotted, but may still be processing the request",
  ],
};

/** Codes for which the server's own text is the message. */
const OWN_TEXT: Readonly<Record<number, string>> = {
  403: "Forbidden",
  406: "NotAcceptable",
  415: "UnsupportedMediaType",
};

/** A Status in the body says it itself. */
export function refusalOf(code: number, contentType: string, body: string): StatusError {
  const said = statusIn(body);
  if (said !== undefined) return new StatusError(said);
  const text = isText(contentType) ? body.trim().slice(0, LONGEST_TEXT) : "unknown";
  const [reason, message] = wordsOf(code, text);
  return new StatusError({ kind: "Status", apiVersion: "v1", metadata: {}, status: "Failure", message, reason, code });
}

function wordsOf(code: number, text: string): readonly [reason: string, message: string] {
  const known = TEXTS[code];
  if (known !== undefined) return known;
  if (OWN_TEXT[code] !== undefined) return [OWN_TEXT[code], text];
  if (code >= 500)
    return ["InternalError", `an error on the server (${quote(text)}) has prevented the request from succeeding`];
  return ["Unknown", `the server responded with the status code ${code} but did not return more information`];
}

/** Without a type the body is taken for text, as Go does. */
const isText = (contentType: string): boolean => contentType === "" || contentType.startsWith("text/");

function statusIn(body: string): Status | undefined {
  if (!body.startsWith("{")) return undefined;
  try {
    const value = JSON.parse(body) as Partial<Status>;
    return value.kind === "Status" && value.status === "Failure" ? (value as Status) : undefined;
  } catch {
    return undefined;
  }
}
