/**
 * From revisions to a tree of acts.
 *
 * Where an act stands is decided in this order:
 *
 * 1. An Event stands with what was last wanted of the object that it is about.
 * 2. What nobody asked for begins a chapter: a person's write, or one whose cause is older than the log.
 * 3. A new object, a new generation or a deletion stands below what was last wanted of the owner: pods below the
 *    ReplicaSet's last change, a scaled ReplicaSet below the Deployment's.
 * 4. Anything else written to an object (binding, status, and its end after it was marked for deletion) stands below
 *    what was last wanted of the object itself.
 * 5. What belongs to neither stands below its causes: the nearest act that all of them stand below.
 *
 * One writer's reports about one object are one act. The true cause is named where it is not the act above.
 */
import type { ToldChange, ToldField, ToldObject } from "../machinery/told-change.ts";
import { stepsOf } from "./steps.ts";
import type { Act, Said, Story } from "./story.ts";
import { REPORTED, isDriving, isMarked, nameOf, saysNothing, whatOf, whoOf } from "./words.ts";

/** An act while it is being told. */
export class Draft {
  readonly changes: ToldChange[];
  readonly object: ToldObject;
  readonly who: string;
  readonly driving: boolean;
  readonly parent: Draft | undefined;
  readonly depth: number;
  readonly children: Draft[] = [];
  readonly events: Said[] = [];
  because: string | undefined;

  constructor(change: ToldChange, object: ToldObject, parent: Draft | undefined) {
    this.changes = [change];
    this.object = object;
    this.parent = parent;
    this.depth = parent === undefined ? 0 : parent.depth + 1;
    this.who = whoOf(change);
    this.driving = isDriving(object) && !isChoice(change);
    parent?.children.push(this);
  }
}

/** Takes revisions one after the other; the tree so far is in `roots`. */
export class Builder {
  readonly roots: Draft[] = [];
  readonly changes: ToldChange[] = [];
  readonly #byRevision = new Map<number, Draft>();
  /** What was last wanted of each object. */
  readonly #driver = new Map<string, Draft>();
  readonly #byName = new Map<string, string>();

