/** What a pod's status says of each container, as upstream words it. */
import type { Container, ContainerState, ContainerStatus, Pod } from "../../api/core/index.ts";
import type { PodContainer, Situation } from "./situation.ts";
import { currentSandbox, hasStarted, newestTwo, restartCount } from "./situation.ts";
import { formatTime } from "../../machinery/time.ts";
import { mayRestart } from "./decide.ts";
import type { StartFailure } from "./situation.ts";
import type { Member } from "./spec.ts";
import { lastStatus, members } from "./spec.ts";

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
  const { memory, runtime } = situation;
  const { container } = member;
  const [now, before] = newestTwo(runtime, container.name);
  const failure = extras.waiting.get(container.name) ?? memory.failures.get(container.name);

  if (!now) return statusOfNothing(situation, member, failure);

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
    ...resourcesOf(member, memory.given.get(now.id)),
    ...mountsOf(member),
    ...(now.user && {
      user: { linux: { uid: now.user.uid, gid: now.user.gid, supplementalGroups: [...now.user.supplementalGroups] } },
    }),
  };
}

const LOST = {
  exitCode: 137,
  reason: "ContainerStatusUnknown",
  message: "The container could not be located when the pod was deleted.  The container used to be Running",
} as NonNullable<ContainerState["terminated"]>;

/** The runtime knows no such container: none was made yet, or a wiped runtime has lost it and the API tells what it was. */
function statusOfNothing(situation: Situation, member: Member, failure: StartFailure | undefined): ContainerStatus {
  const { pod, memory } = situation;
  const { container, role } = member;
  const told = lastStatus(pod, role, container.name);
  const end = told?.state?.terminated;
  if (told && end && !(failure && willRestart(pod, role, container, end.exitCode))) return told;
  const lost = told?.state?.running !== undefined && !failure && !memory.carriesOn;
  const last = end ?? told?.lastState?.terminated ?? (lost ? LOST : undefined);
  return {
    name: container.name,
    image: container.image ?? "",
    imageID: told?.imageID ?? "",
    lastState: last ? { terminated: last } : {},
    ready: false,
    restartCount: (told?.restartCount ?? 0) + (lost && pod.metadata.deletionTimestamp === undefined ? 1 : 0),
    started: false,
    state: { waiting: failure ? waiting(failure) : { reason: waitingReason(situation, member) } },
    ...mountsOf(member),
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
      role !== "ephemeral" &&
      !situation.memory.terminating &&
      willRestart(situation.pod, role, container, now.exitCode);
    if (failure && again) return { waiting: waiting(failure) };
    return { terminated: terminated(now, runtimeName) };
  }
  return { waiting: failure ? waiting(failure) : { reason: "ContainerCreating" } };
}

function waiting({ reason, message }: StartFailure): NonNullable<ContainerState["waiting"]> {
  return { reason, ...(message !== "" && { message }) };
}

function willRestart(pod: Pod, role: Member["role"], container: Member["container"], exitCode: number): boolean {
  return !(role === "init" && exitCode === 0) && mayRestart(pod, container, exitCode);
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

/** What the node has granted, and what the container has of it by now. */
function resourcesOf(
  { container: { resources = {} }, role }: Member,
  given: Container["resources"] = resources,
): Partial<ContainerStatus> {
  if (role === "ephemeral") return {};
  const granted = resources.requests;
  const { requests, limits } = given;
  return {
    ...(granted && Object.keys(granted).length > 0 && { allocatedResources: granted }),
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
