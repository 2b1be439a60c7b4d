/**
 * Names that clients choose, and that every object of JavaScript has, too: whatever is asked with one of them is answered
 * as with another name of its kind.
 */
import assert from "node:assert/strict";
import { test } from "node:test";
import { testServer } from "./testing/server.ts";

/** Each with one that no object has, and that sorts as it does. */
const NAMES = [
  ["constructor", "constructoq"],
  ["toString", "toStrinf"],
  ["hasOwnProperty", "hasOwnPropertx"],
  ["__proto__", "__protn__"],
] as const;

type Step = readonly [method: string, path: string, body?: unknown, type?: string, more?: Record<string, string>];

const NS = "/api/v1/namespaces/ns";
const MAP = `${NS}/configmaps/a`;
const MERGE = "application/merge-patch+json";
const STRATEGIC = "application/strategic-merge-patch+json";
const JSON_PATCH = "application/json-patch+json";
const APPLY = "application/apply-patch+yaml";
const CRDS = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions";
const WIDGETS = "/apis/example.com/v1/namespaces/ns/widgets";

/** As JSON.parse makes it: also `__proto__` is a key. */
const one = (name: string, value: unknown): object => JSON.parse(`{${JSON.stringify(name)}:${JSON.stringify(value)}}`);
const map = (more: object): object => ({ apiVersion: "v1", kind: "ConfigMap", metadata: { name: "a" }, ...more });
const pod = (spec: object, container: object = {}): object => ({
  metadata: { name: "p", labels: { app: "a" } },
  spec: { containers: [{ name: "c", image: "i", ...container }], ...spec },
});
const made = (path: string, kind: string, spec: object): Step[] => [
  ["POST", path, { metadata: { name: "x" }, spec }],
  ["GET", path, undefined, undefined, { accept: `application/json;as=Table;g=meta.k8s.io;v=v1` }],
  [
    "PATCH",
    `${path}/x?fieldManager=${kind}&force=true`,
    { ...typed(path, kind), metadata: { name: "x" }, spec },
    APPLY,
  ],
];
const typed = (path: string, kind: string): object => {
  const [, root, group, version] = path.split("/");
  return { kind, apiVersion: root === "api" ? group : `${group}/${version}` };
};
const term = (name: string): object => ({ topologyKey: name, labelSelector: { matchLabels: one(name, "v") } });
const schema = (properties: object): object => ({ openAPIV3Schema: { type: "object", properties } });
const definition = (properties: object): object => ({
  metadata: { name: "widgets.example.com" },
  spec: {
    group: "example.com",
    scope: "Namespaced",
    names: { plural: "widgets", kind: "Widget" },
    versions: [{ name: "v1", served: true, storage: true, schema: schema(properties) }],
  },
});

