/** The JSON patch that a webhook answers. */
import { fromBase64 } from "../../../machinery/base64.ts";
import { operationsOf } from "../../../machinery/patch/json-patch.ts";
import { parseText } from "../../../machinery/schema/decode.ts";
import { CallFailed } from "../../webhooks/client.ts";
import type { Operation } from "../json-patch.ts";

/** Throws {@link CallFailed}. */
export function operationsIn(patch: string): readonly (Operation | null)[] {
  try {
    const text = new TextDecoder().decode(fromBase64(patch));
    return operationsOf(parseText(text), false) as readonly (Operation | null)[];
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new CallFailed(`received undecodable patch in webhook response: ${why}`, 503);
  }
}
