import type { KubeObject } from "../../machinery/kind.ts";
import type { AdmissionAttributes } from "./admission.ts";

/** The draft stays the same object; what is in it becomes what is in `next`. */
export function replaceDraft({ object }: AdmissionAttributes, next: KubeObject): void {
  const draft = object as unknown as Record<string, unknown>;
  for (const name of Object.keys(draft)) if (!(name in next)) delete draft[name];
  Object.assign(draft, next);
}
