/** Requests through a server's door, as its administrator. */
import type { RunningApiServer } from "../../apps/tiphys/api-server.ts";

export const ADMIN = { username: "admin", groups: ["system:masters", "system:authenticated"] };

// Tests look into answers as they please.
// oxlint-disable-next-line typescript/no-explicit-any
export type Json = any;

export async function send(
  { door }: RunningApiServer,
  method: string,
  path: string,
  body?: unknown,
): Promise<{ status: number; object: Json }> {
  const [plain, query = ""] = path.split("?");
  const contentType = method === "PATCH" ? "application/merge-patch+json" : "application/json";
  const response = await door({
    method,
    path: plain!,
    query,
    headers: { accept: "application/json", "content-type": contentType },
    ...(body !== undefined && { body: { form: "bytes", bytes: new TextEncoder().encode(JSON.stringify(body)) } }),
    peer: { address: "test", user: ADMIN },
    signal: new AbortController().signal,
  });
  const { body: answer } = response;
  const object = answer.form === "object" || answer.form === "list" ? answer.object : undefined;
  return { status: response.status, object: object && JSON.parse(JSON.stringify(object)) };
}
