/** The columns and cells of `kubectl get`, against what the reference shows. */
import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { test } from "node:test";
import type { Column, Kind, KubeObject } from "../machinery/kind.ts";
import { createScheme, parseApiVersion } from "../machinery/scheme.ts";
import { decodeObject } from "../machinery/schema/kind-codec.ts";
import { podColumns } from "./core/pod.columns.ts";
import { Pod, builtinKinds } from "./index.ts";

const reference = new URL("../../../shared/reference/tables.json", import.meta.url);
const transcripts = new URL("../../../shared/transcripts/tables.json", import.meta.url);
const scheme = createScheme(builtinKinds);
const skip = existsSync(reference) && existsSync(transcripts) ? false : "no reference tables beside the project";

/** `/apis/apps/v1/namespaces/x/deployments` to its kind. */
function kindOf(path: string): Kind | undefined {
  const parts = (path.split("?")[0] ?? "").split("/").filter((part) => part !== "");
  const { group, version } =
    parts[0] === "api" ? parseApiVersion(parts[1]!) : parseApiVersion(`${parts[1]}/${parts[2]}`);
  const rest = parts.slice(parts[0] === "api" ? 2 : 3);
  return scheme.byResource(group, version, (rest[0] === "namespaces" && rest.length > 2 ? rest[2] : rest[0]) ?? "");
}

test("every kind has the columns of the reference", { skip }, () => {
  type Shown = Pick<Column, "name" | "type" | "format" | "priority">;
  const tables = JSON.parse(readFileSync(reference, "utf8")) as Record<string, Shown[]>;
  for (const [path, expected] of Object.entries(tables)) {
    const columns = kindOf(path)
      ?.columns?.filter((column) => column.unlisted !== true)
      .map(({ name, type, format, priority }) => ({
        name,
        type,
        format,
        priority,
      }));
    const wanted = expected.map(({ name, type, format, priority }) => ({ name, type, format, priority }));
    assert.deepEqual(JSON.parse(JSON.stringify(columns ?? null)), JSON.parse(JSON.stringify(wanted)), path);
  }
});

interface Recorded {
  readonly name: string;
  readonly steps: readonly {
    readonly method: string;
    readonly path: string;
    readonly body?: KubeObject;
    readonly expect?: {
      readonly body?: { readonly kind?: string; readonly rows?: readonly { readonly cells: unknown[] }[] };
    };
  }[];
}

/** Names that other records of the table use, for objects as they stand after all writes of the scenario. */
test("cells are those the reference shows", { skip }, () => {
  let compared = 0;
  for (const { name, steps } of JSON.parse(readFileSync(transcripts, "utf8")) as Recorded[]) {
    const objects = new Map<string, KubeObject>();
    for (const { method, path, body, expect } of steps) {
      const kind = kindOf(path);
      if (kind === undefined) continue;
      if (method === "POST" && body?.kind === kind.kind) objects.set(`${kind.kind}/${body.metadata.name}`, body);
      if (method === "PATCH" && path.endsWith("/status")) {
        const key = `${kind.kind}/${path.split("/").at(-2)}`;
        objects.set(key, { ...objects.get(key)!, ...(body as object) });
      }
      if (expect?.body?.kind !== "Table" || kind.columns === undefined) continue;
      for (const { cells } of expect.body.rows ?? []) {
        const object = objects.get(`${kind.kind}/${String(cells[0])}`);
        if (object === undefined) continue;
        const now = Date.parse("2026-01-01T00:00:00Z");
        const made: unknown[] = kind.columns.map((column) =>
          column.value(decodeObject(kind, object) as KubeObject, now),
        );
        assert.deepEqual(made.map(maskTime), cells.map(maskTime), name);
        compared++;
      }
    }
  }
  assert.ok(compared > 15, `only ${compared} rows were compared`);
});

/** Ages, and what the server or a controller would have set, are left to other tests. */
function maskTime(cell: unknown): unknown {
  if (cell === undefined || cell === "<age>" || cell === "<time>" || cell === "<unknown>") return "-";
  if (cell === "0001-01-01T00:00:00Z") return "-";
  if (cell === "Pending" || cell === "") return "-";
  return typeof cell === "string" && /controller-uid|^<none>$/.test(cell) ? "-" : cell;
}

