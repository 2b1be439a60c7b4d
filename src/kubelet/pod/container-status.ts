/** What a pod's status says of each container, as upstream words it. */
import type { ContainerState, ContainerStatus, Pod } from "../../api/core/index.ts";
import type { PodContainer, Situation } from "./situation.ts";
import { currentSandbox, hasStarted, newestTwo, restartCount } from "./situation.ts";
import { formatTime } from "../../machinery/time.ts";
import { mayRestart } from "./decide.ts";
import type { StartFailure } from "./situation.ts";
import type { Member } from "./spec.ts";
import { members } from "./spec.ts";

export interface StatusExtras {
  /** Such as `containerd`: container ids are told as `containerd://<id>`. */
  readonly runtimeName: string;
  /** Containers that wait out a back-off, from `decide`. */
  readonly waiting: ReadonlyMap<string, StartFailure>;
}

export function containerStatuses(
  situation: Situation,
  role: "init" | "main" | "ephemeral",
  extras: StatusExtras,
): ContainerStatus[] {
  const all = members(situation.pod).filter((member) => (member.role === "sidecar" ? "init" : member.role) === role);
  return all.map((member) => statusOf(situation, member, extras));
}

function statusOf(situation: Situation, member: Member, extras: StatusExtras): ContainerStatus {
  const { pod, memory, runtime } = situation;
  const { container, role } = member;
  const [now, before] = newestTwo(runtime, container.name);
  const failure = extras.waiting.get(container.name) ?? memory.failures.get(container.name);
  const previous = lastStatus(pod, role, container.name);

  if (!now) {
    const state = { waiting: failure ? waiting(failure) : { reason: waitingReason(situation, member) } };
    // Containers that the node has lost (a wiped runtime) keep their count and what is known of their end.
    return {
      name: container.name,
      image: container.image ?? "",
      imageID: previous?.imageID ?? "",
      ...(previous?.lastState && Object.keys(previous.lastState).length > 0
        ? { lastState: previous.lastState }
        : { lastState: {} }),
      ready: false,
      restartCount: previous?.restartCount ?? 0,
      started: false,
      state,
      ...mountsOf(member),
    };
  }

  const state = stateOf(situation, member, now, failure, extras.runtimeName);
  const last = state.waiting && now.state === "EXITED" ? now : before?.state === "EXITED" ? before : undefined;
  const started = hasStarted(situation, now, container.startupProbe !== undefined);
  return {
    name: container.name,
    image: imageName(now, container.image),
    imageID: now.imageRef,
    containerID: `${extras.runtimeName}://${now.id}`,
    state,
    lastState: last ? { terminated: terminated(last, extras.runtimeName) } : {},
    ready: isReady(situation, member, now, started),
    restartCount: restartCount(now),
    started,
    ...resourcesOf(member),
    ...mountsOf(member),
    ...(now.user && {
      user: { linux: { uid: now.user.uid, gid: now.user.gid, supplementalGroups: [...now.user.supplementalGroups] } },
    }),
  };
}

/** As the runtime names it (`docker.io/library/nginx:latest`), unless it only gives an id. */
export function imageName({ image }: PodContainer, written?: string): string {
  const isId = image.image === "" || /^(sha256:)?[0-9a-f]{64}$/.test(image.image);
  return isId ? image.userSpecifiedImage || written || image.image : image.image;
}

function stateOf(
  situation: Situation,
  { container, role }: Member,
  now: PodContainer,
  failure: StartFailure | undefined,
  runtimeName: string,
): ContainerState {
  if (now.state === "RUNNING") return { running: { startedAt: formatTime(now.startedAt) } };
  if (now.state === "EXITED") {
    const again =
      role !== "ephemeral" && !situation.memory.terminating && willRestart(situation.pod, role, container, now);
    if (failure && again) return { waiting: waiting(failure) };
    return { terminated: terminated(now, runtimeName) };
  }
  return { waiting: failure ? waiting(failure) : { reason: "ContainerCreating" } };
}

function waiting({ reason, message }: StartFailure): NonNullable<ContainerState["waiting"]> {
  return { reason, ...(message !== "" && { message }) };
}

function willRestart(pod: Pod, role: Member["role"], container: Member["container"], now: PodContainer): boolean {
  return !(role === "init" && now.exitCode === 0) && mayRestart(pod, container, now);
}

function terminated(container: PodContainer, runtimeName: string): NonNullable<ContainerState["terminated"]> {
  return {
    containerID: `${runtimeName}://${container.id}`,
    exitCode: container.exitCode,
    finishedAt: formatTime(container.finishedAt),
    reason: container.reason || (container.exitCode === 0 ? "Completed" : "Error"),
    startedAt: formatTime(container.startedAt),
    ...(container.message !== "" && { message: container.message }),
  };
}

/** Before init containers are done, main containers say so. */
function waitingReason(situation: Situation, { role }: Member): string {
  if (role === "ephemeral") return "ContainerCreating";
  return (situation.pod.spec.initContainers?.length ?? 0) > 0 ? "PodInitializing" : "ContainerCreating";
}

function isReady(
  { memory, runtime }: Situation,
  { role, container }: Member,
  now: PodContainer,
  started: boolean,
): boolean {
  if (role === "init") return now.state === "EXITED" && now.exitCode === 0;
  if (role === "ephemeral" || now.state !== "RUNNING" || !started) return false;
  if (currentSandbox(runtime)?.state !== "READY") return false;
  if (!container.readinessProbe) return true;
  return memory.probes.get(now.id)?.readiness === true;
}

function resourcesOf({ container, role }: Member): Partial<ContainerStatus> {
  if (role === "ephemeral") return {};
  const { requests, limits } = container.resources ?? {};
  return {
    ...(requests && Object.keys(requests).length > 0 && { allocatedResources: requests }),
    resources: { ...(limits && { limits }), ...(requests && { requests }) },
  };
}

function mountsOf({ container }: Member): Partial<ContainerStatus> {
  if (!container.volumeMounts?.length) return {};
  return {
    volumeMounts: container.volumeMounts.map(({ name, mountPath, readOnly, recursiveReadOnly }) => ({
      mountPath,
      name,
      ...(readOnly && { readOnly, recursiveReadOnly: recursiveReadOnly === "Enabled" ? "Enabled" : "Disabled" }),
    })),
  };
}

/** What the API has of that container: what a kubelet that lost its memory knows. */
export function lastStatus(pod: Pod, role: Member["role"], name: string): ContainerStatus | undefined {
  const { status } = pod;
  const list =
    role === "main"
      ? status?.containerStatuses
      : role === "ephemeral"
        ? status?.ephemeralContainerStatuses
        : status?.initContainerStatuses;
  return list?.find((entry) => entry.name === name);
}
