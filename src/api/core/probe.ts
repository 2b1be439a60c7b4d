import { embedded, field, int32, int64, intOrString, list, message, string } from "../../machinery/schema/builders.ts";
import { signal } from "./signal.ts";
import type { TypeOf } from "../../machinery/schema/schema.ts";

export const ExecAction = message(
  "io.k8s.api.core.v1.ExecAction",
  {
    command: field(
      1,
      list(string()).atomic(),
      "The program and its arguments, run in the container's root directory, not by a shell. Exit code 0 means success.",
    ),
  },
  { doc: "The command of a hook or probe." },
);
export type ExecAction = TypeOf<typeof ExecAction>;

export const GRPCAction = message(
  "io.k8s.api.core.v1.GRPCAction",
  {
    port: field(1, int32(), "Port of the gRPC service on the pod's address, 1 to 65535.").required(),
    service: field(
      2,
      string().default(""),
      "The service named in the health request; empty asks about the server as a whole.",
    )
      .orNull()
      .keepEmpty(),
  },
  { doc: "The health check of a probe." },
);
export type GRPCAction = TypeOf<typeof GRPCAction>;

export const HTTPHeader = message(
  "io.k8s.api.core.v1.HTTPHeader",
  {
    name: field(
      1,
      string(),
      "The header's name, sent in canonical form, so that spellings which differ only in case are one header.",
    ).required(),
    value: field(2, string(), "The header's value.").required(),
  },
  { doc: "A header to send." },
);
export type HTTPHeader = TypeOf<typeof HTTPHeader>;

export const HTTPGetAction = message(
  "io.k8s.api.core.v1.HTTPGetAction",
  {
    path: field(1, string().silentDefault("/"), "The path to ask for; `/` by default."),
    port: field(2, intOrString(), "A number from 1 to 65535, or the name of one of the container's ports.").required(),
    host: field(
      3,
      string(),
      "The host to connect to; the pod's own address by default. To name a virtual host, set a Host header instead.",
    ),
    scheme: field(
      4,
      string().enum("HTTP", "HTTPS").silentDefault("HTTP"),
      "HTTP (the default) or HTTPS, for which the certificate is not verified.",
    ),
    httpHeaders: field(5, list(HTTPHeader).atomic(), "Headers of the request. One name may come several times."),
  },
  { doc: "The request of a hook or probe." },
);
export type HTTPGetAction = TypeOf<typeof HTTPGetAction>;

export const SleepAction = message(
  "io.k8s.api.core.v1.SleepAction",
  {
    seconds: field(
      1,
      int64(),
      "How many seconds to wait. As a `preStop` hook, not more than the grace period.",
    ).required(),
  },
  { doc: "A pause." },
);
export type SleepAction = TypeOf<typeof SleepAction>;

export const TCPSocketAction = message(
  "io.k8s.api.core.v1.TCPSocketAction",
  {
    port: field(1, intOrString(), "A number from 1 to 65535, or the name of one of the container's ports.").required(),
    host: field(2, string(), "The host to connect to; the pod's own address by default."),
  },
  { doc: "Where a hook or probe connects to." },
);
export type TCPSocketAction = TypeOf<typeof TCPSocketAction>;

export const LifecycleHandler = message(
  "io.k8s.api.core.v1.LifecycleHandler",
  {
    exec: field(1, ExecAction, "Run a command in the container."),
    httpGet: field(2, HTTPGetAction, "Send an HTTP request; a code from 200 to 399 is success."),
    tcpSocket: field(
      3,
      TCPSocketAction,
      "Deprecated and not supported for hooks: they fail when they run. Kept for old manifests.",
    ),
    sleep: field(4, SleepAction, "Wait for some seconds."),
  },
  { doc: "What to do at a point of a container's life. Exactly one of the fields must be set." },
);
export type LifecycleHandler = TypeOf<typeof LifecycleHandler>;

export const Lifecycle = message(
  "io.k8s.api.core.v1.Lifecycle",
  {
    postStart: field(
      1,
      LifecycleHandler,
      "Done right after the container is created, beside its entry point. If it fails, the container is killed and restarted by its restart policy. The container counts as started only when it is done.",
    ),
    preStop: field(
      2,
      LifecycleHandler,
      "Done before the signal to stop, when the pod is deleted or the container must go (a failed probe, preemption), but not when it ends by itself. The grace period is running already and ends it too.",
    ),
    stopSignal: field(
      3,
      signal(),
      "The signal that asks the container to stop, instead of that of its image, or SIGTERM. Needs `spec.os.name`; on Windows only SIGTERM and SIGKILL.",
    ).keepEmpty(),
  },
  {
    doc: "Hooks, and the signal to stop. Hooks are waited for, unless the container ends by itself.",
  },
);
export type Lifecycle = TypeOf<typeof Lifecycle>;

export const Probe = message(
  "io.k8s.api.core.v1.Probe",
  {
    ...embedded(1, {
      exec: field(1, ExecAction, "Run a command in the container; exit code 0 is success."),
      httpGet: field(2, HTTPGetAction, "Send an HTTP request; a code from 200 to 399 is success."),
      tcpSocket: field(3, TCPSocketAction, "Open a TCP connection; success when it opens."),
      grpc: field(4, GRPCAction, "Call the gRPC health service; SERVING is success."),
    }),
    initialDelaySeconds: field(2, int32(), "Seconds from the container's start to the first check; 0 by default."),
    timeoutSeconds: field(
      3,
      int32().silentDefault(1),
      "Seconds after which a check counts as failed. 1 by default, and at least 1.",
    ),
    periodSeconds: field(
      4,
      int32().silentDefault(10),
      "Seconds from one check to the next. 10 by default, and at least 1.",
    ),
    successThreshold: field(
      5,
      int32().silentDefault(1),
      "How many checks in a row must succeed, after a failure, to count as success. 1 by default; must be 1 for liveness and startup.",
    ),
    failureThreshold: field(
      6,
      int32().silentDefault(3),
      "How many checks in a row must fail, after a success, to count as failure. 3 by default, and at least 1.",
    ),
    terminationGracePeriodSeconds: field(
      7,
      int64(),
      "Seconds between the signal to stop and the kill when this probe fails, instead of the pod's own period. At least 1; not allowed for readiness.",
    ).keepEmpty(),
  },
  {
    doc: "A check of a container, done again and again. Exactly one of `exec`, `httpGet`, `tcpSocket` and `grpc` must be set.",
  },
);
export type Probe = TypeOf<typeof Probe>;
