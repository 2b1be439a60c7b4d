/**
 * Revisions in a few words, for tests:
 *
 *     change(5, "create Pod web-1", { by: "replicaset-controller", causes: [4], owner: "ReplicaSet web" })
 */
import type { Note } from "../../machinery/door.ts";
import type { ToldChange, ToldEvent, ToldField, ToldObject } from "../../machinery/told-change.ts";

export interface Wanted {
  /** A person's name, `node-1` for its kubelet, or a controller's. Default: `jane`. */
  readonly by?: string;
  readonly causes?: readonly number[];
  readonly inferred?: true;
  readonly owner?: string;
  /** `path from to`, JSON values without blanks; `-` is nothing. */
  readonly fields?: readonly string[];
  /** Milliseconds since the story began: in and durable. Default: the revision, and one more. */
  readonly at?: readonly [received: number, committed: number];
  readonly notes?: readonly Note[];
  readonly path?: string;
  readonly event?: Partial<ToldEvent>;
  readonly generation?: ToldObject["generation"];
}

export const BEGAN = Date.UTC(2026, 0, 1);

export function change(revision: number, what: string, wanted: Wanted = {}): ToldChange {
  const { by = "jane", causes = [], at = [revision, revision + 1], notes = [], path = "/" } = wanted;
  const [verb, kind, name] = what.split(" ") as [ToldObject["verb"], string, string];
  const fields = (wanted.fields ?? []).map(fieldOf);
  const spec =
    verb === "update" && fields.some((field) => field.path.startsWith("spec.") && !path.endsWith("/binding"));
  return {
    revision,
    received: BEGAN + at[0],
    committed: BEGAN + at[1],
    user: userOf(by),
    userAgent: by === "jane" ? "kubectl/v1.36.0" : "",
    verb,
    path,
    stages: [["store", 0, at[1] - at[0]]],
    causes,
    ...(wanted.inferred && { inferred: true as const }),
    notes: notes.map((note) => ({ ...note, began: BEGAN + note.began, ended: BEGAN + note.ended })),
    objects: [
      {
        key: keyOf(kind, name),
        verb,
        apiVersion: "v1",
        kind,
        namespace: "default",
        name,
        uid: name,
        ...(wanted.generation && { generation: wanted.generation }),
        ...(spec && { generation: { before: 1, after: 2 } }),
        ...(wanted.owner !== undefined && { owner: ownerOf(wanted.owner) }),
        ...(wanted.event && { event: eventOf(wanted.event) }),
        fields,
      },
    ],
  };
}

const keyOf = (kind: string, name: string): string => `/x/${kind.toLowerCase()}s/default/${name}`;

function ownerOf(text: string): ToldObject["owner"] {
  const [kind = "", name = ""] = text.split(" ");
  return { kind, name, uid: name, key: keyOf(kind, name) };
}

function userOf(by: string): string {
  if (by.startsWith("node-")) return `system:node:${by}`;
  if (by.endsWith("-controller")) return `system:serviceaccount:kube-system:${by}`;
  return by === "kube-scheduler" ? "system:kube-scheduler" : by;
}

function fieldOf(text: string): ToldField {
  const [path = "", from, to] = text.split(" ");
  return { path, ...(from !== "-" && { from }), ...(to !== "-" && { to }) };
}

function eventOf(event: Partial<ToldEvent>): ToldEvent {
  return { type: "Normal", reason: "", message: "", count: 1, about: { kind: "Pod", name: "" }, ...event };
}

/** A Deployment of `count` pods, from the apply to Ready: ten milliseconds for each, one revision each. */
export function rollout(count: number): ToldChange[] {
  const changes = [
    change(1, "create Deployment web", { at: [0, 4] }),
    change(2, "create ReplicaSet web-1", {
      by: "deployment-controller",
      causes: [1],
      owner: "Deployment web",
      at: [6, 8],
    }),
  ];
  for (let pod = 0; pod < count; pod++) {
    const name = `web-1-${pod}`;
    const owner = "ReplicaSet web-1";
    const [made, bound, ran] = [3 + pod, 3 + count + pod, 3 + 2 * count + pod];
    const from = 10 + 10 * pod;
    changes.push(
      change(made, `create Pod ${name}`, { by: "replicaset-controller", causes: [2], owner, at: [from, from + 1] }),
      change(bound, `update Pod ${name}`, {
        by: "kube-scheduler",
        causes: [made],
        owner,
        path: "/binding",
        fields: ['spec.nodeName - "node-1"'],
        at: [from + 3, from + 4],
        notes: [{ step: "schedule", began: from + 2, ended: from + 3, detail: SCHEDULED }],
      }),
      change(ran, `update Pod ${name}`, {
        by: "node-1",
        causes: [bound],
        owner,
        path: "/status",
        fields: ['status.phase "Pending" "Running"', 'status.conditions[Ready].status "False" "True"'],
        at: [from + 1000 + 100 * pod, from + 1002 + 100 * pod],
        notes: [
          { step: "pull image", began: from + 5, ended: from + 805, detail: { image: "nginx:1", bytes: 29_000_000 } },
          { step: "start container", began: from + 900, ended: from + 950, detail: { container: "web", attempt: 0 } },
        ],
      }),
    );
  }
  return changes.toSorted((a, b) => a.revision - b.revision);
}

export const SCHEDULED = {
  node: "node-1",
  nodes: 5,
  feasible: 2,
  filtered: { "Insufficient cpu": 3 },
  score: 120,
  scores: { NodeResourcesFit: 120 },
  ranking: [
    { node: "node-1", score: 120 },
    { node: "node-2", score: 100 },
  ],
};
