/**
 * What the revisions say: that each is one change and the same for everybody, that they go up with the time, that a list is the
 * sum of the changes up to its revision, and that a watch is told every change of its prefix once, in order.
 */
import { watches } from "../watchers.ts";
import type { ConcurrentHistory, Listing, Operation, Told, Value, Watching } from "./concurrent-history.ts";

export function orderAnomalies(history: ConcurrentHistory): string[] {
  const { operations, listings = [], watches: watchings = [] } = history;
  const { all: facts, contradictions } = new Facts(history);
  const writes = acknowledged(operations);
  return [
    ...contradictions,
    ...invented(operations, facts),
    ...backwards(writes),
    ...listings.flatMap((listing) => ages(listing, writes)),
    ...sums(listings, operations, facts),
    ...watchings.flatMap((watching) => [...ordered(watching), ...complete(watching, facts)]),
  ];
}

/** Every change that anybody was told of, by revision and key. */
class Facts {
  readonly contradictions: string[] = [];
  /** In order of revisions. */
  readonly all: readonly Told[];
  readonly #byRevision = new Map<number, Map<string, Value>>();

  constructor({ operations, listings = [], watches: watchings = [] }: ConcurrentHistory) {
    for (const { process, key, call, outcome } of operations) {
      if (outcome.type !== "done" || outcome.revision === undefined) continue;
      if (call.type !== "read") this.#learn(process, { revision: outcome.revision, key, value: call.value });
      else if (outcome.value !== undefined) {
        this.#learn(process, { revision: outcome.revision, key, value: outcome.value });
      }
    }
    for (const { process, entries } of listings) for (const entry of entries) this.#learn(process, entry);
    for (const { process, told } of watchings) for (const each of told) this.#learn(process, each);
    this.all = [...this.#byRevision]
      .toSorted(([a], [b]) => a - b)
      .flatMap(([revision, values]) => [...values].map(([key, value]) => ({ revision, key, value })));
  }

  #learn(process: string, { revision, key, value }: Told): void {
    let values = this.#byRevision.get(revision);
    if (values === undefined) this.#byRevision.set(revision, (values = new Map()));
    if (!values.has(key)) values.set(key, value);
    else if (values.get(key) !== value) {
      this.contradictions.push(
        `${process} was told that revision ${revision} made ${key} ${value}, another that it made it ${values.get(key)}`,
      );
    }
  }
}

/** Changes that nobody asked for, whose writer was told that they did not happen, or that happened more than once. */
function invented(operations: readonly Operation[], facts: readonly Told[]): string[] {
  const found: string[] = [];
  const written = new Set<string>();
  for (const { key, call, outcome } of operations) {
    if (call.type === "read" || outcome.type === "conflict" || call.value === undefined) continue;
    const name = `${key}=${call.value}`;
    if (written.has(name)) throw new RangeError(`${name} is written twice: the check needs values that differ`);
    written.add(name);
  }
  const at = new Map<string, number>();
  for (const { revision, key, value } of facts) {
    if (value === undefined) continue;
    const name = `${key}=${value}`;
    if (!written.has(name)) found.push(`revision ${revision} made ${name}, which nobody wrote`);
    const other = at.get(name);
    if (other !== undefined) found.push(`${name} was written once and happened at revisions ${other} and ${revision}`);
    at.set(name, revision);
  }
  return found;
}

/** Writes whose revision is not greater than that of a write that had returned before they began. */
function backwards(writes: readonly Acknowledged[]): string[] {
  const byReturn = writes.toSorted((a, b) => a.returned - b.returned);
  const found: string[] = [];
  let newest = 0;
  let at = 0;
  for (const { process, key, invoked, revision } of writes.toSorted((a, b) => a.invoked - b.invoked)) {
    for (; at < byReturn.length && byReturn[at]!.returned < invoked; at++) {
      newest = Math.max(newest, byReturn[at]!.revision);
    }
    if (revision <= newest) {
      found.push(`${process} wrote ${key} at revision ${revision}, after ${newest} had been acknowledged`);
    }
  }
  return found;
}

