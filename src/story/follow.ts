/**
 * The story while it happens: each new act a line (or a few), below a headline for each chapter. How far a line is
 * indented says how many acts above led to it; the act right above it may be further up.
 */
import type { ToldChange } from "../machinery/told-change.ts";
import { Builder, Draft, finished } from "./build.ts";
import { addAct, drawn, headline } from "./text.ts";
import type { Row, TextOptions } from "./text.ts";
import { nameOf, saysNothing, whoOf } from "./words.ts";

/** `+12.3 s` and longer; lines that come one by one cannot know how wide the others will be. */
const COLUMNS = { left: 8, right: 7 };

export class Follower {
  readonly #builder = new Builder();
  readonly #options: TextOptions;
  #chapters = 0;

  constructor(options: TextOptions) {
    this.#options = options;
  }

  /** Takes what was shown already. */
  skip(change: ToldChange): void {
    this.#builder.add(change);
    this.#chapters = this.#builder.roots.length;
  }

  /** The text to print for a new revision; empty where it is not worth a line. */
  add(change: ToldChange): string {
    const act = this.#builder.add(change);
    const [object] = change.objects;
    if (object === undefined) return "";
    if (act === undefined) return object.event?.type === "Warning" ? this.#warning(change) : "";
    const alone = finished(this.#alone(change, act));
    if (!this.#options.full && saysNothing(alone.what) && alone.steps.length === 0) return "";
    const named = alone.what.includes(object.name) ? alone : { ...alone, what: `${alone.what} (${nameOf(object)})` };
    const rows: Row[] = [];
    const root = rootOf(act);
    const lead = act.depth === 0 ? "" : `${"   ".repeat(act.depth - 1)}└─ `;
    const began = { ...named, began: root.changes[0]!.received };
    addAct(rows, named, lead, "   ".repeat(act.depth), began, this.#options, act === root && act.changes.length === 1);
    const begins = act.depth === 0 && act.changes.length === 1;
    const title = begins ? `${this.#chapters++ > 0 ? "\n" : ""}${headline(alone, undefined, this.#options)}\n` : "";
    return `${title}${drawn(rows, this.#options, COLUMNS).join("\n")}\n`;
  }

  /** What this one revision adds to its act. */
  #alone(change: ToldChange, act: Draft): Draft {
    const alone = new Draft(change, change.objects[0]!, undefined);
    if (act.changes.length === 1) alone.because = act.because;
    return alone;
  }

  #warning(change: ToldChange): string {
    const { reason, message, about } = change.objects[0]!.event!;
    const text = `warning ${reason} from ${whoOf(change)} about ${about.kind} ${about.name}: ${message}`;
    return `${drawn([{ tree: "", text, color: "yellow" }], this.#options, COLUMNS).join("\n")}\n`;
  }
}

function rootOf(act: Draft): Draft {
  let root = act;
  while (root.parent !== undefined) root = root.parent;
  return root;
}
