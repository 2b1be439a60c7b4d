/** Tells that containers wait before they are started again. */
import type { Pod } from "../../api/core/index.ts";
import type { KubeletContext } from "../context.ts";
import type { Actions } from "./decide.ts";
import { podText } from "./names.ts";
import { members } from "./spec.ts";

/** Told when the waiting begins, not each time it is looked at; `before`: who waited at the last look. */
export function tellBackOffs(
  pod: Pod,
  { waiting }: Actions,
  before: Actions["waiting"],
  { events }: Pick<KubeletContext, "events">,
): void {
  for (const [name, { reason }] of waiting) {
    if (reason !== "CrashLoopBackOff" || before.has(name)) continue;
    const message = `Back-off restarting failed container ${name} in pod ${podText(pod)}`;
    events.pod(
      pod,
      "Warning",
      "BackOff",
      message,
      members(pod).find((one) => one.container.name === name),
    );
  }
}