  /** The act that the change made or became part of; undefined for what is no act, such as an Event. */
  add(change: ToldChange): Draft | undefined {
    const [object] = change.objects;
    if (object === undefined || this.#byRevision.has(change.revision)) return undefined;
    this.changes.push(change);
    if (object.event !== undefined) {
      this.#say(change, object);
      return undefined;
    }
    const parent = this.#parentOf(change, object);
    const same = isDriving(object) ? undefined : reportOf(parent, change, object);
    if (same !== undefined) same.changes.push(change);
    const act = same ?? new Draft(change, object, parent);
    this.#byRevision.set(change.revision, act);
    if (same !== undefined) return same;
    act.because = this.#becauseOf(act, change);
    if (parent === undefined) this.roots.push(act);
    for (const each of change.objects) {
      this.#byName.set(each.uid, each.key);
      if (act.driving || !this.#driver.has(each.key)) this.#driver.set(each.key, act);
    }
    return act;
  }

  build(): Story {
    return { chapters: this.roots.map((root) => finished(root)), changes: this.changes };
  }

  #parentOf(change: ToldChange, object: ToldObject): Draft | undefined {
    if (change.causes.length === 0) return this.#isAside(change, object) ? this.#driver.get(object.key) : undefined;
    const owner = object.owner?.key === undefined ? undefined : this.#driver.get(object.owner.key);
    const own = this.#driver.get(object.key);
    const reports = !isDriving(object) || isChoice(change);
    if (own !== undefined && (reports || endsWhat(own, object))) return own;
    if (!reports && owner !== undefined) return owner;
    return nearest(change.causes.flatMap((revision) => this.#byRevision.get(revision) ?? [])) ?? own;
  }

  /** A program's report without a cause belongs to its object all the same. */
  #isAside({ user }: ToldChange, object: ToldObject): boolean {
    return user.startsWith("system:") && !isDriving(object);
  }

  /** The newest cause, where it is not plain from the place: by what it stands below or has been itself. */
  #becauseOf(act: Draft, change: ToldChange): string | undefined {
    const { parent } = act;
    if (parent === undefined || !act.driving) return undefined;
    const causes = change.causes.flatMap((revision) => this.#byRevision.get(revision) ?? []);
    if (causes.some((cause) => cause === parent) || causes.length === 0) return undefined;
    const others = causes.filter(
      (cause) => cause.object.key !== act.object.key && cause.object.key !== act.object.owner?.key,
    );
    const said = others.map((cause) => ({ cause, words: wordsOf(cause) })).filter(({ words }) => !saysNothing(words));
    const last = said.at(-1);
    if (last === undefined) return undefined;
    const { cause, words } = last;
    if (words.startsWith(REPORTED)) return `of ${nameOf(cause.object)}: ${words.slice(REPORTED.length)}`;
    return words.includes(cause.object.name)
      ? `${cause.who} ${words}`
      : `${cause.who} ${words} for ${nameOf(cause.object)}`;
  }

  #say(change: ToldChange, { event }: ToldObject): void {
    const { about, type, reason, message, count } = event!;
    const key = about.uid === undefined ? undefined : this.#byName.get(about.uid);
    const act = key === undefined ? this.#byRevision.get(change.causes[0] ?? -1) : this.#driver.get(key);
    if (act === undefined) return;
    const said = { who: whoOf(change), at: change.committed, warning: type === "Warning", reason, message, count };
    const known = act.events.findIndex((each) => each.reason === reason && each.message === message);
    if (known < 0) act.events.push(said);
    else act.events[known] = { ...said, at: act.events[known]!.at };
  }
}

export function buildStory(changes: Iterable<ToldChange>): Story {
  const builder = new Builder();
  for (const change of changes) builder.add(change);
  return builder.build();
}

/** The object is gone that `own` had marked for deletion. */
const endsWhat = (own: Draft, { verb }: ToldObject): boolean => verb === "delete" && isMarked(own.object);

/** The act in which the same writer reported about the same object already. */
function reportOf(parent: Draft | undefined, { user }: ToldChange, { key }: ToldObject): Draft | undefined {
  return parent?.children.find(
    (each) => each.object.key === key && !each.driving && each.changes[0]!.user === user && !isChoice(each.changes[0]!),
  );
}

/** A node was chosen: not what is wanted of the pod, and no mere report either. */
const isChoice = ({ path }: ToldChange): boolean => path.endsWith("/binding");

/** The deepest act that all of `acts` are or stand below. */
function nearest(acts: readonly Draft[]): Draft | undefined {
  let found: Draft | undefined;
  for (const act of acts) found = found === undefined ? act : common(found, act);
  return found;
}

function common(a: Draft, b: Draft): Draft | undefined {
  let [left, right]: (Draft | undefined)[] = [a, b];
  while (left !== right) {
    if (left === undefined || right === undefined) return undefined;
    if (left.depth > right.depth) left = left.parent;
    else if (right.depth > left.depth) right = right.parent;
    else [left, right] = [left.parent, right.parent];
  }
  return left;
}

function wordsOf({ changes, object }: Draft): string {
  return whatOf(object, changes[0]!.path, fieldsOf(changes, object.key));
}

/** All changes of an act together: each field from its first value to its last. */
function fieldsOf(changes: readonly ToldChange[], key: string): readonly ToldField[] {
  if (changes.length === 1) return changes[0]!.objects[0]!.fields;
  const fields = new Map<string, ToldField>();
  for (const { objects } of changes) {
    for (const field of objects.find((object) => object.key === key)?.fields ?? []) {
      const known = fields.get(field.path);
      fields.set(field.path, known === undefined ? field : { ...field, from: known.from });
    }
  }
  // Counts that went up and down again are told as they are now.
  return [...fields.values()].filter(({ path, from, to }) => from !== to || path.startsWith("status."));
}

/** The act as it is told: a value, for as long as nothing more happens. */
export function finished(draft: Draft): Act {
  const { changes, object, who, events, because } = draft;
  const [first] = changes as [ToldChange];
  const fields = fieldsOf(changes, object.key);
  const steps = stepsOf(changes.flatMap(({ notes }) => notes));
  const children = draft.children.map(finished);
  const ended = changes.at(-1)!.committed;
  return {
    revisions: changes.map(({ revision }) => revision),
    who,
    what: whatOf(object, first.path, fields),
    object: {
      key: object.key,
      kind: object.kind,
      ...(object.namespace !== undefined && { namespace: object.namespace }),
      name: object.name,
    },
    verb: object.verb,
    began: Math.min(first.received, ...steps.map(({ began }) => began)),
    ended,
    settled: children.reduce((latest, child) => Math.max(latest, child.settled), ended),
    ...(because !== undefined && { because }),
    ...(first.inferred && { inferred: true as const }),
    ...(first.trace !== undefined && { trace: first.trace }),
    stages: first.stages,
    fields,
    steps,
    events,
    children,
  };
}
