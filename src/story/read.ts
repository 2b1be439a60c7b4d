/** Asks an API server for its changes; see `GET /tiphys/v1/changes`. */
import { answerOf, eventsOf } from "../client/answers.ts";
import type { Client } from "../client/client.ts";
import type { ChangeList, ToldChange } from "../machinery/told-change.ts";

const PATH = "/tiphys/v1/changes";

export interface Asked {
  /** `KIND/NAME`, as on the command line: `deployment/web`, `po/web-1`. */
  readonly object: string;
  /** Default: `default`. */
  readonly namespace?: string;
}

/** Throws StatusError: 404 where there is and was no such object, or where the server keeps no story. */
export async function readChanges(client: Client, asked: Asked): Promise<ChangeList> {
  return (await answerOf(await client.request({ method: "GET", path: PATH, query: queryOf(asked) }))) as ChangeList;
}

/** What the log has, and then what happens, until `signal` aborts. */
export async function* followChanges(client: Client, asked: Asked, signal: AbortSignal): AsyncIterable<ToldChange> {
  const response = await client.request({ method: "GET", path: PATH, query: `${queryOf(asked)}&watch=1`, signal });
  for await (const batch of eventsOf(response)) for (const { object } of batch) yield object as ToldChange;
}

function queryOf({ object, namespace }: Asked): string {
  const wanted = `object=${encodeURIComponent(object)}`;
  return namespace === undefined || namespace === "" ? wanted : `${wanted}&namespace=${encodeURIComponent(namespace)}`;
}
