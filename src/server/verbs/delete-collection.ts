import type { ApiResponse } from "../../machinery/door.ts";
import { isReason } from "../../machinery/errors.ts";
import type { KubeObject } from "../../machinery/kind.ts";
import type { Exchange } from "../exchange.ts";
import { listOptionsOf } from "../options.ts";
import { negotiated } from "../respond.ts";
import { deleteObject, deleteOptionsOf, warnOfOrphans } from "./delete.ts";
import { answerPage, pageOf } from "./list.ts";
import { selectionOf } from "./selection.ts";

/** How many deletions of one request are under way at once. */
const WORKERS = 16;

/** Deletes all objects that match, each as DELETE would; answers the list as it was. */
export async function deleteCollection(exchange: Exchange): Promise<ApiResponse> {
  const resource = exchange.resource!;
  const form = negotiated(exchange);
  const list = listOptionsOf(exchange.query, false);
  const selection = selectionOf(resource, exchange.info, list);
  const options = deleteOptionsOf(exchange);
  warnOfOrphans(exchange, resource, options);
  const page = await pageOf(exchange, resource, selection, list);
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
  return answerPage(exchange, resource, form, page);
}
