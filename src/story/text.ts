/**
 * The story for a terminal: on the left when, in the middle the tree, on the right how long.
 *
 *     +0 ms  jane (kubectl) created Deployment web                          4 ms
 *     +5 ms  └─ deployment-controller created ReplicaSet web-749c557888     2 ms
 */
import { criticalPath } from "./critical-path.ts";
import type { CriticalPath } from "./critical-path.ts";
import { grouped } from "./group.ts";
import { painter } from "./paint.ts";
import type { Color, Paint } from "./paint.ts";
import type { Act, Group, Said, Step, Story } from "./story.ts";
import { durationText, timeText } from "./times.ts";
import { fieldTexts } from "./words.ts";

export interface TextOptions {
  /** Columns of the terminal. */
  readonly width: number;
  readonly colors: boolean;
  /** Everything: no joining, all stages, all Events. */
  readonly full?: boolean;
}

/** A line of the tree. */
export interface Row {
  /** Milliseconds since the chapter began; undefined for further lines of the row above. */
  readonly at?: number;
  readonly tree: string;
  readonly text: string;
  /** The beginning of `text` that says who. */
  readonly who?: string;
  readonly color?: Color;
  readonly took?: number;
}

const WIDEST = 140;
const NARROWEST = 40;
/** So much text gets onto a line however deep the tree is. */
const LEAST_TEXT = 12;
/** Below this the durations stand behind the text, not in a column of their own. */
const TWO_COLUMNS = 72;

/** Stages shorter than this are not worth a word, in milliseconds. */
const NOTABLE = 1;
const MOST_FIELDS = 6;

/** Events that say once more what the tree says already. */
const RESTATED = new Set(["ScalingReplicaSet", "SuccessfulCreate", "SuccessfulDelete", "Scheduled", "Killing"]);
const OF_KUBELETS = new Set(["Pulling", "Pulled", "Created", "Started"]);

export function storyText(story: Story, chapters: readonly Act[], options: TextOptions): string {
  return chapters.map((chapter) => chapterText(story, chapter, options)).join("\n");
}

function chapterText(story: Story, chapter: Act, options: TextOptions): string {
  const told = options.full ? chapter : grouped(chapter);
  const rows: Row[] = [];
  addAct(rows, told, "", "", told, options);
  const path = criticalPath(chapter, story);
  return [headline(chapter, path, options), ...drawn(rows, options), ...pathLines(path, options), ""].join("\n");
}

export function headline(chapter: Act, path: CriticalPath | undefined, { colors }: TextOptions): string {
  const paint = painter(colors);
  const { kind, namespace, name } = chapter.object;
  const title = paint("bold", `${kind} ${namespace === undefined ? "" : `${namespace}/`}${name}`);
  const goal = path?.goal === undefined ? [] : [`${path.goal} after ${durationText(path.ended - path.began)}`];
  const end = path === undefined ? [] : [`all done after ${durationText(chapter.settled - chapter.began)}`];
  return `${title}\n${paint("dim", [timeText(chapter.began), ...goal, ...end].join(" · "))}\n`;
}

/** `lead` stands before the act's own line, `below` before all further ones. */
export function addAct(
  rows: Row[],
  act: Act,
  lead: string,
  below: string,
  root: Act,
  options: TextOptions,
  isRoot = act === root,
): void {
  const took = act.group === undefined ? act.ended - act.began : act.settled - act.began;
  const mark = act.inferred ? " (inferred)" : "";
  rows.push({ at: act.began - root.began, tree: lead, who: act.who, text: `${act.who} ${act.what}${mark}`, took });
  const steps = act.steps.filter(({ note }) => note.step !== "schedule");
  const parts = steps.length + act.children.length;
  const further = below + (parts > 0 ? "│  " : "  ");
  for (const [text, color] of details(act, isRoot, options)) rows.push({ tree: further, text, color });
  let left = parts;
  const branch = (): [string, string] => (--left > 0 ? [`${below}├─ `, `${below}│  `] : [`${below}└─ `, `${below}   `]);
  for (const step of steps) addStep(rows, step, branch(), root);
  for (const child of act.children) addAct(rows, child, ...branch(), root, options);
}

