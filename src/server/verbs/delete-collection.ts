import type { ApiResponse } from "../../machinery/door.ts";
import { isReason } from "../../machinery/errors.ts";
import type { KubeObject } from "../../machinery/kind.ts";
import type { Exchange } from "../exchange.ts";
import { bytesOf } from "../encoding/encode.ts";
import { jsonListChunks } from "../encoding/json.ts";
import { protobufList } from "../encoding/protobuf.ts";
import { listOptionsOf } from "../options.ts";
import { negotiated, respond } from "../respond.ts";
import { deleteObject, deleteOptionsOf, warnOfOrphans } from "./delete.ts";
import { pageOf } from "./list.ts";
import { selectionOf } from "./selection.ts";

/** How many deletions of one request are under way at once. */
const WORKERS = 16;

/** Deletes all objects that match, each as DELETE would; answers the list as it was. */
export async function deleteCollection(exchange: Exchange): Promise<ApiResponse> {
  const resource = exchange.resource!;
  const list = listOptionsOf(exchange.query, false);
  const options = deleteOptionsOf(exchange);
  const form = negotiated(exchange);
  warnOfOrphans(exchange, resource, options);
  const page = await pageOf(exchange.parts.store, resource, selectionOf(resource, exchange.info, list), list);
  const waiting = page.entries.values();
  const work = async (): Promise<void> => {
    for (const entry of waiting) {
      const { namespace = "", name } = (entry.object as KubeObject).metadata;
      try {
        await deleteObject(exchange, resource, namespace, name, options);
      } catch (error) {
        // Somebody else was faster: that is what was wanted.
        if (!isReason(error, "NotFound")) throw error;
      }
    }
  };
  await Promise.all(Array.from({ length: WORKERS }, work));
  const object = {
    kind: resource.listKind,
    apiVersion: resource.apiVersion,
    metadata: page.meta,
    items: page.entries.map((entry) => resource.view(entry)),
  };
  const chunks = (): Iterable<Uint8Array> => {
    if (form.format === "json" && !form.pretty) return jsonListChunks(resource, page.meta, page.entries);
    if (form.format === "protobuf") return [protobufList(resource, page.meta, page.entries)];
    return [bytesOf(form, object)];
  };
  return respond(200, form.contentType, { form: "list", object, chunks });
}
