/** Passes a request on to the API server that serves its group version, in the name of who asked. */
import type { ApiRequest, ApiResponse } from "../../machinery/door.ts";
import type { Exchange } from "../exchange.ts";
import { answerText } from "../respond.ts";
import type { Extension } from "./extension.ts";

/** Headers that speak of one connection, name the user, or say what this connection may be sent. */
const OWN =
  /^(authorization|connection|upgrade|keep-alive|transfer-encoding|te|trailer|content-length|host|accept-encoding)$/;
const REMOTE = /^x-remote-(user|uid|group|extra-.*)$/;
const OF_ANSWER = /^(connection|keep-alive|transfer-encoding|content-length|date)$/;

const unavailable = (text = "service unavailable"): ApiResponse => answerText(503, `${text}\n`);

/** The server's answer as it is; 503 in plain text where it is not there, as upstream. */
export async function proxied(exchange: Exchange, extension: Extension): Promise<ApiResponse> {
  if (!extension.available) return unavailable();
  const door = extension.door();
  if (door === undefined) return unavailable();
  const { request, user } = exchange;
  const headers = without(request.headers, (name) => OWN.test(name) || REMOTE.test(name));
  const passed: ApiRequest = { ...request, headers, peer: { address: "kube-aggregator", user } };
  try {
    const answer = await door(passed);
    return { ...answer, headers: without(answer.headers, (name) => OF_ANSWER.test(name)) };
  } catch (error) {
    if (request.signal.aborted) throw error;
    extension.check();
    return unavailable(`error trying to reach service: ${error instanceof Error ? error.message : String(error)}`);
  }
}

function without<T>(headers: Readonly<Record<string, T>>, drop: (name: string) => boolean): Record<string, T> {
  return Object.fromEntries(Object.entries(headers).filter(([name]) => !drop(name)));
}
