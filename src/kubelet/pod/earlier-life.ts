/**
 * What an earlier life of this kubelet, killed or cut off in the middle, has begun and what has come of it since.
 *
 * The runtime reserves a name before it makes the thing, and starts a container once (see runtime.ts). So whatever was
 * begun is taken over, and nothing that may be starting is removed and made again. Where the earlier call is under way
 * even now, the pod waits for it: {@link Underway}.
 */
import type { ContainerRuntime, PodSandboxMetadata } from "../runtime.ts";
import { RuntimeError } from "../runtime.ts";
import type { LocalState } from "./local-state.ts";
import { POD_UID } from "./names.ts";
import type { PodContainer } from "./situation.ts";

/** Somebody else's call is about the same thing; look again soon. */
export class Underway extends Error {
  constructor(cause: unknown) {
    super("another call is under way", { cause });
  }
}

/** Milliseconds until it is looked at again. */
export const UNDERWAY_RETRY = 200;

/** How long a refusal may go on as "under way" before it is told as the failure it is, in milliseconds. */
const PATIENCE = 10_000;

/** Since when each thing has been under way. */
export class Patience {
  readonly #since = new Map<string, number>();

  /** The error to act upon: the refusal itself, once it has gone on for too long. */
  judge(error: unknown, what: string, now: number): unknown {
    if (!(error instanceof Underway)) {
      this.#since.delete(what);
      return error;
    }
    const since = this.#since.get(what) ?? now;
    this.#since.set(what, since);
    return now - since > PATIENCE ? error.cause : error;
  }

  over(what: string): void {
    this.#since.delete(what);
  }
}

/** Makes a sandbox, or finds the one that an earlier life has made. Its containers come into the picture as well. */
export async function madeSandbox(
  make: Promise<string>,
  { uid, attempt }: PodSandboxMetadata,
  state: LocalState,
  runtime: ContainerRuntime,
): Promise<string> {
  try {
    return await make;
  } catch (error) {
    if (!refusedAs(error, "AlreadyExists")) throw error;
    const labels = { [POD_UID]: uid };
    const sandboxes = await runtime.listPodSandbox({ labels });
    const same = sandboxes.find(({ metadata }) => metadata.attempt === attempt);
    if (!same) throw new Underway(error);
    await state.learn(runtime, { sandboxes, containers: await runtime.listContainers({ labels }) });
    return same.id;
  }
}

/** Makes a container, or finds the one that an earlier life has made in the same sandbox. */
export async function madeContainer(
  make: Promise<string>,
  { name, attempt, sandboxId }: { readonly name: string; readonly attempt: number; readonly sandboxId: string },
  state: LocalState,
  runtime: ContainerRuntime,
): Promise<string> {
  try {
    return await make;
  } catch (error) {
    if (!refusedAs(error, "AlreadyExists")) throw error;
    const containers = await runtime.listContainers({ labels: { [POD_UID]: state.pod.metadata.uid } });
    await state.learn(runtime, { sandboxes: [], containers });
    const same = containers.find(({ metadata }) => metadata.name === name && metadata.attempt === attempt);
    // One in another sandbox is known from now on, and the next look gives the new one another number.
    if (same?.podSandboxId !== sandboxId) throw new Underway(error);
    return same.id;
  }
}

/**
 * Starts a container, or sees that it has been started. Gives the container as it is then: also where the start has
 * failed, together with the refusal.
 */
export async function startedOnce(
  start: () => Promise<void>,
  { id, sandboxId }: { readonly id: string; readonly sandboxId: string },
  state: LocalState,
  runtime: ContainerRuntime,
): Promise<{ readonly container: PodContainer | undefined; readonly refusal?: unknown }> {
  let refusal: unknown;
  try {
    await start();
  } catch (error) {
    refusal = error;
  }
  const container = await state.look(runtime, id, sandboxId);
  if (!refusedAs(refusal, "FailedPrecondition")) return { container, refusal };
  if (container?.state === "CREATED") throw new Underway(refusal);
  return container ? { container } : { container, refusal };
}

function refusedAs(error: unknown, code: RuntimeError["code"]): boolean {
  return error instanceof RuntimeError && error.code === code;
}
