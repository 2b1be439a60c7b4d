/**
 * Keeps the FlowSchemas and priority levels that every cluster has in place while the server runs, and says of each
 * FlowSchema whether the level it names is there.
 */
import type { FlowSchema } from "../../api/flowcontrol/flow-schema.ts";
import type { ApiRequest, Door } from "../../machinery/door.ts";
import { quote } from "../../machinery/go-text.ts";
import type { Clock } from "../../machinery/clock.ts";
import type { Log } from "../../machinery/log.ts";
import { formatTime } from "../../machinery/time.ts";
import type { Store } from "../../store/store.ts";
import { API_SERVER } from "../authentication/authenticators.ts";
import { ensureFlowControl } from "../bootstrap/bootstrap.ts";
import { LEVELS, SCHEMAS } from "./flow-control.ts";

const GROUP = "/apis/flowcontrol.apiserver.k8s.io/v1";
const MANAGER = "api-priority-and-fairness-config-consumer-v1";
/** Milliseconds between two looks where nothing changed, as upstream. */
const EVERY = 60_000;

export interface UpkeepOptions {
  readonly door: Door;
  readonly store: Store;
  readonly clock: Clock;
  readonly log: Log;
}

/** Looks now, with each change, and every minute. Resolves after the first look with how to end it. */
export async function keepFlowControl({ door, store, clock, log }: UpkeepOptions): Promise<() => void> {
  const controller = new AbortController();
  const { signal } = controller;
  let running = false;
  let again = false;
  let cancel = (): void => {};

  const look = async (): Promise<void> => {
    cancel();
    if (running) {
      again = true;
      return;
    }
    running = true;
    await work();
    running = false;
    if (signal.aborted) return;
    cancel = clock.after(again ? 0 : EVERY, () => void look());
    again = false;
  };
  const work = async (): Promise<void> => {
    try {
      await ensureFlowControl({ door, signal });
      const schemas = [...store.snapshot().range(SCHEMAS)];
      await Promise.all(schemas.map(({ object }) => tellDangling(object as FlowSchema)));
    } catch (error) {
      if (!signal.aborted) log.warn("the flow control configuration could not be kept", { error: String(error) });
    }
  };
  const tellDangling = async ({ apiVersion, kind, metadata, spec, status }: FlowSchema): Promise<void> => {
    const { name } = metadata;
    const level = spec.priorityLevelConfiguration.name;
    const said = danglingOf(level, store.head(LEVELS + level) !== undefined);
    const before = status?.conditions?.find(({ type }) => type === "Dangling");
    // In whose words it is said makes no difference, as upstream.
    if (before?.status === said.status) return;
    const condition = { ...said, lastTransitionTime: formatTime(clock.now()) };
    const body = { apiVersion, kind, metadata: { name }, status: { conditions: [condition] } };
    await apply(`${GROUP}/flowschemas/${name}/status`, body);
  };
  const apply = async (path: string, object: object): Promise<void> => {
    const request: ApiRequest = {
      method: "PATCH",
      path,
      query: `fieldManager=${MANAGER}&force=true`,
      headers: { "user-agent": "kube-apiserver", "content-type": "application/apply-patch+yaml" },
      peer: { address: "kube-apiserver", user: API_SERVER },
      signal,
      body: { form: "object", object },
    };
    const { status } = await door(request);
    // Who deleted it meanwhile made a change of its own.
    if (status >= 400 && status !== 404) log.warn("the status of a FlowSchema could not be written", { path, status });
  };

  const stops = [SCHEMAS, LEVELS].map((prefix) => store.watch(prefix, store.revision, { changes: () => void look() }));
  await look();
  return () => {
    controller.abort();
    cancel();
    for (const stop of stops) stop();
  };
}

function danglingOf(level: string, there: boolean) {
  const refers = `This FlowSchema references the PriorityLevelConfiguration object named ${quote(level)}`;
  return there
    ? { type: "Dangling", status: "False", reason: "Found", message: `${refers} and it exists` }
    : { type: "Dangling", status: "True", reason: "NotFound", message: `${refers} but there is no such object` };
}
