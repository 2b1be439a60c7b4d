import assert from "node:assert/strict";
import { test } from "node:test";
import { certificate, newKey } from "../../../adapters/keys/certificate.ts";
import { silent } from "../../../src/machinery/log.ts";
import type { Random } from "../../../src/machinery/random.ts";
import { VirtualClock } from "../../../src/machinery/testing/virtual-clock.ts";
import { isOver, keepRenewed } from "./renewal.ts";
import type { NodeAccess } from "./worker.ts";

const DAY = 24 * 3600_000;
const BEGIN = Date.UTC(2026, 0, 1);

function accessUntil(begin: number, end: number): NodeAccess {
  const { privateKey, publicKey } = newKey();
  const subject = { commonName: "system:node:n" };
  const issuer = { subject, privateKey, publicKey };
  const cert = certificate({ subject, publicKey, issuer, notBefore: begin, notAfter: end, usages: ["client"] });
  return { name: "n", server: "https://127.0.0.1:1", ca: "", cert, key: "" };
}

/** Renews what lasts ten days, with failures of the attempts given; tells on which days what happened. */
async function run(days: number, random: readonly number[], failing: (attempt: number) => boolean = () => false) {
  const clock = new VirtualClock(BEGIN);
  const ending = new AbortController();
  const said: string[] = [];
  const day = (): string => ((clock.now() - BEGIN) / DAY).toFixed(3);
  let attempts = 0;
  let drawn = 0;
  const done = keepRenewed({
    access: accessUntil(BEGIN, BEGIN + 10 * DAY),
    clock,
    random: { next: () => random[drawn++ % random.length]! } as Random,
    log: silent,
    signal: ending.signal,
    async renew() {
      if (failing(attempts++)) {
        said.push(`fails ${day()}`);
        throw new Error("nobody answers");
      }
      return accessUntil(clock.now(), clock.now() + 10 * DAY);
    },
    use: () => said.push(`uses ${day()}`),
  });
  await clock.advance(days * DAY);
  ending.abort();
  await done;
  return said;
}

for (const { rule, days, random, failing, said } of [
  { rule: "not before seven tenths of its time", days: 6.9, random: [0], failing: undefined, said: [] },
  { rule: "again and again", days: 15, random: [0], failing: undefined, said: ["uses 7.000", "uses 14.000"] },
  { rule: "at the latest after nine tenths", days: 9.5, random: [1], failing: undefined, said: ["uses 9.000"] },
  {
    rule: "after a failure a minute later, whatever is drawn then",
    days: 8,
    random: [0, 1],
    failing: (attempt: number) => attempt < 2,
    said: ["fails 7.000", "fails 7.001", "uses 7.001"],
  },
]) {
  test(`a certificate is renewed ${rule}`, async () => assert.deepEqual(await run(days, random, failing), said));
}

test("one that has ended is over", () => {
  const access = accessUntil(BEGIN, BEGIN + DAY);
  assert.deepEqual([isOver(access, BEGIN + DAY - 1), isOver(access, BEGIN + DAY)], [false, true]);
});
