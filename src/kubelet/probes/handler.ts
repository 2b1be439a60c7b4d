/** Carries out one probe or one hook: exec in the container, HTTP, TCP or gRPC to the pod. */
import type { Container, Pod, Probe } from "../../api/core/index.ts";
import type { LifecycleHandler } from "../../api/core/index.ts";
import type { Clock } from "../../machinery/clock.ts";
import { sleep } from "../../machinery/clock.ts";
import type { HttpProbe, ProbeNetwork } from "../host.ts";
import type { ContainerRuntime } from "../runtime.ts";
import { RuntimeError, rpcText } from "../runtime.ts";

export interface Target {
  readonly pod: Pod;
  readonly container: Container;
  readonly containerId: string;
  readonly podIP: string;
}

export interface HandlerContext {
  readonly runtime: ContainerRuntime;
  readonly network: ProbeNetwork;
  readonly clock: Clock;
}

/** `output` is what events say of a failure. */
export interface ProbeOutcome {
  readonly ok: boolean;
  readonly output: string;
}

/** Bytes of a probe's output that events tell. */
const MAX_OUTPUT = 10 * 1024;
const USER_AGENT = "kube-probe/1.36";

export async function runProbe(probe: Probe, target: Target, context: HandlerContext): Promise<ProbeOutcome> {
  const timeout = (probe.timeoutSeconds ?? 1) * 1000;
  const { exec, httpGet, tcpSocket, grpc } = probe;
  try {
    if (exec) return await execProbe(exec.command ?? [], probe.timeoutSeconds ?? 1, target, context.runtime);
    if (httpGet) {
      const { status, body } = await context.network.http(httpRequest(httpGet, target, timeout));
      const ok = status >= 200 && status < 400;
      return { ok, output: ok ? body : `HTTP probe failed with statuscode: ${status}` };
    }
    if (tcpSocket) {
      const port = portNumber(tcpSocket.port, target.container);
      await context.network.tcp(tcpSocket.host || target.podIP, port, timeout);
      return { ok: true, output: "" };
    }
    if (grpc) {
      const state = await context.network.grpc(target.podIP, grpc.port, grpc.service ?? "", timeout);
      return state === "SERVING"
        ? { ok: true, output: "service healthy" }
        : { ok: false, output: `service unhealthy (responded with "${state}")` };
    }
  } catch (error) {
    return { ok: false, output: rpcText(error) };
  }
  return { ok: true, output: "" };
}

async function execProbe(
  command: readonly string[],
  timeoutSeconds: number,
  { containerId }: Target,
  runtime: ContainerRuntime,
): Promise<ProbeOutcome> {
  try {
    const { exitCode, stdout, stderr } = await runtime.execSync(containerId, command, timeoutSeconds);
    const output = decode(stdout) + decode(stderr);
    return { ok: exitCode === 0, output: output.slice(0, MAX_OUTPUT) };
  } catch (error) {
    if (error instanceof RuntimeError && error.code === "DeadlineExceeded") {
      return { ok: false, output: `command timed out: ${command.join(" ")} timed out after ${timeoutSeconds}s` };
    }
    throw error;
  }
}

/**
 * Runs a hook. Throws with the reason where it fails; a `sleep` ends early when `signal` aborts. HTTP hooks fail
 * only where nobody answers.
 */
export async function runHook(
  handler: LifecycleHandler,
  target: Target,
  context: HandlerContext,
  timeoutSeconds: number,
  signal?: AbortSignal,
): Promise<void> {
  const { exec, httpGet, sleep: pause } = handler;
  if (exec) {
    const { exitCode, stdout, stderr } = await context.runtime.execSync(
      target.containerId,
      exec.command ?? [],
      timeoutSeconds,
      signal,
    );
    if (exitCode !== 0) {
      const said = (decode(stdout) + decode(stderr)).trim();
      throw new Error(
        `command '${(exec.command ?? []).join(" ")}' exited with ${exitCode}: ${said.slice(0, MAX_OUTPUT)}`,
      );
    }
  } else if (httpGet) {
    await context.network.http(httpRequest(httpGet, target, timeoutSeconds * 1000 || 30_000), signal);
  } else if (pause) {
    await sleep(context.clock, pause.seconds * 1000, signal);
  }
}

function httpRequest(action: NonNullable<Probe["httpGet"]>, { container, podIP }: Target, timeout: number): HttpProbe {
  const given = action.httpHeaders ?? [];
  const named = new Set(given.map(({ name }) => name.toLowerCase()));
  const path = action.path ?? "";
  return {
    scheme: (action.scheme ?? "HTTP").toLowerCase() === "https" ? "https" : "http",
    host: action.host || podIP,
    port: portNumber(action.port, container),
    path: path.startsWith("/") ? path : `/${path}`,
    headers: [
      ...given,
      ...(named.has("user-agent") ? [] : [{ name: "User-Agent", value: USER_AGENT }]),
      ...(named.has("accept") ? [] : [{ name: "Accept", value: "*/*" }]),
    ],
    timeoutMilliseconds: timeout,
  };
}

/** A number, or the name of one of the container's ports. */
function portNumber(port: number | string, container: Container): number {
  const number = typeof port === "number" ? port : Number(port);
  if (Number.isInteger(number)) return number;
  const named = container.ports?.find(({ name }) => name === port);
  if (!named) throw new Error(`couldn't find port: "${port}" in pod`);
  return named.containerPort;
}

function decode(bytes: Uint8Array): string {
  return new TextDecoder().decode(bytes);
}
