/** Jobs in their rounds against what validation takes of a status: whatever happens, no status is refused. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { Job } from "../../api/batch/job.ts";
import { validateJobStatus } from "../../api/batch/job-status.validation.ts";
import type { Pod } from "../../api/core/index.ts";
import type { Draft } from "../../machinery/kind.ts";
import { errorText } from "../../machinery/field-errors.ts";
import { SeededRandom } from "../../machinery/testing/seeded-random.ts";
import { formatTime } from "../../machinery/time.ts";
import { decide } from "./job.ts";

const JOBS = 300;
const ROUNDS = 25;

/** One Job, its pods, and what happens to them by chance. */
class Life {
  readonly #random: SeededRandom;
  #now = Date.UTC(2024, 0, 1);
  #made = 0;
  job: Draft<Job>;
  pods: Draft<Pod>[] = [];

  constructor(random: SeededRandom) {
    this.#random = random;
    const indexed = this.#happens(0.5);
    const completions = this.#oneOf(indexed ? [1, 2, 3] : [undefined, 1, 2, 3]);
    this.job = {
      metadata: { name: "j", namespace: "d", uid: "u" },
      spec: {
        parallelism: this.#oneOf([0, 1, 2, 3]),
        ...(completions !== undefined && { completions }),
        completionMode: indexed ? "Indexed" : "NonIndexed",
        backoffLimit: this.#oneOf([0, 1, 2]),
        ...(indexed && this.#happens(0.4) && this.#limitsPerIndex()),
        ...(indexed && this.#happens(0.3) && { successPolicy: { rules: [{ succeededCount: 1 }] } }),
        suspend: this.#happens(0.2),
        ...(this.#happens(0.3) && { activeDeadlineSeconds: 30 }),
        podReplacementPolicy: this.#oneOf(["Failed", "TerminatingOrFailed"]),
        selector: { matchLabels: { a: "b" } },
        template: { metadata: { labels: { a: "b" } }, spec: { restartPolicy: "Never", containers: [{ name: "c" }] } },
      },
      status: {},
    } as never;
  }

  #limitsPerIndex(): object {
    const most = this.#happens(0.5) && { maxFailedIndexes: this.#oneOf([0, 1]) };
    return { backoffLimit: 2 ** 31 - 1, backoffLimitPerIndex: this.#oneOf([0, 1]), ...most };
  }

  #happens(chance: number): boolean {
    return this.#random.next() < chance;
  }

  #oneOf<T>(list: readonly T[]): T {
    return list[Math.floor(this.#random.next() * list.length)]!;
  }

  /** A round; gives what is said of the status that it writes. */
  round(): string[] {
    this.#now += this.#oneOf([100, 1000, 12_000]);
    const { writes, status } = decide({ object: this.job as Job, pods: this.pods as Pod[], now: this.#now });
    for (const write of writes) {
      if (write.verb === "create") this.#make(structuredClone(write.object) as Draft<Pod>);
      const { uid } = (write.object as Partial<Pod>).metadata ?? {};
      const pod = this.pods.find(({ metadata }) => metadata.uid === uid);
      if (pod === undefined) continue;
      if (write.verb === "delete") pod.metadata.deletionTimestamp ??= formatTime(this.#now);
      if (write.verb === "patch") pod.metadata.finalizers = [];
    }
    if (status === undefined) return [];
    const before = this.job;
    this.job = { ...before, status: status as Draft<Job>["status"] };
    return validateJobStatus(this.job as Job, before as Job).map(errorText);
  }

  #make(pod: Draft<Pod>): void {
    const uid = `p${++this.#made}`;
    Object.assign(pod.metadata, { uid, name: uid, namespace: "d" });
    this.pods.push({ ...pod, status: { phase: "Pending" } });
  }

  /** Pods go on and go, and somebody changes the Job. */
  goOn(): void {
    for (const pod of this.pods) if (this.#happens(0.4)) pod.status = this.#next(pod);
    const gone = ({ metadata }: Draft<Pod>): boolean =>
      metadata.deletionTimestamp !== undefined && !metadata.finalizers?.length && this.#happens(0.5);
    this.pods = this.pods.filter((pod) => !gone(pod));
    const { spec } = this.job;
    if (this.#happens(0.08)) this.job.spec = { ...spec, suspend: spec.suspend !== true };
    if (this.#happens(0.05)) {
      const size = this.#oneOf([1, 2, 3]);
      const completions = spec.completionMode === "Indexed" && { completions: size };
      this.job.spec = { ...this.job.spec, parallelism: size, ...completions };
    }
  }

  #next({ status }: Draft<Pod>): Draft<Pod>["status"] {
    if (status.phase === "Pending")
      return { phase: "Running", conditions: [{ type: "Ready", status: "True" }] } as never;
    if (status.phase !== "Running") return status;
    const exitCode = this.#oneOf([0, 0, 1]);
    const terminated = { exitCode, finishedAt: formatTime(this.#now) };
    const containerStatuses = [{ name: "c", state: { terminated } }];
    return { phase: exitCode === 0 ? "Succeeded" : "Failed", containerStatuses } as never;
  }
}

test("no status that the controller writes is refused, whatever becomes of its pods", () => {
  const random = new SeededRandom(7);
  const ends = new Set<string>();
  for (let count = 0; count < JOBS; count++) {
    const life = new Life(random);
    for (let round = 0; round < ROUNDS; round++) {
      assert.deepEqual(life.round(), [], `job ${count}, round ${round}: ${JSON.stringify(life.job.status)}`);
      life.goOn();
    }
    for (const { type } of life.job.status.conditions ?? []) ends.add(type);
  }
  assert.deepEqual([...ends].toSorted(), ["Complete", "Failed", "FailureTarget", "SuccessCriteriaMet", "Suspended"]);
});
