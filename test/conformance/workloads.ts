/** What of sig-apps needs no pods. */
import { lifecycle } from "./lifecycle.ts";
import type { Specs } from "./rig.ts";

export const workloads: Specs = {
  "[sig-apps] CronJob should support CronJob API operations": lifecycle({
    of: "batch/v1/cronjobs",
    kind: "CronJob",
    namespaced: true,
    object: {
      spec: {
        schedule: "@yearly",
        concurrencyPolicy: "Replace",
        suspend: true,
        jobTemplate: {
          spec: {
            template: {
              spec: {
                restartPolicy: "OnFailure",
                containers: [{ name: "c", image: "busybox", command: ["sleep", "300"] }],
              },
            },
          },
        },
      },
    },
    change: { spec: { schedule: "0 0 1 1 *" } },
    status: { status: { lastScheduleTime: "2026-01-02T03:04:05Z" } },
  }),
};
