/** Rules on probes and lifecycle hooks: one handler each, with sound numbers. */
import type { Path } from "../../machinery/field-errors.ts";
import { forbidden, invalid, notSupported, required } from "../../machinery/field-errors.ts";
import { isHTTPHeaderName, isValidPortName, isValidPortNum } from "../../machinery/names.ts";
import type { Errors } from "../rules.ts";
import { add, nonNegative, oneOfRequired } from "../rules.ts";
import type { GRPCAction, HTTPGetAction, Lifecycle, LifecycleHandler, Probe } from "./probe.ts";
import { Lifecycle as LifecycleSchema } from "./probe.ts";

const SCHEMES: ReadonlySet<string> = new Set(["HTTP", "HTTPS"]);

export function checkPortOrName(errors: Errors, at: Path, port: number | string): void {
  const texts = typeof port === "number" ? isValidPortNum(port) : isValidPortName(port);
  if (texts.length > 0) add(errors, at, port, texts);
}

type Handler = LifecycleHandler & { readonly grpc?: GRPCAction };

function checkHandler(errors: Errors, at: Path, handler: Handler, gracePeriod: number): void {
  let count = 0;
  const { exec, httpGet, tcpSocket, grpc, sleep } = handler;
  const first = (name: string): boolean => {
    if (count++ === 0) return true;
    errors.push(forbidden(at.child(name), "may not specify more than 1 handler type"));
    return false;
  };
  if (exec !== undefined && first("exec") && (exec.command ?? []).length === 0) {
    errors.push(required(at.child("exec", "command")));
  }
  if (httpGet !== undefined && first("httpGet")) checkHTTPGet(errors, at.child("httpGet"), httpGet);
  if (tcpSocket !== undefined && first("tcpSocket")) {
    checkPortOrName(errors, at.child("tcpSocket", "port"), tcpSocket.port);
  }
  if (grpc !== undefined && first("grpc")) checkPortOrName(errors, at.child("grpc", "port"), grpc.port);
  if (sleep !== undefined && first("sleep") && (sleep.seconds < 0 || sleep.seconds > gracePeriod)) {
    const text = `must be non-negative and less than terminationGracePeriodSeconds (${gracePeriod})`;
    errors.push(invalid(at.child("sleep"), sleep.seconds, text));
  }
  if (count === 0) errors.push(required(at, "must specify a handler type"));
}

function checkHTTPGet(errors: Errors, at: Path, { path, port, scheme, httpHeaders }: HTTPGetAction): void {
  if (path === "") errors.push(required(at.child("path")));
  checkPortOrName(errors, at.child("port"), port);
  if (!SCHEMES.has(scheme)) errors.push(notSupported(at.child("scheme"), scheme, SCHEMES));
  for (const { name } of httpHeaders ?? []) add(errors, at.child("httpHeaders"), name, isHTTPHeaderName(name));
}

export type ProbeKind = "livenessProbe" | "readinessProbe" | "startupProbe";

export function checkProbe(errors: Errors, at: Path, kind: ProbeKind, probe: Probe, gracePeriod: number): void {
  checkHandler(errors, at, probe, gracePeriod);
  nonNegative(errors, at, "initialDelaySeconds", probe.initialDelaySeconds);
  nonNegative(errors, at, "timeoutSeconds", probe.timeoutSeconds);
  nonNegative(errors, at, "periodSeconds", probe.periodSeconds);
  nonNegative(errors, at, "successThreshold", probe.successThreshold);
  nonNegative(errors, at, "failureThreshold", probe.failureThreshold);
  const grace = probe.terminationGracePeriodSeconds;
  if (grace !== undefined && grace <= 0) {
    errors.push(invalid(at.child("terminationGracePeriodSeconds"), grace, "must be greater than 0"));
  }
  if (kind === "readinessProbe") {
    if (grace === undefined) return;
    errors.push(invalid(at.child("terminationGracePeriodSeconds"), grace, "must not be set for readinessProbes"));
  } else if (probe.successThreshold !== 1) {
    errors.push(invalid(at.child("successThreshold"), probe.successThreshold, "must be 1"));
  }
}

const SIGNALS: ReadonlySet<string> = new Set(stopSignals());
const WINDOWS_SIGNALS: ReadonlySet<string> = new Set(["SIGKILL", "SIGTERM"]);

function stopSignals(): readonly string[] {
  const { schema } = LifecycleSchema.fields["stopSignal"]!;
  return ("enum" in schema && schema.enum) || [];
}

export function checkLifecycle(
  errors: Errors,
  at: Path,
  lifecycle: Lifecycle,
  gracePeriod: number,
  os: string | undefined,
): void {
  const { postStart, preStop, stopSignal } = lifecycle;
  if (postStart !== undefined) checkHandler(errors, at.child("postStart"), postStart, gracePeriod);
  if (preStop !== undefined) checkHandler(errors, at.child("preStop"), preStop, gracePeriod);
  if (stopSignal === undefined) return;
  if (os === undefined) {
    errors.push(forbidden(at.child("stopSignal"), "may not be set for containers with empty `spec.os.name`"));
  } else oneOfRequired(errors, at, "stopSignal", stopSignal, os === "windows" ? WINDOWS_SIGNALS : SIGNALS);
}
