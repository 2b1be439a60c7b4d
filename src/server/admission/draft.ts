import type { Kind, KubeObject } from "../../machinery/kind.ts";
import { convertedTo, resourceOf } from "../resource.ts";
import type { AdmissionAttributes } from "./admission.ts";

/** The draft stays the same object; what is in it becomes what is in `next`, which is of `kind`. */
export async function replaceDraft(attributes: AdmissionAttributes, next: KubeObject, kind: Kind): Promise<void> {
  const [own] = await convertedTo(resourceOf(kind), resourceOf(attributes.kind), [next]);
  const draft = attributes.object as unknown as Record<string, unknown>;
  for (const name of Object.keys(draft)) if (!(name in own!)) delete draft[name];
  Object.assign(draft, own);
}
