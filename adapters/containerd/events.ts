/**
 * What happens to containers, from containerd's own event service: CRI's is not there in 1.6, and this one is prompt.
 *
 * containerd publishes a task's end a moment before its CRI part has taken note of it. A kubelet that looked at once
 * would still see it running and then wait for its next relist, so an end is passed on only when CRI's status agrees
 * with it ({@link CONFIRM_MS} at most). Beginnings are passed on as they come: who began it knows from its own call,
 * and asking CRI meanwhile would only slow it down.
 */
import { RuntimeError } from "../../src/kubelet/runtime.ts";
import type { ContainerRuntime, RuntimeEvent } from "../../src/kubelet/runtime.ts";
import { containerd, milliseconds } from "./containerd-messages.ts";
import type { ContainerdTables } from "./containerd-messages.ts";
import { hasCode, runtimeError } from "./grpc.ts";
import type { GrpcConnection } from "./grpc.ts";
import { polledEvents } from "./polled-events.ts";
import type { Decoded } from "../../src/machinery/protobuf-wire.ts";
import type { ServiceError } from "@grpc/grpc-js";

/** The namespace in which containerd keeps what CRI made. */
export const CRI_NAMESPACE = "k8s.io";
/** How long CRI's status may lag behind an event. */
const CONFIRM_MS = 2000;
/** Between two looks, doubling from the first to the last. */
const [FIRST_LOOK_MS, LAST_LOOK_MS] = [2, 64];
/** The label by which a kubelet marks what belongs to a pod. */
const POD_UID_LABEL = "io.kubernetes.pod.uid";
/** Events that may wait for a slow reader before the stream is given up (the kubelet then relists). */
const MAX_WAITING = 16_384;

type Envelope = Decoded<ContainerdTables, "Envelope">;
type StatusReader = Pick<ContainerRuntime, "containerStatus" | "podSandboxStatus">;
type Reader = StatusReader & Pick<ContainerRuntime, "listContainers" | "listPodSandbox">;

const FILTERS = ["/tasks/start", "/tasks/exit", "/tasks/oom", "/containers/create", "/containers/delete"].map(
  (topic) => `topic=="${topic}",namespace=="${CRI_NAMESPACE}"`,
);

/**
 * Events until `signal` aborts; throws `Unavailable` when the runtime goes away. Runtimes other than containerd have no
 * such service: there the lists are looked at again and again.
 */
export async function* runtimeEvents(
  connection: GrpcConnection,
  runtime: Reader,
  signal: AbortSignal,
): AsyncGenerator<RuntimeEvent, void, undefined> {
  try {
    yield* subscribedEvents(connection, runtime, signal);
  } catch (error) {
    if (!hasCode(error, "Unimplemented")) throw error;
    yield* polledEvents(runtime, signal);
  }
}

async function* subscribedEvents(
  connection: GrpcConnection,
  status: StatusReader,
  signal: AbortSignal,
): AsyncGenerator<RuntimeEvent, void, undefined> {
  const queue = new EventQueue();
  const stream = connection.serverStream(
    "/containerd.services.events.v1.Events/Subscribe",
    containerd,
    ["SubscribeRequest", "Envelope"],
    { filters: FILTERS },
    { headers: { "containerd-namespace": CRI_NAMESPACE } },
  );
  const stop = (): void => stream.cancel();
  signal.addEventListener("abort", stop, { once: true });
  const confirmer = new Confirmer(status, signal);
  stream.on("data", (envelope: Envelope) => {
    const event = eventOf(envelope);
    if (event && !queue.push(confirmer.confirm(event))) stream.cancel();
  });
  stream.on("error", (error: ServiceError) => queue.end(signal.aborted ? undefined : runtimeError(error)));
  stream.on("end", () => queue.end(new RuntimeError("Unavailable", "containerd ended its stream of events")));
  try {
    yield* queue.events();
  } finally {
    signal.removeEventListener("abort", stop);
    stream.cancel();
  }
}

