/** A request's objects in the version that a policy or webhook looks at. */
import type { Kind, KubeObject } from "../../machinery/kind.ts";
import { convertedTo, resourceOf } from "../resource.ts";
import type { AdmissionAttributes } from "./admission.ts";

export interface Versioned {
  readonly object: KubeObject | undefined;
  readonly previous: KubeObject | undefined;
}

export class Versions {
  readonly #attributes: AdmissionAttributes;
  readonly #previous = new Map<Kind, Promise<KubeObject>>();

  constructor(attributes: AdmissionAttributes) {
    this.#attributes = attributes;
  }

  /** As it is now: others before this one may have changed it. */
  async in(kind: Kind): Promise<Versioned> {
    const { object, previous } = this.#attributes;
    if (kind === this.#attributes.kind) return { object, previous };
    return {
      object: object && (await this.#convert(object, kind)),
      previous: previous && (await this.#previousIn(previous, kind)),
    };
  }

  #previousIn(previous: KubeObject, kind: Kind): Promise<KubeObject> {
    let converted = this.#previous.get(kind);
    if (converted === undefined) this.#previous.set(kind, (converted = this.#convert(previous, kind)));
    return converted;
  }

  async #convert(object: KubeObject, kind: Kind): Promise<KubeObject> {
    const [converted] = await convertedTo(resourceOf(this.#attributes.kind), resourceOf(kind), [object]);
    return converted!;
  }
}
