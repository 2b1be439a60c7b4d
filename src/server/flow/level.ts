/**
 * A priority level: so many requests run at once, others wait in queues, and what finds its queues full is turned away.
 *
 * A flow (the requests of one user, or to one namespace, under one FlowSchema) waits in the shortest of the few queues it
 * was dealt, so that one that floods fills only those. Queues take turns.
 */
import type { PriorityLevelConfigurationSpec } from "../../api/flowcontrol/priority-level-configuration.ts";

export interface Waiting {
  start(): void;
}

/** Why a request may not wait: the level has no queues, or those of the flow are full. */
export type NotQueued = "concurrency-limit" | "queue-full";

const DEFAULT_SHARES = 30;

export class Level {
  readonly name: string;
  uid = "";
  exempt = false;
  shares = 0;
  /** Seats that are its own; how many of them others may use meanwhile, and how many of others it may. */
  nominal = 0;
  lendable = 0;
  mayBorrow = 0;
  executing = 0;
  waiting = 0;
  #queues = 0;
  #handSize = 0;
  #longest = 0;
  /** Queues in which somebody waits, in the order in which it is their turn. */
  readonly #lines = new Map<number, Waiting[]>();

  constructor(name: string) {
    this.name = name;
  }

  configure(uid: string, { type, limited, exempt }: PriorityLevelConfigurationSpec): void {
    this.uid = uid;
    this.exempt = type === "Exempt";
    const { queuing } = limited?.limitResponse ?? {};
    this.shares = limited
      ? (limited.nominalConcurrencyShares ?? DEFAULT_SHARES)
      : (exempt?.nominalConcurrencyShares ?? 0);
    this.#queues = queuing?.queues ?? 0;
    this.#handSize = queuing?.handSize ?? 0;
    this.#longest = queuing?.queueLengthLimit ?? 0;
  }

  /** Its part of `total` seats, of which all levels together have `shares` shares. */
  divide(total: number, shares: number, { limited, exempt }: PriorityLevelConfigurationSpec): void {
    this.nominal = shares === 0 ? 0 : Math.ceil((total * this.shares) / shares);
    this.lendable = Math.round((this.nominal * ((limited ?? exempt)?.lendablePercent ?? 0)) / 100);
    const percent = limited?.borrowingLimitPercent;
    this.mayBorrow = percent === undefined ? total : Math.round((this.nominal * percent) / 100);
  }

  get borrowed(): number {
    return this.exempt ? 0 : Math.max(0, this.executing - this.nominal);
  }

  /** Seats that nobody of its own uses and others may. */
  get free(): number {
    return Math.max(0, Math.min(this.lendable, this.nominal - this.executing));
  }

  /** Waits in one of the flow's queues, or says why not. */
  enqueue(flow: string, waiting: Waiting): NotQueued | undefined {
    const queue = this.#queueOf(flow);
    if (queue === undefined) return "concurrency-limit";
    const line = this.#lines.get(queue);
    if (line === undefined) this.#lines.set(queue, [waiting]);
    else if (line.length >= this.#longest) return "queue-full";
    else line.push(waiting);
    this.waiting++;
    return undefined;
  }

  #queueOf(flow: string): number | undefined {
    let best: number | undefined;
    for (const queue of handOf(flow, this.#queues, this.#handSize)) {
      if (best === undefined || this.#length(queue) < this.#length(best)) best = queue;
    }
    return best;
  }

  #length(queue: number): number {
    return this.#lines.get(queue)?.length ?? 0;
  }

  /** Takes the next one out; the queue it was in goes to the end. */
  next(): Waiting | undefined {
    for (const [queue, line] of this.#lines) {
      this.#lines.delete(queue);
      const waiting = line.shift();
      if (line.length > 0) this.#lines.set(queue, line);
      if (waiting === undefined) continue;
      this.waiting--;
      return waiting;
    }
    return undefined;
  }

  /** One that waits goes away. */
  leave(waiting: Waiting): void {
    for (const [queue, line] of this.#lines) {
      const index = line.indexOf(waiting);
      if (index < 0) continue;
      line.splice(index, 1);
      if (line.length === 0) this.#lines.delete(queue);
      this.waiting--;
      return;
    }
  }
}

/** The queues a flow is dealt: always the same ones, all different. */
export function handOf(flow: string, queues: number, handSize: number): number[] {
  const hand: number[] = [];
  let state = hashOf(flow);
  while (hand.length < Math.min(handSize, queues)) {
    // xorshift: a sequence that depends on the flow alone.
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    const queue = (state >>> 0) % queues;
    if (!hand.includes(queue)) hand.push(queue);
  }
  return hand;
}

/** FNV-1a, never zero. */
function hashOf(text: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  return hash === 0 ? 1 : hash;
}
