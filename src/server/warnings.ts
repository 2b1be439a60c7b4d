/**
 * What the client is warned of in one answer: each text once, and no more than headers have room for. When the texts do not fit,
 * all are cut, those before as well, and what comes after the room is used up is left out. All as upstream.
 */
import { characterCount } from "../machinery/go-text.ts";

/** In characters of all texts; and what is left of each when they are more. */
const ROOM = 4096;
const CUT = 256;

export class Warnings {
  readonly #seen = new Set<string>();
  #texts: string[] = [];
  #used = 0;
  #cutting = false;

  add(text: string): void {
    if (text === "" || (this.#cutting && this.#used >= ROOM) || this.#seen.has(text)) return;
    this.#seen.add(text);
    // No header can carry those: upstream drops such a text as well.
    if (/\p{Cc}/u.test(text)) return;
    this.#texts.push(this.#cutting ? cut(text) : text);
    this.#used += characterCount(this.#texts.at(-1)!);
    if (this.#cutting || this.#used <= ROOM) return;
    this.#cutting = true;
    this.#texts = this.#texts.map(cut);
    this.#used = this.#texts.reduce((sum, each) => sum + characterCount(each), 0);
  }

  /** RFC 7234: code 299, no agent, the text quoted. */
  headers(): string[] {
    return this.#texts.map((text) => `299 - "${text.replaceAll("\\", "\\\\").replaceAll('"', '\\"')}"`);
  }
}

const cut = (text: string): string => (text.length <= CUT ? text : [...text].slice(0, CUT).join(""));
