/**
 * By which mode each user became somebody else last: it is tried first, so that who uses the oldest is not asked of all the
 * others each time. It is also the one whose refusal he hears.
 */

/** How many users are remembered. */
const MOST = 10_000;

export class RecentModes {
  /** The longest unused first. */
  readonly #modes = new Map<string, number>();

  of(username: string): number | undefined {
    const mode = this.#modes.get(username);
    if (mode !== undefined) this.set(username, mode);
    return mode;
  }

  set(username: string, mode: number): void {
    this.#modes.delete(username);
    this.#modes.set(username, mode);
    if (this.#modes.size > MOST) this.#modes.delete(this.#modes.keys().next().value!);
  }
}
