/** The JSON patch that a webhook answers. */
import { CallFailed } from "../../webhooks/client.ts";
import type { Operation } from "../json-patch.ts";

export function operationsOf(patch: unknown): readonly Operation[] {
  if (patch === undefined || patch === null) return [];
  if (Array.isArray(patch)) return patch as Operation[];
  const why = "json: cannot unmarshal object into Go value of type jsonpatch.Patch";
  throw new CallFailed(`received undecodable patch in webhook response: ${why}`, 503);
}