interface Acknowledged extends Operation {
  readonly revision: number;
}

function acknowledged(operations: readonly Operation[]): Acknowledged[] {
  return operations.flatMap((operation) => {
    const { call, outcome } = operation;
    if (call.type === "read" || outcome.type !== "done" || outcome.revision === undefined) return [];
    return [{ ...operation, revision: outcome.revision }];
  });
}

/** A list that is older than what was acknowledged before it began, or newer than what began after it. */
function ages(listing: Listing, writes: readonly Acknowledged[]): string[] {
  const { process, prefix, revision } = listing;
  const found: string[] = [];
  for (const write of writes) {
    if (!listing.stale && write.returned < listing.invoked && write.revision > revision) {
      found.push(`${process} listed ${prefix} at ${revision}, though ${write.revision} had been acknowledged`);
    }
    if (write.invoked > listing.returned && write.revision <= revision) {
      found.push(`${process} listed ${prefix} at ${revision}, before ${write.revision} was begun`);
    }
  }
  return found;
}

/** Lists that are not the sum of the changes up to their revision. */
function sums(listings: readonly Listing[], operations: readonly Operation[], facts: readonly Told[]): string[] {
  const found: string[] = [];
  const now = new Map<string, Told>();
  let at = 0;
  for (const listing of listings.toSorted((a, b) => a.revision - b.revision)) {
    for (; at < facts.length && facts[at]!.revision <= listing.revision; at++) {
      const fact = facts[at]!;
      if (fact.value === undefined) now.delete(fact.key);
      else now.set(fact.key, fact);
    }
    const expected = new Map([...now].filter(([key]) => watches(listing.prefix, key)));
    found.push(...differences(listing, expected, operations));
  }
  return found;
}

function differences(listing: Listing, expected: Map<string, Told>, operations: readonly Operation[]): string[] {
  const { process, prefix, revision, returned, entries } = listing;
  const found: string[] = [];
  const name = `${process} listed ${prefix} at ${revision}`;
  for (const entry of entries) {
    const fact = expected.get(entry.key);
    if (fact?.revision !== entry.revision) {
      found.push(`${name} and found ${entry.key} of revision ${entry.revision}, not ${fact?.revision ?? "none"}`);
    }
    expected.delete(entry.key);
  }
  for (const { key, revision } of expected.values()) {
    // A deletion of which nobody learnt leaves no other trace.
    const maybe = operations.some(
      ({ key: of, call, outcome, invoked }) =>
        of === key && outcome.type === "unknown" && call.type !== "read" && !call.value && invoked <= returned,
    );
    if (!maybe) found.push(`${name} without ${key}, which is there since ${revision}`);
  }
  return found;
}

function ordered({ process, after, told }: Watching): string[] {
  const found: string[] = [];
  let last = after;
  let keys = new Set<string>();
  for (const { revision, key } of told) {
    if (revision < last || (revision === last && keys.size === 0)) {
      found.push(`${process} was told of revision ${revision} after ${last}`);
    } else if (revision === last && keys.has(key)) {
      found.push(`${process} was told twice of ${key} at revision ${revision}`);
    }
    if (revision > last) keys = new Set();
    keys.add(key);
    last = Math.max(last, revision);
  }
  return found;
}

/** Changes that a watch should have been told and was not, or was told though they are not of its prefix. */
function complete({ process, prefix, after, reached, told }: Watching, facts: readonly Told[]): string[] {
  const names = new Set(told.map(({ revision, key }) => `${revision} ${key}`));
  const found: string[] = [];
  for (const { key } of told) {
    if (!watches(prefix, key)) found.push(`${process} watches ${prefix} and was told of ${key}`);
  }
  for (const { revision, key } of facts) {
    if (revision <= after || revision > reached || !watches(prefix, key) || names.has(`${revision} ${key}`)) continue;
    found.push(`${process} watches ${prefix} up to ${reached} and was not told of ${key} at ${revision}`);
  }
  return found;
}
