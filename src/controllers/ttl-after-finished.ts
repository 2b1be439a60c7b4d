/** Deletes finished Jobs that say how long they are of interest. */
import { Job } from "../api/batch/index.ts";
import { timeOf } from "../machinery/time.ts";
import { defineController, right, tellsEvents } from "./runtime/controller.ts";
import type { Observed } from "./runtime/controller.ts";
import { remove } from "./runtime/plan.ts";
import type { Plan } from "./runtime/plan.ts";

export const ttlAfterFinishedController = defineController<Job, object>({
  name: "ttl-after-finished-controller",
  kind: Job,
  rbac: [right("delete get list watch", "batch", "jobs"), tellsEvents],
  observe: () => ({}),
  decide,
});

export function decide({ object: job, now }: Observed<Job>): Plan {
  const { ttlSecondsAfterFinished: seconds } = job.spec;
  if (seconds === undefined || job.metadata.deletionTimestamp !== undefined) return { writes: [] };
  const end = job.status.conditions?.find(
    ({ type, status }) => (type === "Complete" || type === "Failed") && status === "True",
  );
  const since = timeOf(end?.lastTransitionTime ?? undefined);
  if (since === undefined) return { writes: [] };
  const due = since + seconds * 1000;
  if (due > now) return { writes: [], recheckAt: due };
  const { uid, resourceVersion } = job.metadata;
  const options = { propagationPolicy: "Foreground", preconditions: { uid, resourceVersion } } as const;
  return { writes: [remove(Job, job, { options })] };
}