function eventOf({ topic, timestamp, event }: Envelope): RuntimeEvent | undefined {
  const bytes = event?.value ?? new Uint8Array(0);
  const at = milliseconds(timestamp);
  switch (topic) {
    case "/tasks/start":
      return { type: "STARTED", id: containerd.decode("TaskEvent", bytes).containerId, podUid: "", at };
    case "/tasks/exit": {
      const { containerId, execId } = containerd.decode("TaskExit", bytes);
      // An exec'd command's end is nobody's concern but its caller's.
      return execId === containerId ? { type: "STOPPED", id: containerId, podUid: "", at } : undefined;
    }
    case "/tasks/oom":
      // The exit that follows says the rest; where only a child was killed, the kubelet looks for nothing.
      return undefined;
    case "/containers/create":
      return { type: "CREATED", id: containerd.decode("ContainerEvent", bytes).id, podUid: "", at };
    case "/containers/delete":
      return { type: "DELETED", id: containerd.decode("ContainerEvent", bytes).id, podUid: "", at };
    default:
      return undefined;
  }
}

/** Waits until CRI's status agrees with an end, and learns from it whose pod it was. */
class Confirmer {
  readonly #status: StatusReader;
  readonly #signal: AbortSignal;
  /** Pod uids by id, from the end to the deletion. */
  readonly #ended = new Map<string, string>();

  constructor(status: StatusReader, signal: AbortSignal) {
    this.#status = status;
    this.#signal = signal;
  }

  async confirm(event: RuntimeEvent): Promise<RuntimeEvent> {
    const { id, type } = event;
    if (type === "STOPPED") await this.#stopped(id);
    const podUid = this.#ended.get(id) ?? "";
    if (type === "DELETED") this.#ended.delete(id);
    return { ...event, podUid };
  }

  async #stopped(id: string): Promise<void> {
    const until = performance.now() + CONFIRM_MS;
    for (let wait = FIRST_LOOK_MS; ; wait = Math.min(wait * 2, LAST_LOOK_MS)) {
      const agrees = await this.#look(id).catch(() => true);
      if (agrees || this.#signal.aborted || performance.now() > until) return;
      await new Promise((resolve) => setTimeout(resolve, wait));
    }
  }

  /** Whether CRI knows of the end. What is gone already has nothing more to say. */
  async #look(id: string): Promise<boolean> {
    try {
      const { state, labels } = await this.#status.containerStatus(id, this.#signal);
      this.#ended.set(id, labels[POD_UID_LABEL] ?? "");
      return state === "EXITED";
    } catch (error) {
      if (!hasCode(error, "NotFound")) throw error;
    }
    const { state, metadata } = await this.#status.podSandboxStatus(id, this.#signal);
    this.#ended.set(id, metadata.uid);
    return state === "NOTREADY";
  }
}

/** Keeps the order of events while several are being confirmed. */
class EventQueue {
  #waiting: Promise<RuntimeEvent>[] = [];
  #ended: { failure: Error | undefined } | undefined;
  #wake: (() => void) | undefined;

  /** False when the reader is too far behind. */
  push(event: Promise<RuntimeEvent>): boolean {
    if (this.#waiting.length >= MAX_WAITING) {
      this.end(new RuntimeError("ResourceExhausted", "events of the container runtime were read too slowly"));
      return false;
    }
    this.#waiting.push(event);
    this.#wake?.();
    return true;
  }

  end(failure: Error | undefined): void {
    this.#ended ??= { failure };
    this.#wake?.();
  }

  async *events(): AsyncGenerator<RuntimeEvent, void, undefined> {
    for (;;) {
      const batch = this.#waiting;
      this.#waiting = [];
      for (const event of batch) yield await event;
      if (this.#waiting.length > 0) continue;
      if (this.#ended) {
        if (this.#ended.failure) throw this.#ended.failure;
        return;
      }
      await new Promise<void>((resolve) => (this.#wake = resolve));
      this.#wake = undefined;
    }
  }
}
