/** `tiphys kube-scheduler`: the scheduler alone, against any API server. */
import { systemClock, systemRandom } from "../../../adapters/clock/system-clock.ts";
import type { Invocation } from "../command.ts";
import { apiServerDoor, componentLog, runComponent } from "../component.ts";
import { runScheduler } from "../scheduler.ts";
import type { schedulerFlags } from "./component.commands.ts";

export async function kubeScheduler({ values }: Invocation<typeof schedulerFlags>): Promise<number> {
  const log = await componentLog(values);
  const remote = apiServerDoor("kube-scheduler", values.kubeconfig, values.master);
  const ports = { door: remote.door, clock: systemClock, random: systemRandom, log, remote: true };
  return runComponent("kube-scheduler", remote, values, log, () => runScheduler(ports));
}