const ASKED: Readonly<Record<string, (name: string) => readonly Step[]>> = {
  "labels and annotations": (name) => [
    ["POST", `${NS}/configmaps`, map({ metadata: { name: "a", labels: one(name, "v"), annotations: one(name, "w") } })],
    ["PATCH", MAP, { metadata: { labels: one(name, null), annotations: one(name, "x") } }, MERGE],
    ["PATCH", MAP, { metadata: { labels: one(name, "y") } }, STRATEGIC],
    ["PUT", MAP, map({})],
  ],
  "selectors of labels": (name) => [
    ["POST", `${NS}/configmaps`, map({ metadata: { name: "a", labels: { app: "a" } } })],
    ...["", "!", " in (v)", " notin (v)", "=v", "!=v", ">1", "<1"].map((operator): Step => {
      const text = operator === "!" ? `!${name}` : name + operator;
      return ["GET", `${NS}/configmaps?labelSelector=${encodeURIComponent(text)}`];
    }),
  ],
  "selectors of fields, options, and parameters": (name) => [
    ["GET", `${NS}/configmaps?fieldSelector=${name}%3Dv`],
    ["GET", `${NS}/configmaps?${name}=1&resourceVersionMatch=${name}`],
    ["POST", `${NS}/configmaps?dryRun=${name}&fieldValidation=${name}&fieldManager=${name}`, map({})],
    ["DELETE", `${MAP}?propagationPolicy=${name}`],
    ["DELETE", MAP, { propagationPolicy: name, dryRun: [name] }],
  ],
  "keys of data": (name) => [
    ["POST", `${NS}/configmaps`, map({ data: one(name, "v"), binaryData: { other: "AAAA" } })],
    ["PATCH", MAP, { data: one(name, "w") }, MERGE],
    ["PATCH", MAP, { data: one(name, "x") }, STRATEGIC],
    ["PATCH", MAP, [{ op: "replace", path: `/data/${name}`, value: "y" }], JSON_PATCH],
    ["PATCH", MAP, [{ op: "copy", from: `/data/${name}`, path: "/data/copy" }], JSON_PATCH],
    ["PATCH", `${MAP}?fieldManager=m&force=true`, map({ data: one(name, "z") }), APPLY],
    ["PATCH", `${MAP}?fieldManager=m`, map({}), APPLY],
    ["PATCH", MAP, { data: one(name, null) }, MERGE],
    ["GET", MAP],
  ],
  "data there and not there": (name) => [
    ["POST", `${NS}/configmaps`, map({ data: { other: "v" } })],
    ["PATCH", MAP, { data: one(name, null) }, MERGE],
    ["PATCH", MAP, { data: one(name, null) }, STRATEGIC],
    ["PATCH", MAP, [{ op: "remove", path: `/data/${name}` }], JSON_PATCH],
    ["PATCH", MAP, [{ op: "test", path: `/data/${name}`, value: null }], JSON_PATCH],
    ["PATCH", MAP, { data: one(name, "v") }, STRATEGIC],
    ["PATCH", MAP, { data: one(name, null) }, STRATEGIC],
  ],
  "directives of patches": (name) => [
    ["POST", `${NS}/pods`, pod({})],
    ...["$setElementOrder/", "$deleteFromPrimitiveList/"].map((directive): Step => [
      "PATCH",
      `${NS}/pods/p`,
      { metadata: one(directive + name, ["a"]) },
      STRATEGIC,
    ]),
    [
      "PATCH",
      `${NS}/pods/p`,
      { metadata: { ...one(name, ["a"]), ...one(`$setElementOrder/${name}`, ["a"]) } },
      STRATEGIC,
    ],
    ["PATCH", `${NS}/pods/p`, { spec: { $retainKeys: [name], ...one(name, "v") } }, STRATEGIC],
    ["PATCH", `${NS}/pods/p`, { spec: { containers: [one(name, "v")] } }, STRATEGIC],
    ["PATCH", `${NS}/pods/p`, { spec: one(name, { $patch: "delete" }) }, STRATEGIC],
  ],
  "fields that no kind has": (name) => [
    ["POST", `${NS}/configmaps?fieldValidation=Strict`, { ...map({}), ...one(name, {}) }],
    ["POST", `${NS}/pods?fieldValidation=Strict`, pod(one(name, { a: 1 }), one(name, []))],
    ["PATCH", `${MAP}?fieldManager=m`, { ...map({}), ...one(name, {}) }, APPLY],
    ["POST", `${NS}/configmaps`, one("kind", name)],
    ["POST", `${NS}/configmaps`, one("apiVersion", name)],
  ],
  "names of objects": (name) => [
    ["POST", `${NS}/configmaps`, { metadata: { name } }],
    ["GET", `${NS}/configmaps/${name}`],
    ["GET", `${NS}/${name}`],
    ["GET", `/apis/${name}/v1`],
    ["GET", `/apis/apps/${name}`],
    ["POST", "/api/v1/namespaces", { metadata: { name } }],
  ],
  "pods' environment and volumes": (name) =>
    made(`${NS}/pods`, "Pod", {
      volumes: [{ name: "v", configMap: { name: "m", items: [{ key: name, path: name }] } }],
      containers: [
        {
          name: "c",
          image: "i",
          env: [
            { name, value: "v" },
            { name: "a", valueFrom: { configMapKeyRef: { name: "m", key: name } } },
            { name: "b", valueFrom: { fieldRef: { fieldPath: name } } },
            { name: "c", valueFrom: { fieldRef: { fieldPath: `metadata.labels['${name}']` } } },
            { name: "d", valueFrom: { resourceFieldRef: { resource: name } } },
          ],
        },
      ],
    }),
  "pods' resources": (name) => [
    ...["requests", "limits"].map((kind): Step => [
      "POST",
      `${NS}/pods`,
      pod({}, { resources: one(kind, one(name, "1")) }),
    ]),
    ["POST", `${NS}/pods`, pod({ overhead: one(name, "1"), resources: { requests: one(name, "1") } })],
  ],
  "where pods go": (name) => [
    ["POST", `${NS}/pods`, pod({ nodeSelector: one(name, "v"), tolerations: [{ key: name, operator: "Exists" }] })],
    ["PATCH", `${NS}/pods/p`, { metadata: { labels: one(name, "v") } }, MERGE],
    [
      "POST",
      `${NS}/pods`,
      {
        ...pod({
          topologySpreadConstraints: [
            { maxSkew: 1, whenUnsatisfiable: name, matchLabelKeys: [name], ...term(name) },
            { maxSkew: 1, whenUnsatisfiable: "DoNotSchedule", matchLabelKeys: [name], ...term("k") },
          ],
          affinity: {
            podAffinity: {
              requiredDuringSchedulingIgnoredDuringExecution: [{ ...term(name), matchLabelKeys: [name] }],
            },
          },
        }),
        metadata: { name: "q", labels: { app: "a" } },
      },
    ],
  ],
  "enumerations of pods": (name) => [
    [
      "POST",
      `${NS}/pods`,
      pod({ restartPolicy: name, dnsPolicy: name, priorityClassName: name, runtimeClassName: name }),
    ],
    ["POST", `${NS}/pods`, pod({ os: { name }, volumes: [{ name: "v", hostPath: { path: "/", type: name } }] })],
    [
      "POST",
      `${NS}/pods`,
      pod({ securityContext: { seccompProfile: { type: name }, sysctls: [{ name, value: "1" }] } }),
    ],
  ],
  "quotas and limits": (name) => [
    ["POST", `${NS}/resourcequotas`, { metadata: { name: "q" }, spec: { hard: one(name, "1"), scopes: [name] } }],
    [
      "POST",
      `${NS}/resourcequotas`,
      {
        metadata: { name: "q" },
        spec: { hard: { pods: "1" }, scopeSelector: { matchExpressions: [{ scopeName: name, operator: "Exists" }] } },
      },
    ],
    [
      "POST",
      `${NS}/limitranges`,
      { metadata: { name: "l" }, spec: { limits: [{ type: name, max: one(name, "1"), default: one(name, "1") }] } },
    ],
    [
      "POST",
      `${NS}/limitranges`,
      { metadata: { name: "l" }, spec: { limits: [{ type: "Container", min: one(name, "1"), max: one(name, "2") }] } },
    ],
    ["POST", `${NS}/pods`, pod({}, { resources: { limits: { cpu: "1" } } })],
  ],
  nodes: (name) => [
    [
      "POST",
      "/api/v1/nodes",
      {
        metadata: { name: "n", labels: one(name, "v") },
        spec: { taints: [{ key: name, effect: name }] },
        status: { capacity: one(name, "1"), allocatable: one(name, "1"), conditions: [{ type: name, status: "True" }] },
      },
    ],
    ["POST", "/api/v1/nodes", { metadata: { name: "n", labels: one(name, "v") } }],
    ["PATCH", "/api/v1/nodes/n/status", { status: { capacity: one(name, "1") } }, STRATEGIC],
    ["GET", "/api/v1/nodes", undefined, undefined, { accept: "application/json;as=Table;g=meta.k8s.io;v=v1" }],
  ],
  services: (name) => [
    ...made(`${NS}/services`, "Service", { selector: one(name, "v"), ports: [{ name, port: 80 }] }),
    [
      "POST",
      `${NS}/services`,
      { metadata: { name: "y" }, spec: { type: name, sessionAffinity: name, ports: [{ port: 80 }] } },
    ],
    ["POST", `${NS}/secrets`, { metadata: { name: "s" }, type: name, stringData: one(name, "v") }],
  ],
  workloads: (name) => {
    const labels = one(name, "v");
    const spec = { selector: { matchLabels: labels }, template: { metadata: { labels }, spec: pod({}) } };
    const template = { metadata: { labels }, spec: (pod({}) as { spec: object }).spec };
    return [
      ...made("/apis/apps/v1/namespaces/ns/deployments", "Deployment", { ...spec, template }),
      [
        "POST",
        "/apis/batch/v1/namespaces/ns/cronjobs",
        { metadata: { name: "c" }, spec: { schedule: name, timeZone: name } },
      ],
      [
        "POST",
        "/apis/batch/v1/namespaces/ns/jobs",
        { metadata: { name: "j" }, spec: { completionMode: name, template } },
      ],
    ];
  },
  "roles and reviews": (name) => [
    [
      "POST",
      "/apis/rbac.authorization.k8s.io/v1/namespaces/ns/roles",
      { metadata: { name: "r" }, rules: [{ verbs: [name], apiGroups: [name], resources: [name] }] },
    ],
    [
      "POST",
      "/apis/authorization.k8s.io/v1/subjectaccessreviews",
      {
        spec: { user: name, extra: one(name, ["v"]), resourceAttributes: { verb: name, resource: name, group: name } },
      },
    ],
    ["GET", MAP, undefined, undefined, { "impersonate-user": "u", [`impersonate-extra-${name}`]: "v" }],
  ],
  "custom resources": (name) => [
    ["POST", CRDS, definition({ spec: { type: "object", properties: one(name, { type: "string", default: "d" }) } })],
    ["GET", WIDGETS],
    ["POST", WIDGETS, { apiVersion: "example.com/v1", kind: "Widget", metadata: { name: "a" }, spec: {} }],
    ["PATCH", `${WIDGETS}/a`, { spec: one(name, "v") }, MERGE],
    ["PATCH", `${WIDGETS}/a`, { spec: one(name, 5) }, MERGE],
    [
      "PATCH",
      `${WIDGETS}/a?fieldManager=m&force=true`,
      { apiVersion: "example.com/v1", kind: "Widget", metadata: { name: "a" }, spec: one(name, "w") },
      APPLY,
    ],
    ["GET", `${WIDGETS}/a`],
  ],
  "fields that a custom kind does not have": (name) => [
    ["POST", CRDS, definition({ spec: { type: "object", properties: { a: { type: "string" } } } })],
    ["GET", WIDGETS],
    [
      "POST",
      `${WIDGETS}?fieldValidation=Strict`,
      { apiVersion: "example.com/v1", kind: "Widget", metadata: { name: "a" }, spec: one(name, "v") },
    ],
  ],
  "open custom resources": (name) => [
    [
      "POST",
      CRDS,
      definition({
        spec: {
          type: "object",
          "x-kubernetes-preserve-unknown-fields": true,
          properties: { m: { type: "object", additionalProperties: { type: "string" } } },
          required: [name],
          "x-kubernetes-validations": [{ rule: `!has(self.m) || !("${name}" in self.m)` }],
        },
      }),
    ],
    ["GET", WIDGETS],
    ...[{}, one(name, "v"), { ...one(name, "v"), m: one(name, "v") }, { ...one(name, "v"), m: {} }].map(
      (spec, n): Step => [
        "POST",
        WIDGETS,
        { apiVersion: "example.com/v1", kind: "Widget", metadata: { name: `a${n}` }, spec },
      ],
    ),
  ],
};

/** Answers without what differs from server to server, with `name` under one name. */
async function answersTo(steps: readonly Step[], name: string): Promise<string[]> {
  const { send } = await testServer();
  const answers: string[] = [];
  for (const [method, path, body, type = "application/json", more = {}] of steps) {
    if (path === WIDGETS && method === "GET") {
      while ((await send("GET", WIDGETS)).status === 404) await Promise.resolve();
    }
    const sent = body === undefined ? more : { "content-type": type, ...more };
    const { status, text, headers } = await send(method, path, body, sent);
    assert.ok(status < 500 || !text.includes("panic'd"), `${method} ${path}: ${text}`);
    const said = `${method} ${path} ${status} ${String(headers["warning"] ?? "")} ${text}`;
    answers.push(said.replaceAll(name, "<name>").replaceAll(name.toLowerCase(), "<name>"));
  }
  return answers;
}

for (const [name, ordinary] of NAMES) {
  for (const [what, steps] of Object.entries(ASKED)) {
    test(`${name} is a name like ${ordinary}: ${what}`, async () => {
      assert.deepEqual(await answersTo(steps(name), name), await answersTo(steps(ordinary), ordinary));
    });
  }
}