function addStep(rows: Row[], step: Step, [lead, below]: [string, string], root: Act): void {
  const { began, ended, text, failed, more } = step;
  rows.push({
    at: began - root.began,
    tree: lead,
    text,
    took: ended - began,
    ...(failed && { color: "red" as const }),
  });
  for (const line of more) rows.push({ tree: below, text: line, color: failed ? "red" : "dim" });
}

/** What stands below an act's line: why, what of it, and what was said about it. */
function details(act: Act, isRoot: boolean, options: TextOptions): [string, Color][] {
  const lines: [string, Color][] = [];
  const { group, because, trace } = act;
  if (group !== undefined) {
    lines.push([groupText(group), "dim"]);
  }
  if (because !== undefined) lines.push([`because ${because}`, "dim"]);
  if (trace !== undefined) lines.push([`trace ${trace}`, "dim"]);
  const fields = fieldTexts(act.fields, act.verb === "create");
  const isScale = act.what.startsWith("scaled ");
  if ((isRoot || act.what.startsWith("changed ")) && !isScale && fields.length > 0) {
    const rest = fields.length > MOST_FIELDS ? `, and ${fields.length - MOST_FIELDS} more` : "";
    lines.push([fields.slice(0, MOST_FIELDS).join(", ") + rest, "plain"]);
  }
  if (isRoot || options.full) {
    const stages = stagesText(act, options.full === true);
    if (stages !== "") lines.push([stages, "dim"]);
  }
  for (const step of act.steps) {
    if (step.note.step === "schedule") lines.push([[step.text, ...step.more].join("; "), "dim"]);
  }
  for (const event of act.events) {
    if (event.warning) lines.push([saidText(event), "yellow"]);
    else if (options.full || isNews(event, act)) lines.push([saidText(event), "dim"]);
  }
  return lines;
}

function groupText(group: Group): string {
  const [fastest, median, slowest] = [group.fastest, group.median, group.slowest].map(durationText);
  if (fastest === slowest) return `each done within ${slowest}; one of them:`;
  return `each done within ${fastest} to ${slowest}, half of them within ${median}; the slowest:`;
}

function isNews({ reason }: Said, act: Act): boolean {
  if (RESTATED.has(reason)) return false;
  return !OF_KUBELETS.has(reason) || !act.children.some(({ steps }) => steps.length > 0);
}

function saidText({ warning, reason, message, count, who }: Said): string {
  const times = count > 1 ? ` (${count}×)` : "";
  return `${warning ? "warning" : "event"} ${reason} from ${who}: ${message.trim()}${times}`;
}

function stagesText({ stages }: Act, full: boolean): string {
  const parts = new Map<string, number>();
  for (const [name, began, ended] of stages) parts.set(name, (parts.get(name) ?? 0) + ended - began);
  return [...parts]
    .filter(([, milliseconds]) => full || milliseconds >= NOTABLE)
    .map(([name, milliseconds]) => `${name} ${durationText(milliseconds)}`)
    .join(" · ");
}

/** `left` and `right`: the widths of the outer columns where they must not follow from the rows. */
export function drawn(
  rows: readonly Row[],
  { width, colors }: TextOptions,
  columns: { readonly left: number; readonly right: number } = widths(rows),
): string[] {
  const paint = painter(colors);
  const whole = Math.max(NARROWEST, Math.min(width, WIDEST)) - 1;
  const { left } = columns;
  const right = whole >= TWO_COLUMNS ? columns.right + 2 : 0;
  const room = whole - left - 2 - right;
  const times = rows.map(atText);
  const tooks = rows.map(tookText);
  return rows.flatMap((row, i) => {
    const aside =
      right === 0 && tooks[i] !== "" && row.took! > 0 ? `${row.text} (${tooks[i]!.replaceAll(" ", TIED)})` : row.text;
    const below = hanging(row, rows[i + 1]);
    const fits = aside.length <= room - row.tree.length;
    const [first = "", ...rest] = wrapped(aside, Math.max(LEAST_TEXT, room - (fits ? row.tree : below).length));
    const time = paint("dim", times[i]!.padStart(left));
    const gap = " ".repeat(Math.max(0, room - row.tree.length - first.length));
    const end = right === 0 || tooks[i] === "" ? "" : gap + paint("dim", tooks[i]!.padStart(right));
    const tree = paint("dim", row.tree);
    const further = paint("dim", below);
    return [
      `${time}  ${tree}${styled(row, first, paint)}${end}`,
      ...rest.map((line) => `${" ".repeat(left)}  ${further}${styled({ ...row, who: undefined }, line, paint)}`),
    ];
  });
}

