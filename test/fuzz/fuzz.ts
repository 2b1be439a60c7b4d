/**
 * What all fuzz tests share: a server with everything upstream's has, and the one promise. Whatever is sent to the
 * door, it answers, never with a fault of its own (a 500 that upstream answers, too, is none), and what it refuses has changed nothing.
 */
import assert from "node:assert/strict";
import * as fc from "fast-check";
import { systemClock, systemRandom } from "../../adapters/clock/system-clock.ts";
import { newKey, privatePem } from "../../adapters/keys/certificate.ts";
import { tokenKeys } from "../../adapters/keys/token-keys.ts";
import { type RunningApiServer, startApiServer } from "../../apps/tiphys/api-server.ts";
import type { ApiResponse } from "../../src/machinery/door.ts";
import { type Log, silent } from "../../src/machinery/log.ts";

/** How often each property is tried. More finds more: `TIPHYS_FUZZ_RUNS=100000 node --test test/fuzz/*.test.ts`. */
export const RUNS = Number(process.env["TIPHYS_FUZZ_RUNS"] ?? 400);

/** The same inputs each time, unless another seed is asked for. */
export const SETTINGS = {
  numRuns: RUNS,
  seed: Number(process.env["TIPHYS_FUZZ_SEED"] ?? 1),
  interruptAfterTimeLimit: 3_600_000,
};

export interface Sent {
  readonly method: string;
  readonly path: string;
  readonly query?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Uint8Array;
}

/** Milliseconds an answer may take before it counts as none. */
const LIMIT = 20_000;

export class FuzzedServer implements AsyncDisposable {
  readonly #api: RunningApiServer;
  /** What the server has logged as its own fault. */
  readonly #faults: string[];

  private constructor(api: RunningApiServer, faults: string[]) {
    this.#api = api;
    this.#faults = faults;
  }

  static async start(): Promise<FuzzedServer> {
    const faults: string[] = [];
    const log: Log = { ...silent, error: (text, fields) => faults.push(`${text} ${JSON.stringify(fields)}`) };
    const keys = tokenKeys(privatePem(newKey().privateKey));
    const api = await startApiServer({
      clock: systemClock,
      random: systemRandom,
      log,
      keys,
      authorization: "always-allow",
    });
    await api.bootstrap();
    return new FuzzedServer(api, faults);
  }

  /** Sends it, reads the whole answer, and checks the promise. Gives the status. */
  async promise({ method, path, query = "", headers = {}, body }: Sent): Promise<number> {
    const controller = new AbortController();
    const before = this.#api.store.revision;
    const answer = await within(
      this.#api.door({
        method,
        path,
        query,
        headers: { "user-agent": "fuzz", ...headers },
        ...(body && { body: { form: "bytes", bytes: body } }),
        peer: { address: "fuzz", user: { username: "fuzz", groups: ["system:masters", "system:authenticated"] } },
        signal: controller.signal,
      }),
    );
    await read(answer, controller);
    const faults = this.#faults.splice(0);
    assert.deepEqual(faults, [], `${method} ${path}?${query}`);
    if (answer.status >= 400) assert.equal(this.#api.store.revision, before, "what is refused changes nothing");
    return answer.status;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#api.close();
  }
}

async function within<T>(promise: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`no answer within ${LIMIT} ms`)), LIMIT);
  });
  return Promise.race([promise, late]).finally(() => clearTimeout(timer));
}

/** A watch is looked at once and left. */
async function read({ body }: ApiResponse, controller: AbortController): Promise<void> {
  if (body.form === "object") body.bytes();
  else if (body.form === "list") for (const chunk of body.chunks()) assert.ok(chunk.length >= 0);
  else if (body.form === "stream") for await (const chunk of body.chunks) assert.ok(chunk.length >= 0);
  else if (body.form === "watch") {
    setImmediate(() => controller.abort(new Error("seen enough")));
    try {
      for await (const batch of body.events) for (const event of batch) event.bytes();
    } catch (error) {
      if (!controller.signal.aborted) throw error;
    }
  }
}

const encoder = new TextEncoder();

/** Pieces that parsers stumble over. */
const PIECES = [
  '"',
  "{",
  "}",
  "[",
  "]",
  ":",
  ",",
  "\\",
  "\\u0000",
  "\\ud800",
  "null",
  "true",
  "-0",
  "1e999",
  "9223372036854775808",
  "1.5",
  '"__proto__"',
  '"constructor"',
  "\n",
  "\t",
  "- ",
  "&a ",
  "*a",
  "<<: *a",
  "!!binary ",
  "|\n",
  "\u0000",
  "\ufeff",
  "💥",
  "$patch",
  '"$patch":"delete"',
  "/",
  "~",
  "~2",
  "k8s\u0000",
  "\u00ff",
].map((text) => encoder.encode(text));

interface Change {
  readonly at: number;
  readonly drop: number;
  readonly insert: Uint8Array;
}

const change: fc.Arbitrary<Change> = fc.record({
  at: fc.double({ min: 0, max: 1, noNaN: true }),
  drop: fc.oneof({ weight: 3, arbitrary: fc.constant(0) }, fc.nat(4), fc.nat(64)),
  insert: fc.oneof(fc.constantFrom(...PIECES), fc.uint8Array({ maxLength: 4 }), fc.constant(new Uint8Array(0))),
});

/** Bytes with a few places changed. */
export function mutated(bytes: fc.Arbitrary<Uint8Array>): fc.Arbitrary<Uint8Array> {
  return fc.tuple(bytes, fc.array(change, { maxLength: 4 })).map(([start, changes]) => changes.reduce(changed, start));
}

function changed(bytes: Uint8Array, { at, drop, insert }: Change): Uint8Array {
  const from = Math.floor(at * bytes.length);
  return Buffer.concat([bytes.subarray(0, from), insert, bytes.subarray(from + drop)]);
}

export const bytesOf = (value: unknown): Uint8Array =>
  encoder.encode(typeof value === "string" ? value : JSON.stringify(value));
