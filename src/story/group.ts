/** Joins what happened many times alike, so that a thousand pods take a few lines. */
import type { Act, Group } from "./story.ts";
import { nameOf, saysNothing } from "./words.ts";

/** Fewer are told one by one. */
const FROM = 4;

/** The same act with its repeats joined, at any depth, and without what says nothing. */
export function grouped(act: Act): Act {
  const alike = new Map<string, Act[]>();
  for (const child of act.children) {
    if (isIdle(child)) continue;
    const acts = alike.get(sortOf(child));
    if (acts === undefined) alike.set(sortOf(child), [child]);
    else acts.push(child);
  }
  const children = [...alike.values()].flatMap((acts) => (acts.length < FROM ? acts.map(grouped) : [joined(acts)]));
  return { ...act, children: children.toSorted((a, b) => a.began - b.began || a.revisions[0]! - b.revisions[0]!) };
}

/** Nothing to tell, and nothing came of it. */
const isIdle = ({ what, steps, events, children }: Act): boolean =>
  saysNothing(what) && steps.length === 0 && children.length === 0 && !events.some(({ warning }) => warning);

/** What makes acts alike: who did what to which kind of object. */
function sortOf(act: Act): string {
  return [act.who, act.verb, act.object.kind, act.what.replace(act.object.name, "")].join("|");
}

function joined(acts: readonly Act[]): Act {
  const byTime = acts.toSorted((a, b) => took(a) - took(b) || a.began - b.began);
  const [first] = acts as [Act];
  const [fastest, slowest] = [byTime[0]!, byTime.at(-1)!];
  const group: Group = {
    count: acts.length,
    fastest: took(fastest),
    median: took(byTime[byTime.length >> 1]!),
    slowest: took(slowest),
  };
  return {
    revisions: acts.flatMap(({ revisions }) => revisions),
    who: first.who,
    what: first.what.replace(nameOf(first.object), `${acts.length} ${pluralOf(first.object.kind)}`),
    object: first.object,
    verb: first.verb,
    began: Math.min(...acts.map(({ began }) => began)),
    ended: Math.max(...acts.map(({ ended }) => ended)),
    settled: Math.max(...acts.map(({ settled }) => settled)),
    stages: [],
    fields: first.fields,
    steps: [],
    events: warningsOf(acts),
    children: [grouped(slowest)],
    group,
  };
}

const took = ({ began, settled }: Act): number => settled - began;

const pluralOf = (kind: string): string => (/(s|x|ch)$/.test(kind) ? `${kind}es` : `${kind}s`);

/** Each warning once, with how often it was given. */
function warningsOf(acts: readonly Act[]): Act["events"] {
  const said = new Map<string, Act["events"][number]>();
  const visit = (act: Act): void => {
    for (const event of act.events) {
      const known = said.get(event.reason);
      if (event.warning) said.set(event.reason, known ? { ...known, count: known.count + event.count } : event);
    }
    act.children.forEach(visit);
  };
  acts.forEach(visit);
  return [...said.values()];
}
