/** A diff for people: what came, went and changed, object by object and field by field. */
import type { DifferenceList, ToldDifference, ToldMoment } from "../../src/machinery/told-difference.ts";
import { type Color, painter } from "../../src/story/paint.ts";

const SIGNS: Readonly<Record<ToldDifference["verb"], readonly [sign: string, color: Color]>> = {
  created: ["+", "green"],
  changed: ["~", "yellow"],
  deleted: ["-", "red"],
};

/**
 *     from revision 231 (2026-01-02T03:04:05Z) to revision 245: 1 created, 1 changed
 *
 *     ~ Deployment shop/web
 *         spec.replicas: 3 → 5
 *     + Pod shop/web-1
 *         spec.containers[web].image: "nginx:1"
 */
export function differenceText({ from, to, items, truncated }: DifferenceList, colors: boolean): string {
  const paint = painter(colors);
  const lines = [`${paint("bold", `from ${momentText(from)} to ${momentText(to)}`)}: ${summary(items)}`];
  if (items.length > 0) lines.push("");
  for (const { verb, kind, namespace, name, fields, more = 0 } of items) {
    const [sign, color] = SIGNS[verb];
    lines.push(`${paint(color, `${sign} ${kind}`)} ${namespace === undefined ? "" : `${namespace}/`}${name}`);
    for (const { path, from: old, to: now } of fields) lines.push(`    ${path}: ${change(old, now)}`);
    if (more > 0) lines.push(`    and ${more} more fields`);
  }
  if (truncated) lines.push("", "there is more: ask for a namespace (-n) or for resources (--resource)");
  return `${lines.join("\n")}\n`;

  function change(old: string | undefined, now: string | undefined): string {
    if (old === undefined) return paint("green", now!);
    return `${paint("red", old)} → ${now === undefined ? paint("dim", "nothing") : paint("green", now)}`;
  }
}

function momentText({ moment, revision, time }: ToldMoment): string {
  const plain = /^(\d+|now)$/.test(moment);
  const notes = [plain ? undefined : `revision ${revision}`, time].filter((note) => note !== undefined);
  return `${plain ? `revision ${revision}` : moment}${notes.length > 0 ? ` (${notes.join(", ")})` : ""}`;
}

function summary(items: readonly ToldDifference[]): string {
  const counts = Object.keys(SIGNS).flatMap((verb) => {
    const count = items.filter((item) => item.verb === verb).length;
    return count > 0 ? [`${count} ${verb}`] : [];
  });
  return counts.join(", ") || "nothing has changed";
}
