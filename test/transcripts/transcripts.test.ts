/**
 * Recorded requests to a kube-apiserver v1.36, sent to ours: every answer must be the recorded one. The recordings and
 * the program that replays them lie beside the project; where they are missing, this is skipped.
 *
 * One scenario is one test. `KNOWN` holds the scenarios in which we differ. One of them that passes fails here, so the
 * list only gets shorter.
 */
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join, resolve } from "node:path";
import { test } from "node:test";
import { systemClock, systemRandom } from "../../adapters/clock/system-clock.ts";
import { openKeys } from "../../adapters/keys/cluster-keys.ts";
import { verifySignature } from "../../adapters/keys/verify-signature.ts";
import { listen } from "../../adapters/node-http/listener.ts";
import { startApiServer } from "../../apps/tiphys/api-server.ts";
import { silent } from "../../src/machinery/log.ts";

const shared = resolve(import.meta.dirname, "../../../shared");
const recordings = join(shared, "transcripts");
const replay = join(shared, "tools", "replay.mjs");

/** Topic and name of a scenario, and why our answer is another one. */
const KNOWN: Readonly<Record<string, string>> = {
  "auth/self-subject-rules-review":
    "the recorded server gave all users /.well-known/*, which is in no role that a server starts with",
};

/** Topics that mostly wait, for a policy to take effect or a revision to age, go to a server of their own. */
const WAITING = new Set(["policies", "watch", "admission"]);

/** Milliseconds a step may take: the recorded ones wait up to 20 s for a policy to take effect, ours should not need it. */
const STEP = 5000;

/** Milliseconds one server may take for its topics. */
const LIMIT = 240_000;

interface Difference {
  readonly path: string;
  readonly want?: unknown;
  readonly got?: unknown;
}

interface Result {
  readonly id: string;
  readonly about?: string;
  readonly ok: boolean;
  readonly failed: readonly {
    readonly step: number;
    readonly request: string;
    readonly diffs: readonly Difference[];
  }[];
}

if (!existsSync(recordings) || !existsSync(replay)) {
  test("recorded requests get the recorded answers", { skip: `no recordings in ${recordings}` }, () => {});
} else {
  for (const result of await replayed(topics())) {
    test(`${result.id}: ${result.about ?? ""}`, () => judge(result));
  }
}

/** Files, in groups that are replayed at the same time, each to a server of its own. */
function topics(): string[][] {
  const files = readdirSync(recordings).filter((name) => name.endsWith(".json"));
  const waiting = files.filter((name) => WAITING.has(basename(name, ".json")));
  return [files.filter((name) => !waiting.includes(name)), ...waiting.map((name) => [name])];
}

async function replayed(groups: readonly (readonly string[])[]): Promise<Result[]> {
  const folder = mkdtempSync(join(tmpdir(), "tiphys-transcripts-"));
  try {
    const results = await Promise.all(groups.map((files, at) => replayGroup(files, join(folder, String(at)))));
    return results.flat();
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Starts a server as the recorded one was configured, and replays the files to it, one after another. */
async function replayGroup(files: readonly string[], folder: string): Promise<Result[]> {
  const keys = openKeys(`${folder}-keys`, { now: systemClock.now() });
  const api = await startApiServer({
    clock: systemClock,
    random: systemRandom,
    log: silent,
    keys: keys.tokens,
    verifySignature,
    clientCa: keys.ca,
    tokenFile: "replay,token-admin,token-admin,system:masters\n",
  });
  const listener = await listen(api.door, { port: 0, tls: { ...keys.serving, clientCa: keys.ca } });
  try {
    await api.bootstrap({ address: "192.0.2.2", port: listener.port });
    const out = `${folder}.json`;
    const args = [
      replay,
      "--server",
      listener.url,
      "--token",
      "replay",
      "--insecure",
      "--timeout",
      String(STEP),
      "--json",
      out,
    ];
    const said = await run([...args, ...files.map((name) => join(recordings, name))]);
    if (!existsSync(out)) throw new Error(`${replay} wrote no results: ${said}`);
    return JSON.parse(readFileSync(out, "utf8")) as Result[];
  } finally {
    await listener.close(0);
    await api.close();
  }
}

/** What the program says; that scenarios fail shows in its exit code, too, and is told by the results. */
function run(args: readonly string[]): Promise<string> {
  return new Promise((done) => {
    execFile(process.execPath, args, { timeout: LIMIT, maxBuffer: 2 ** 26 }, (_, stdout, stderr) =>
      done((stderr || stdout).slice(-2000)),
    );
  });
}

function judge({ id, ok, failed }: Result): void {
  const known = KNOWN[id];
  if (ok) {
    assert.equal(known, undefined, `${id} is listed as known to differ (${known}) but passes: take it off the list`);
  } else if (known === undefined) {
    assert.fail(failed.map(({ step, request, diffs }) => `step ${step}: ${request}\n${told(diffs)}`).join("\n"));
  }
}

function told(differences: readonly Difference[]): string {
  const lines = differences.slice(0, 10).map(({ path, want, got }) => {
    return `  ${path}: expected ${JSON.stringify(want)}, got ${JSON.stringify(got)}`;
  });
  return lines.join("\n");
}
