/** What schedulers and kubelets note beside their writes, in words. */
import type { Note } from "../machinery/door.ts";
import type { Step } from "./story.ts";

type Detail = Readonly<Record<string, unknown>>;

/** In order; a pod's steps by when they began, and of those that began together the longest last. */
export function stepsOf(notes: readonly Note[]): Step[] {
  return notes.map(stepOf).toSorted((a, b) => a.began - b.began || a.ended - b.ended);
}

export function stepOf(note: Note): Step {
  const { step, began, ended } = note;
  const detail: Detail = typeof note.detail === "object" && note.detail !== null ? (note.detail as Detail) : {};
  const failure = detail["failure"];
  const text = textOf(step, detail, failure !== undefined);
  const more = step === "schedule" ? scheduleLines(detail) : failure === undefined ? [] : [String(failure)];
  return { text, began, ended, ...(failure !== undefined && { failed: true as const }), more, note };
}

function textOf(step: string, detail: Detail, failed: boolean): string {
  const of = (name: string): string => String(detail[name] ?? "");
  const did = (past: string, infinitive: string): string => (failed ? `could not ${infinitive}` : past);
  const again = Number(detail["attempt"] ?? 0) > 0 ? ` (attempt ${Number(detail["attempt"]) + 1})` : "";
  switch (step) {
    case "pull image":
      return `${did("pulled", "pull")} image ${of("image")}${sizeOf(detail["bytes"])}`;
    case "sandbox":
      return `${did("made", "make")} the sandbox${again}`;
    case "create container":
      return `${did("created", "create")} container ${of("container")}`;
    case "start container":
      return `${did("started", "start")} container ${of("container")}${again}`;
    case "mount volumes":
      return `${did("mounted", "mount")} ${namesOf(detail["volumes"])}`;
    case "stop":
      return `${did("stopped", "stop")} its containers`;
    case "schedule":
      return fitText(detail);
    default:
      return failed ? `${step} failed` : step;
  }
}

function sizeOf(bytes: unknown): string {
  if (typeof bytes !== "number" || bytes <= 0) return "";
  return bytes < 1e6 ? ` (${Math.max(1, Math.round(bytes / 1e3))} kB)` : ` (${Math.round(bytes / 1e6)} MB)`;
}

function namesOf(value: unknown): string {
  if (!Array.isArray(value) || value.length === 0) return "volumes";
  if (value.length > 3) return `${value.length} volumes`;
  return `${value.length === 1 ? "volume" : "volumes"} ${value.join(", ")}`;
}

/** `2 of 5 nodes fit`. */
function fitText({ feasible, nodes }: Detail): string {
  if (typeof nodes !== "number") return "chose among the nodes";
  return `${String(feasible)} of ${nodes} ${nodes === 1 ? "node fits" : "nodes fit"}`;
}

/** Scores of plugins that look at the same things come as one. */
const SUMS: Readonly<Record<string, string>> = { node: "node properties", "all pods": "other pods" };

/** Why the others do not, and how those that do compare. */
function scheduleLines({ filtered, score, scores, ranking, node }: Detail): string[] {
  const lines: string[] = [];
  for (const [reason, count] of entries(filtered)) lines.push(`${count} out: ${reason}`);
  const parts = entries(scores)
    .filter(([, value]) => value !== 0)
    .map(([plugin, value]) => `${SUMS[plugin] ?? plugin} ${value}`);
  if (typeof score === "number") {
    lines.push(`${String(node)} scored ${score}${parts.length > 0 ? `: ${parts.join(" + ")}` : ""}`);
  }
  const others = Array.isArray(ranking) ? (ranking as Detail[]).filter((each) => each["node"] !== node) : [];
  const shown = others.slice(0, 3).map((each) => `${String(each["node"])} ${String(each["score"])}`);
  if (shown.length > 0) lines.push(`then ${shown.join(", ")}${others.length > 3 ? ", …" : ""}`);
  return lines;
}

function entries(value: unknown): [string, number][] {
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value as Record<string, number>);
}
