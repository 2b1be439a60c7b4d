import { embedded, field, int32, int64, intOrString, list, message, string } from "../../machinery/schema/builders.ts";
import { signal } from "./signal.ts";
import type { TypeOf } from "../../machinery/schema/schema.ts";

export const ExecAction = message("io.k8s.api.core.v1.ExecAction", { command: field(1, list(string()).atomic()) });
export type ExecAction = TypeOf<typeof ExecAction>;

export const GRPCAction = message("io.k8s.api.core.v1.GRPCAction", {
  port: field(1, int32()).required(),
  service: field(2, string().default("")).orNull().keepEmpty(),
});
export type GRPCAction = TypeOf<typeof GRPCAction>;

export const HTTPHeader = message("io.k8s.api.core.v1.HTTPHeader", {
  name: field(1, string()).required(),
  value: field(2, string()).required(),
});
export type HTTPHeader = TypeOf<typeof HTTPHeader>;

export const HTTPGetAction = message("io.k8s.api.core.v1.HTTPGetAction", {
  path: field(1, string().silentDefault("/")),
  port: field(2, intOrString()).required(),
  host: field(3, string()),
  scheme: field(4, string().enum("HTTP", "HTTPS").silentDefault("HTTP")),
  httpHeaders: field(5, list(HTTPHeader).atomic()),
});
export type HTTPGetAction = TypeOf<typeof HTTPGetAction>;

export const SleepAction = message("io.k8s.api.core.v1.SleepAction", { seconds: field(1, int64()).required() });
export type SleepAction = TypeOf<typeof SleepAction>;

export const TCPSocketAction = message("io.k8s.api.core.v1.TCPSocketAction", {
  port: field(1, intOrString()).required(),
  host: field(2, string()),
});
export type TCPSocketAction = TypeOf<typeof TCPSocketAction>;

export const LifecycleHandler = message("io.k8s.api.core.v1.LifecycleHandler", {
  exec: field(1, ExecAction),
  httpGet: field(2, HTTPGetAction),
  tcpSocket: field(3, TCPSocketAction),
  sleep: field(4, SleepAction),
});
export type LifecycleHandler = TypeOf<typeof LifecycleHandler>;

export const Lifecycle = message("io.k8s.api.core.v1.Lifecycle", {
  postStart: field(1, LifecycleHandler),
  preStop: field(2, LifecycleHandler),
  stopSignal: field(3, signal()).keepEmpty(),
});
export type Lifecycle = TypeOf<typeof Lifecycle>;

export const Probe = message("io.k8s.api.core.v1.Probe", {
  ...embedded(1, {
    exec: field(1, ExecAction),
    httpGet: field(2, HTTPGetAction),
    tcpSocket: field(3, TCPSocketAction),
    grpc: field(4, GRPCAction),
  }),
  initialDelaySeconds: field(2, int32()),
  timeoutSeconds: field(3, int32().silentDefault(1)),
  periodSeconds: field(4, int32().silentDefault(10)),
  successThreshold: field(5, int32().silentDefault(1)),
  failureThreshold: field(6, int32().silentDefault(3)),
  terminationGracePeriodSeconds: field(7, int64()).keepEmpty(),
});
export type Probe = TypeOf<typeof Probe>;
