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

/** `output` is what events say of a failure. Where `ok` is undefined the probe itself did not work, which says nothing. */
export interface ProbeOutcome {
  readonly ok: boolean | undefined;
  readonly output: string;
}

/** Bytes of a probe's output that events tell. */
const MAX_OUTPUT = 10 * 1024;
const USER_AGENT = "kube-probe/1.36";
/** A probe that does not work is tried again at once so many times. */
const TRIES = 3;

export async function runProbe(probe: Probe, target: Target, context: HandlerContext): Promise<ProbeOutcome> {
  let outcome: ProbeOutcome;
  let tries = 0;
  do outcome = await tryProbe(probe, target, context);
  while (outcome.ok === undefined && ++tries < TRIES);
  return outcome;
}

async function tryProbe(probe: Probe, target: Target, context: HandlerContext): Promise<ProbeOutcome> {
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
    // Whoever does not answer has failed; a runtime that does not run the command says nothing of the container.
    return {
      ok: error instanceof RuntimeError || error instanceof NoSuchPort ? undefined : false,
      output: rpcText(error),
    };
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
      return { ok: false, output: `command timed out: "${command.join(" ")}" timed out after ${timeoutSeconds}s` };
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
  try {
    await tryHook(handler, target, context, timeoutSeconds, signal);
  } catch (error) {
    throw signal?.aborted ? error : new Error(hookFailure(handler, target, error), { cause: error });
  }
}

/** A command that ended with another code than 0. */
class CommandFailed extends Error {
  readonly output: string;
  constructor(command: readonly string[], exitCode: number, output: string) {
    super(`command '${command.join(" ")}' exited with ${exitCode}: ${output}`);
    this.output = output;
  }
}

/** Upstream's words. They go into the pod's status and into no event, since they may tell secrets. */
function hookFailure({ exec, httpGet, sleep: pause }: LifecycleHandler, target: Target, error: unknown): string {
  const { metadata } = target.pod;
  const where = `for Container "${target.container.name}" in Pod "${metadata.name}_${metadata.namespace}(${metadata.uid})"`;
  if (exec) {
    const said = error instanceof CommandFailed ? error.output : "";
    const command = (exec.command ?? []).join(" ");
    return `Exec lifecycle hook ([${command}]) ${where} failed - error: ${rpcText(error)}, message: ${JSON.stringify(said)}`;
  }
  if (httpGet) return `HTTP lifecycle hook (${httpGet.path ?? ""}) ${where} failed - error: ${rpcText(error)}`;
  return `Sleep lifecycle hook (${pause?.seconds ?? 0}) ${where} failed - error: ${rpcText(error)}`;
}

async function tryHook(
  { exec, httpGet, sleep: pause }: LifecycleHandler,
  target: Target,
  context: HandlerContext,
  timeoutSeconds: number,
  signal: AbortSignal | undefined,
): Promise<void> {
  if (exec) {
    const command = exec.command ?? [];
    const { runtime } = context;
    const { exitCode, stdout, stderr } = await runtime.execSync(target.containerId, command, timeoutSeconds, signal);
    const output = (decode(stdout) + decode(stderr)).slice(0, MAX_OUTPUT);
    if (exitCode !== 0) throw new CommandFailed(command, exitCode, output);
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
  if (!named) throw new NoSuchPort(`strconv.Atoi: parsing "${port}": invalid syntax`);
  return named.containerPort;
}

/** No port of the container is named so. */
class NoSuchPort extends Error {}

function decode(bytes: Uint8Array): string {
  return new TextDecoder().decode(bytes);
}