const status = (more: object): object => ({ phase: "Running", ...more });
const container = (state: object, more: object = {}): object => ({
  name: "c",
  image: "i",
  imageID: "",
  ready: false,
  restartCount: 0,
  state,
  ...more,
});

for (const { rule, given, ready, reason, restarts = "0" } of [
  { rule: "no status yet", given: { status: {} }, ready: "0/1", reason: "" },
  {
    rule: "running",
    given: { status: status({ containerStatuses: [container({ running: {} }, { ready: true })] }) },
    ready: "1/1",
    reason: "Running",
  },
  {
    rule: "why it waits",
    given: { status: status({ containerStatuses: [container({ waiting: { reason: "ImagePullBackOff" } })] }) },
    ready: "0/1",
    reason: "ImagePullBackOff",
  },
  {
    rule: "how it ended",
    given: { status: status({ containerStatuses: [container({ terminated: { exitCode: 3 } })] }) },
    ready: "0/1",
    reason: "ExitCode:3",
  },
  {
    rule: "being deleted",
    given: { metadata: { deletionTimestamp: "2026-01-01T00:00:00Z" }, status: status({}) },
    ready: "0/1",
    reason: "Terminating",
  },
  {
    rule: "on a lost node",
    given: { metadata: { deletionTimestamp: "2026-01-01T00:00:00Z" }, status: status({ reason: "NodeLost" }) },
    ready: "0/1",
    reason: "Unknown",
  },
  {
    rule: "held back",
    given: {
      status: { phase: "Pending", conditions: [{ type: "PodScheduled", status: "False", reason: "SchedulingGated" }] },
    },
    ready: "0/1",
    reason: "SchedulingGated",
  },
  {
    rule: "a container that failed beside one that is through",
    given: {
      status: status({
        containerStatuses: [
          container({ terminated: { exitCode: 0, reason: "Completed" } }),
          container({ terminated: { exitCode: 1, reason: "Error" } }, { name: "d" }),
        ],
      }),
    },
    ready: "0/1",
    reason: "Error",
  },
  {
    rule: "a container that runs beside one that is through",
    given: {
      status: status({
        containerStatuses: [
          container({ terminated: { exitCode: 0, reason: "Completed" } }),
          container({ running: {} }, { name: "d", ready: true }),
        ],
      }),
    },
    ready: "1/1",
    reason: "NotReady",
  },
  {
    rule: "no restarts of init containers that have not begun",
    given: {
      spec: { initContainers: [{ name: "i" }, { name: "j" }], containers: [{ name: "c" }] },
      status: {
        phase: "Pending",
        initContainerStatuses: [
          container({ waiting: { reason: "CrashLoopBackOff" } }, { name: "i", restartCount: 2 }),
          container({ waiting: { reason: "PodInitializing" } }, { name: "j", restartCount: 5 }),
        ],
      },
    },
    ready: "0/1",
    reason: "Init:CrashLoopBackOff",
    restarts: "2",
  },
  {
    rule: "when it was restarted",
    given: {
      status: status({
        containerStatuses: [
          container(
            { running: {} },
            {
              ready: true,
              restartCount: 2,
              lastState: { terminated: { exitCode: 1, finishedAt: "2025-12-31T23:55:00Z" } },
            },
          ),
        ],
      }),
    },
    ready: "1/1",
    reason: "Running",
    restarts: "2 (5m ago)",
  },
]) {
  test(`a pod shows: ${rule}`, () => {
    const pod = decodeObject(Pod, { spec: { containers: [{ name: "c" }] }, ...given }) as Pod;
    const cell = (name: string): unknown =>
      podColumns.find((column) => column.name === name)!.value(pod, Date.parse("2026-01-01T00:00:00Z"));
    assert.deepEqual([cell("Ready"), cell("Status"), cell("Restarts")], [ready, reason, restarts]);
  });
}
