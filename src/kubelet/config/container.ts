/** A container as the runtime takes it. */
import { toJson } from "../../machinery/exact-json.ts";
import type { Cgroups } from "../host.ts";
import type { ContainerConfig, Device, ImageSpec, Mount } from "../runtime.ts";
import type { Pod } from "../../api/core/index.ts";
import {
  CONTAINER_HASH,
  CONTAINER_NAME,
  CONTAINER_PORTS,
  POD_DELETION_GRACE,
  POD_NAME,
  POD_NAMESPACE,
  POD_TERMINATION_GRACE,
  POD_UID,
  PRE_STOP_HANDLER,
  RESTART_COUNT,
  TERMINATION_MESSAGE_PATH,
  TERMINATION_MESSAGE_POLICY,
  containerLogPath,
} from "../pod/names.ts";
import { linuxResources } from "../pod/resources.ts";
import type { Member } from "../pod/spec.ts";
import { containerHash } from "../pod/spec.ts";
import { expand } from "./expand.ts";
import { containerSecurity } from "./security.ts";

export interface ContainerInputs {
  readonly restarts: number;
  readonly image: ImageSpec;
  readonly env: ReadonlyMap<string, string>;
  readonly mounts: readonly Mount[];
  readonly devices: readonly Device[];
  readonly nodeMemory: number;
  readonly cgroups: Pick<Cgroups, "version" | "swap">;
  readonly seccompRoot: string;
  /** Whose process namespace an ephemeral container joins. */
  readonly targetId?: string;
}

export function containerConfig(pod: Pod, member: Member, inputs: ContainerInputs): ContainerConfig {
  const { container } = member;
  const lookup = (name: string): string | undefined => inputs.env.get(name);
  return {
    metadata: { name: container.name, attempt: inputs.restarts },
    image: inputs.image,
    ...(container.command && { command: container.command.map((word) => expand(word, lookup)) }),
    ...(container.args && { args: container.args.map((word) => expand(word, lookup)) }),
    workingDir: container.workingDir ?? "",
    env: [...inputs.env].map(([name, value]) => ({ name, value })),
    mounts: inputs.mounts,
    devices: inputs.devices,
    labels: {
      [CONTAINER_NAME]: container.name,
      [POD_NAME]: pod.metadata.name,
      [POD_NAMESPACE]: pod.metadata.namespace ?? "",
      [POD_UID]: pod.metadata.uid,
    },
    annotations: annotationsOf(pod, member, inputs.restarts),
    logPath: containerLogPath(container.name, inputs.restarts),
    stdin: container.stdin === true,
    stdinOnce: container.stdinOnce === true,
    tty: container.tty === true,
    linux: {
      resources: linuxResources(pod, container, inputs.nodeMemory, inputs.cgroups),
      securityContext: containerSecurity(pod, member, inputs.seccompRoot, inputs.targetId),
    },
    ...(container.lifecycle?.stopSignal && { stopSignal: container.lifecycle.stopSignal }),
  };
}

/** All a kubelet that starts anew needs to know of a container that it finds. */
function annotationsOf(pod: Pod, { container }: Member, restarts: number): Record<string, string> {
  const { terminationGracePeriodSeconds } = pod.spec;
  const { deletionGracePeriodSeconds } = pod.metadata;
  return {
    [CONTAINER_HASH]: containerHash(container),
    [RESTART_COUNT]: String(restarts),
    [TERMINATION_MESSAGE_PATH]: container.terminationMessagePath ?? "/dev/termination-log",
    [TERMINATION_MESSAGE_POLICY]: container.terminationMessagePolicy ?? "File",
    ...(deletionGracePeriodSeconds !== undefined && { [POD_DELETION_GRACE]: String(deletionGracePeriodSeconds) }),
    ...(terminationGracePeriodSeconds !== undefined && {
      [POD_TERMINATION_GRACE]: String(terminationGracePeriodSeconds),
    }),
    ...(container.lifecycle?.preStop && { [PRE_STOP_HANDLER]: toJson(container.lifecycle.preStop) }),
    ...(container.ports?.length && { [CONTAINER_PORTS]: JSON.stringify(container.ports) }),
  };
}