const atText = ({ at }: Row): string => (at === undefined ? "" : `+${durationText(at)}`);
const tookText = ({ took }: Row): string => (took === undefined ? "" : durationText(took));

function widths(rows: readonly Row[]): { left: number; right: number } {
  const widest = (textOf: (row: Row) => string): number => Math.max(...rows.map((row) => textOf(row).length));
  return { left: widest(atText), right: widest(tookText) };
}

/** What stands before the further lines of a row that does not fit into one. */
function hanging(row: Row, next: Row | undefined): string {
  if (row.at === undefined) return `${row.tree}  `;
  const below = row.tree.replace(/├─ $/, "│  ").replace(/└─ $/, "   ");
  const open = next !== undefined && next.tree.length > row.tree.length;
  return `${below}${open ? "│  " : "   "}`;
}

function styled({ who, color }: Row, line: string, paint: Paint): string {
  if (who !== undefined && line.startsWith(who)) return paint("cyan", who) + line.slice(who.length);
  return color === undefined || color === "plain" ? line : paint(color, line);
}

/** At blanks, and inside of words that are longer than a line. */
export function wrapped(text: string, room: number): string[] {
  const lines: string[] = [];
  let line = "";
  for (let word of text.replaceAll(/\s*\n\s*/g, " ").split(" ")) {
    if (line !== "" && line.length + 1 + word.length > room) {
      lines.push(line);
      line = "";
    }
    for (; word.length > room; word = word.slice(room)) lines.push(word.slice(0, room));
    line = line === "" ? word : `${line} ${word}`;
  }
  return [...lines, line].map((each) => each.replaceAll(TIED, " "));
}

/** A blank at which no line is broken. */
const TIED = "\u00a0";

/** Parts shorter than this share of the whole are told together. */
const SMALLEST_SHARE = 0.01;
const MOST_PARTS = 8;
const LONGEST_BAR = 20;

function pathLines(path: CriticalPath | undefined, options: TextOptions): string[] {
  if (path === undefined) return [];
  const paint = painter(options.colors);
  const shown = path.parts.filter(({ share }, i) => share >= SMALLEST_SHARE && i < MOST_PARTS);
  const rest = path.parts.slice(shown.length);
  const other = rest.reduce((sum, { milliseconds }) => sum + milliseconds, 0);
  const total = path.ended - path.began;
  const parts = rest.length === 0 ? shown : [...shown, { text: "other", milliseconds: other, share: other / total }];
  const times = parts.map(({ milliseconds }) => durationText(milliseconds));
  const width = Math.max(...times.map((text) => text.length));
  const room = Math.max(NARROWEST, Math.min(options.width, WIDEST)) - 1;
  const bars = room >= TWO_COLUMNS;
  return [
    "",
    `Where the ${durationText(total)} went${path.goal === undefined ? "" : `, until ${path.goal}`}:`,
    ...parts.map(({ text, share }, i) => {
      const percent = (share < 0.005 ? "<1%" : `${Math.round(share * 100)}%`).padStart(4);
      const bar = bars ? `${"█".repeat(Math.round(share * LONGEST_BAR)).padEnd(LONGEST_BAR)} ` : "";
      const line = `  ${percent}  ${times[i]!.padStart(width)}  `;
      return `${line}${paint("cyan", bar)}${text.slice(0, Math.max(8, room - line.length - bar.length))}`;
    }),
  ];
}
