import type { Exchange } from "../exchange.ts";

/** Lets the verb answer. */
export async function serve(exchange: Exchange): Promise<void> {
  exchange.response = await exchange.handler!(exchange);
}
