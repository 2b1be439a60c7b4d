/**
 * What files may hold after the power went: everything that was synced, and of what was written since, any of its sectors. Of a
 * write that syncs itself as well, while nothing has followed it: the power may have gone in the middle of it.
 */
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Random } from "../../../src/machinery/random.ts";
import type { DiskCall, DiskFile, FileCall } from "./disk.ts";
import { checkJournal } from "./whole.ts";

/** A disk writes so many bytes together or not at all. */
const SECTOR = 512;

/** The files as the calls so far left them. */
export class LostPower {
  readonly #files = new Map<DiskFile, LostFile>();
  /** The newest revision that had been acknowledged by then. */
  acknowledged = 0;

  apply(call: DiskCall): void {
    for (const each of this.#files.values()) each.settle();
    if (call.type === "mapped") throw new Error("the file was written through a mapping, which is not recorded");
    if (call.type === "acknowledge") {
      for (const line of call.text.split("\n")) this.acknowledged = Math.max(this.acknowledged, Number(line));
      return;
    }
    let file = this.#files.get(call.file);
    if (file === undefined) this.#files.set(call.file, (file = new LostFile()));
    file.apply(call);
  }

  /** As the process that wrote them sees them. */
  everything(): Map<DiskFile, Buffer> {
    return new Map([...this.#files].map(([name, file]) => [name, file.everything()]));
  }

  /** One of the possible outcomes. */
  survivors(random: Random): Map<DiskFile, Buffer> {
    return new Map([...this.#files].map(([name, file]) => [name, file.survivors(random)]));
  }
}

class LostFile {
  #durable: Buffer = Buffer.alloc(0);
  #waiting: { readonly offset: number; readonly bytes: Buffer }[] = [];
  /** The last call, where that was a write which syncs itself. */
  #underway: { readonly offset: number; readonly bytes: Buffer } | undefined;

  /** Another call follows: what was under way is done. */
  settle(): void {
    if (this.#underway === undefined) return;
    this.#durable = written(this.#durable, this.#underway.offset, this.#underway.bytes);
    this.#underway = undefined;
  }

  apply(call: FileCall): void {
    if (call.type === "write") {
      if (call.durable) this.#underway = call;
      else this.#waiting.push(call);
    } else if (call.type === "sync") {
      this.#durable = this.everything();
      this.#waiting = [];
    } else {
      const rest = Buffer.alloc(call.length);
      this.#durable.copy(rest);
      this.#durable = rest;
    }
  }

  everything(): Buffer {
    let file: Buffer = Buffer.from(this.#durable);
    for (const { offset, bytes } of this.#unsettled()) file = written(file, offset, bytes);
    return file;
  }

  #unsettled(): { readonly offset: number; readonly bytes: Buffer }[] {
    return this.#underway === undefined ? this.#waiting : [...this.#waiting, this.#underway];
  }

  /** Each unsynced sector is there or not, and the file has grown with its sectors or before them. */
  survivors(random: Random): Buffer {
    const share = random.next();
    let file: Buffer = Buffer.from(this.#durable);
    for (const { offset, bytes } of this.#unsettled()) {
      if (random.next() < 0.1) file = written(file, offset + bytes.length, Buffer.alloc(0));
      for (let at = 0; at < bytes.length;) {
        const end = Math.min(bytes.length, at + SECTOR - ((offset + at) % SECTOR));
        if (random.next() < share) file = written(file, offset + at, bytes.subarray(at, end));
        at = end;
      }
    }
    return file;
  }
}

export interface PowerLossRun {
  readonly calls: readonly DiskCall[];
  /** Where files are rebuilt; emptied again and again. */
  readonly directory: string;
  readonly random: Random;
  /** The share of the prefixes that are looked at; 1 for all. */
  readonly share: number;
  /** So many outcomes of each. */
  readonly outcomes: number;
}

/** Lets the power go after chosen calls and opens what is left. Throws where that is not whole. */
export async function losePower(run: PowerLossRun): Promise<{ prefixes: number; opened: number }> {
  const { calls, directory, random } = run;
  const file = new LostPower();
  let [prefixes, opened] = [0, 0];
  const check = async (files: ReadonlyMap<DiskFile, Buffer>): Promise<void> => {
    rmSync(directory, { recursive: true, force: true });
    mkdirSync(directory);
    for (const [name, bytes] of files) writeFileSync(join(directory, name), bytes);
    await checkJournal(directory, file.acknowledged);
    opened++;
  };
  for (const [at, call] of calls.entries()) {
    file.apply(call);
    // Nothing can be lost between an acknowledgement and the call before it.
    if (call.type === "acknowledge" && at < calls.length - 1 && calls[at + 1]!.type === "acknowledge") continue;
    if (random.next() >= run.share) continue;
    prefixes++;
    try {
      await check(file.everything());
      for (let outcome = 0; outcome < run.outcomes; outcome++) await check(file.survivors(random));
    } catch (error) {
      throw new Error(`after call ${at} of ${calls.length}: ${(error as Error).message}`, { cause: error });
    }
  }
  return { prefixes, opened };
}

function written(file: Buffer, offset: number, bytes: Buffer): Buffer {
  if (offset + bytes.length > file.length) {
    const longer = Buffer.alloc(offset + bytes.length);
    file.copy(longer);
    file = longer;
  }
  bytes.copy(file, offset);
  return file;
}
