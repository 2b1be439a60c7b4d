import type { Exchange } from "../exchange.ts";

/**
 * Lets the verb answer. A write is refused because of what the store's head shows (it exists, it has changed), which is told only
 * when it is there for all to read.
 */
export async function serve(exchange: Exchange): Promise<void> {
  try {
    exchange.response = await exchange.handler!(exchange);
  } catch (error) {
    if (exchange.request.method !== "GET") await exchange.parts.store.settled?.();
    throw error;
  }
}
