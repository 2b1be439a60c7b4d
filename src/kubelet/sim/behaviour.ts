/**
 * How simulated containers behave. Without annotations images are there after a pull of no time, containers start at
 * once, run until they are stopped, and their probes succeed. A pod says otherwise by annotations, for all its
 * containers or, with the container's name at the end, for one (`sim.tiphys.dev/exit-code.web: "1"`):
 *
 * | annotation (`sim.tiphys.dev/…`) | value | meaning |
 * |---|---|---|
 * | `start-delay`  | duration     | how long starting takes |
 * | `run-for`      | duration     | the process ends by itself after this long |
 * | `exit-code`    | number       | with which code it then ends; without `run-for` it ends at once |
 * | `stop-delay`   | duration     | how long it takes to obey a stop signal; `never`: it does not |
 * | `pull-delay`   | duration     | how long pulling its image takes |
 * | `pull-error`   | text         | pulling fails with this text |
 * | `probe`        | `ok`, `fail` | what exec, HTTP, TCP and gRPC probes answer |
 * | `probe-fail-after` | duration | probes fail once the container has run this long |
 * | `ready-after`  | duration     | probes fail until it has run this long |
 * | `log`          | text         | written to its log when it starts (lines split at `\n`) |
 * | `message`      | text         | its termination message |
 *
 * Durations are Go's: `300ms`, `1.5s`, `2m`, `1h30m`.
 */
import { parseDuration } from "../../machinery/time.ts";

export interface Behaviour {
  readonly startDelay: number;
  /** Undefined: it runs until it is stopped. */
  readonly runFor: number | undefined;
  readonly exitCode: number;
  /** Infinity: only a kill ends it. */
  readonly stopDelay: number;
  readonly pullDelay: number;
  readonly pullError: string | undefined;
  readonly log: readonly string[];
  readonly message: string;
  /** Whether a probe succeeds when the container has run for `age` milliseconds. */
  probe(age: number): boolean;
}

const PREFIX = "sim.tiphys.dev/";

/** `annotations` of the pod; they reach the runtime with the sandbox. */
export function behaviourOf(annotations: Readonly<Record<string, string>>, container: string): Behaviour {
  const value = (name: string): string | undefined =>
    annotations[`${PREFIX}${name}.${container}`] ?? annotations[`${PREFIX}${name}`];
  const time = (name: string): number | undefined => duration(value(name));
  const exitCode = value("exit-code");
  const readyAfter = time("ready-after") ?? 0;
  const failAfter = time("probe-fail-after") ?? Infinity;
  const answer = value("probe") !== "fail";
  const log = value("log");
  return {
    startDelay: time("start-delay") ?? 0,
    runFor: time("run-for") ?? (exitCode === undefined ? undefined : 0),
    exitCode: Number(exitCode ?? 0),
    stopDelay: value("stop-delay") === "never" ? Infinity : (time("stop-delay") ?? 0),
    pullDelay: time("pull-delay") ?? 0,
    pullError: value("pull-error"),
    log: log === undefined ? [] : log.split("\n"),
    message: value("message") ?? "",
    probe: (age) => answer && age >= readyAfter && age < failAfter,
  };
}

/** Milliseconds; undefined where nothing is said. Throws on what is no duration. */
function duration(text: string | undefined): number | undefined {
  return text === undefined ? undefined : parseDuration(text);
}
