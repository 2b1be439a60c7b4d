/** Reads a container's log as `kubectl logs` asks for it. */
import type { Clock } from "../../machinery/clock.ts";
import type { LogFile, LogFiles } from "../host.ts";
import { parseLogLine } from "./log-lines.ts";

export interface LogQuery {
  readonly follow: boolean;
  /** Lines from the end; undefined: all. */
  readonly tailLines?: number;
  /** Milliseconds since the epoch; lines before it are left out. */
  readonly since?: number;
  readonly timestamps: boolean;
  readonly limitBytes?: number;
  /** Default both. */
  readonly stream?: "stdout" | "stderr";
}

export interface LogSource {
  readonly path: string;
  /** While it is true a follower waits for more. */
  running(): boolean;
}

const BLOCK = 64 * 1024;
/** How often a follower looks whether the container has ended, in milliseconds. */
const LOOK_EVERY = 1000;

/** Pieces of the log as they come; ends with the log, the container, the limit or the signal. */
export async function* readLog(
  files: LogFiles,
  source: LogSource,
  query: LogQuery,
  clock: Clock,
  signal: AbortSignal,
): AsyncGenerator<Uint8Array> {
  let file = await files.open(source.path);
  while (!file) {
    // A container that has just begun may not have written anything yet.
    if (!query.follow || !source.running() || signal.aborted) return;
    await pause(clock, LOOK_EVERY, signal);
    file = await files.open(source.path);
  }
  const filter = new LogFilter(query);
  let offset = query.tailLines === undefined ? 0 : await offsetOfTail(file, query.tailLines);
  try {
    while (!signal.aborted && !filter.full) {
      const bytes = await file.read(offset, BLOCK);
      offset += bytes.length;
      if (bytes.length > 0) {
        const text = filter.take(bytes);
        if (text.length > 0) yield text;
        continue;
      }
      if (!query.follow) return;
      // First whether it runs, then whether there is more: what was written before its end is read in any case.
      const running = source.running();
      const more = await waitForMore(file, offset, clock, signal);
      if (more === "replaced") {
        await file.close();
        file = (await files.open(source.path)) ?? file;
        offset = 0;
      } else if (more === "nothing" && !running) return;
    }
  } finally {
    await file.close();
  }
}

/** Where the last `lines` lines begin. */
async function offsetOfTail(file: LogFile, lines: number): Promise<number> {
  const size = await file.size();
  if (lines <= 0) return size;
  let found = 0;
  for (let end = size; end > 0;) {
    const start = Math.max(0, end - BLOCK);
    const bytes = await file.read(start, end - start);
    for (let at = bytes.length - 1; at >= 0; at--) {
      // The line end at the very end of the file ends the last line; the others separate.
      if (bytes[at] === 10 && start + at !== size - 1 && ++found === lines) return start + at + 1;
    }
    end = start;
  }
  return 0;
}

async function waitForMore(
  file: LogFile,
  size: number,
  clock: Clock,
  signal: AbortSignal,
): Promise<"more" | "replaced" | "nothing"> {
  const limit = new AbortController();
  const cancel = clock.after(LOOK_EVERY, () => limit.abort(new Error("look again")));
  const how = await file.grown(size, AbortSignal.any([signal, limit.signal]));
  cancel();
  if (how === "aborted") return "nothing";
  return how === "grown" ? "more" : "replaced";
}

function pause(clock: Clock, milliseconds: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const cancel = clock.after(milliseconds, resolve);
    signal.addEventListener(
      "abort",
      () => {
        cancel();
        resolve();
      },
      { once: true },
    );
  });
}

/** Turns bytes of the file into what was asked for; keeps the piece of a line that is not complete yet. */
class LogFilter {
  readonly #query: LogQuery;
  readonly #decoder = new TextDecoder();
  #rest = "";
  #left: number;

  constructor(query: LogQuery) {
    this.#query = query;
    this.#left = query.limitBytes ?? Infinity;
  }

  get full(): boolean {
    return this.#left <= 0;
  }

  take(bytes: Uint8Array): Uint8Array {
    const lines = (this.#rest + this.#decoder.decode(bytes, { stream: true })).split("\n");
    this.#rest = lines.pop()!;
    const text = new TextEncoder().encode(lines.map((line) => this.#wanted(line)).join(""));
    const taken = text.length > this.#left ? text.slice(0, this.#left) : text;
    this.#left -= taken.length;
    return taken;
  }

  #wanted(line: string): string {
    const parsed = parseLogLine(line);
    if (!parsed) return "";
    const { since, stream, timestamps } = this.#query;
    if (stream && parsed.stream !== stream) return "";
    if (since !== undefined && Date.parse(parsed.time) < since) return "";
    return timestamps ? `${parsed.time} ${parsed.text}` : parsed.text;
  }
}
