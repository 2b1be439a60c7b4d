/**
 * A second round of mutating admission. When a webhook or policy changes an object, those before it that asked for it
 * (`reinvocationPolicy: IfNeeded`) see it once more, and so do the plugins of the server itself. There is no third round.
 *
 *     round 1   a (IfNeeded) → b changes the object
 *     round 2   a once more; b is not asked again
 */
import type { KubeObject } from "../../machinery/kind.ts";
import { copyJson } from "../../machinery/json-tree.ts";
import { deepEqual } from "../objects.ts";

export class Reinvocation {
  /** Somebody changed the object in the first round. */
  wanted = false;
  /** 0 or 1. */
  round = 0;
  readonly #plugins = new Map<string, Invoked>();

  /** What `plugin` keeps from one round to the next. */
  of(plugin: string): Invoked {
    let invoked = this.#plugins.get(plugin);
    if (invoked === undefined) this.#plugins.set(plugin, (invoked = new Invoked(this)));
    return invoked;
  }
}

export class Invoked {
  readonly #all: Reinvocation;
  /** Asked to see later changes, and none came since. */
  readonly #waiting = new Set<string>();
  readonly #again = new Set<string>();
  #left: KubeObject | undefined;

  constructor(all: Reinvocation) {
    this.#all = all;
  }

  /** Begins the plugin's part of a round. */
  begin(object: KubeObject | undefined): void {
    if (this.#all.round > 0 && this.#waiting.size > 0 && !deepEqual(this.#left, object)) this.#wake();
  }

  /** Is it this one's turn? In the second round only of those that were asked in the first. */
  isDue(id: string): boolean {
    return this.#all.round === 0 || this.#again.has(id);
  }

  /** It was asked; `reinvocable` where it wants to see later changes. */
  asked(id: string, changed: boolean, reinvocable: boolean): void {
    if (changed) {
      this.#wake();
      this.#all.wanted = true;
    }
    if (reinvocable) this.#waiting.add(id);
  }

  end(object: KubeObject | undefined): void {
    if (this.#waiting.size > 0) this.#left = copyJson(object);
  }

  #wake(): void {
    for (const id of this.#waiting) this.#again.add(id);
    this.#waiting.clear();
  }
}
