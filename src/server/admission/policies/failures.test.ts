/** What a policy that cannot be followed does to a request. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { MAP_RULES, policyServer } from "../../testing/policies.ts";

const MAPS = "/api/v1/namespaces/default/configmaps";
const NAMES = "policy 'p' with binding 'b' denied request:";
const apply = (expression: string): object => ({
  patchType: "ApplyConfiguration",
  applyConfiguration: { expression },
});
const json = (expression: string): object => ({ patchType: "JSONPatch", jsonPatch: { expression } });
const label = (key: string): object => apply(`Object{metadata: Object.metadata{labels: {'${key}': 'x'}}}`);

interface Row {
  readonly rule: string;
  readonly spec: object;
  readonly binding?: object;
  readonly status: number;
  readonly says?: string;
  readonly reason?: string;
  readonly labels?: object;
}

const MISSING = { paramKind: { apiVersion: "v1", kind: "ConfigMap" } };
const paramRef = { name: "nope", parameterNotFoundAction: "Deny" };
const ROWS: readonly Row[] = [
  {
    rule: "an expression that fails refuses",
    spec: { mutations: [json("object.nope.x == 1 ? [JSONPatch{}] : [JSONPatch{}]")] },
    status: 403,
    reason: "Invalid",
    says: `${NAMES} expression 'object.nope.x == 1 ? [JSONPatch{}] : [JSONPatch{}]' resulted in error: no such key: nope`,
  },
  {
    rule: "a failure that is ignored does not keep the next mutation from its turn",
    spec: { failurePolicy: "Ignore", mutations: [label("a"), apply("Object{metadata: object.nope}"), label("b")] },
    status: 201,
    labels: { a: "x", b: "x" },
  },
  {
    rule: "an operation that cannot be done refuses",
    spec: { mutations: [json("[JSONPatch{op: 'remove', path: '/data/x'}]")] },
    status: 403,
    reason: "Invalid",
    says: `${NAMES} JSON Patch: remove operation does not apply: doc is missing path: "/data/x": missing value`,
  },
  {
    rule: "nothing is compared with what is not there",
    spec: { mutations: [json("[JSONPatch{op: 'test', path: '/data/x', value: 'y'}]")] },
    status: 403,
    reason: "Invalid",
    says: `${NAMES} JSON Patch: test operation does not apply: is missing path: /data/x: missing value`,
  },
  {
    rule: "fields that the kind does not have cannot be added",
    spec: { failurePolicy: "Ignore", mutations: [json("[JSONPatch{op: 'add', path: '/nope', value: 1}]")] },
    status: 500,
    reason: "InternalError",
    says: 'Internal error occurred: strict decoding error: unknown field "nope"',
  },
  {
    rule: "a configuration is of the object's kind, whatever it says",
    spec: { mutations: [apply("Object{kind: 'Foo', metadata: Object.metadata{labels: {'a': 'x'}}}")] },
    status: 201,
    labels: { a: "x" },
  },
  {
    rule: "a patch makes no object of a kind that nobody knows",
    spec: { failurePolicy: "Ignore", mutations: [json("[JSONPatch{op: 'replace', path: '/kind', value: 'Foo'}]")] },
    status: 500,
    reason: "InternalError",
    says: 'Internal error occurred: no kind "Foo" is registered for version "v1" in scheme "pkg/api/legacyscheme/scheme.go:30"',
  },
  {
    rule: "a patch makes no object of another kind",
    spec: { mutations: [json("[JSONPatch{op: 'replace', path: '/kind', value: 'Secret'}]")] },
    status: 500,
    reason: "InternalError",
    says: "Internal error occurred: failed to convert object: converting (v1.Secret) to (core.ConfigMap): unknown conversion",
  },
  {
    rule: "a patch that takes the kind away leaves it",
    spec: { mutations: [json("[JSONPatch{op: 'remove', path: '/kind'}]"), label("a")] },
    status: 201,
    labels: { a: "x" },
  },
  {
    rule: "what stands in a field has the name of that field",
    spec: { mutations: [apply("Object{metadata: Object.spec{labels: Object.metadata.labels{a: 'x'}}}")] },
    status: 403,
    reason: "Invalid",
    says: `${NAMES} type mismatch: unexpected type name "Object.spec", expected "Object.metadata", which matches field name path from root Object type`,
  },
  {
    rule: "what is added has the names of its own fields",
    spec: {
      mutations: [
        json("[JSONPatch{op: 'add', path: '/metadata/labels', value: Object.metadata.labels{a: Object.spec{}}}]"),
      ],
    },
    status: 403,
    reason: "Invalid",
    says: `${NAMES} type mismatch: unexpected type name "Object.spec", expected "Object.metadata.labels.a", which matches field name path from root Object type`,
  },
  {
    rule: "a test that fails only leaves the object as it is",
    spec: {
      mutations: [
        json(
          "[JSONPatch{op: 'add', path: '/metadata/labels', value: {'a': 'b'}}, JSONPatch{op: 'test', path: '/metadata/name', value: 'q'}]",
        ),
        label("c"),
      ],
    },
    status: 201,
    labels: { c: "x" },
  },
  {
    rule: "fields that the kind does not have cannot be applied",
    spec: { mutations: [apply("Object{nope: 1}")] },
    status: 403,
    reason: "Invalid",
    says: `${NAMES} error applying patch: failed to convert patch object to typed object: .nope: field not declared in schema`,
  },
  {
    rule: "lists that are set as a whole cannot be applied",
    spec: {
      mutations: [
        apply("Object{metadata: Object.metadata{managedFields: [Object.metadata.managedFields{manager: 'x'}]}}"),
      ],
    },
    status: 403,
    reason: "Invalid",
    says: `${NAMES} error applying patch: invalid ApplyConfiguration: may not mutate atomic arrays, maps or structs: .metadata.managedFields`,
  },
  {
    rule: "parameters that are insisted on and not there refuse",
    spec: { ...MISSING, mutations: [label("a")] },
    binding: { paramRef },
    status: 403,
    reason: "Forbidden",
    says: `${NAMES} failed to configure binding: no params found for policy binding with \`Deny\` parameterNotFoundAction`,
  },
  {
    rule: "parameters that need not be there let requests pass",
    spec: { ...MISSING, mutations: [label("a")] },
    binding: { paramRef: { ...paramRef, parameterNotFoundAction: "Allow" } },
    status: 201,
  },
  {
    rule: "a kind of parameters that is not served refuses whatever the binding is about",
    spec: { paramKind: { apiVersion: "x.y/v1", kind: "Nope" }, mutations: [label("a")] },
    binding: { paramRef, matchResources: { namespaceSelector: { matchLabels: { a: "b" } } } },
    status: 403,
    reason: "Forbidden",
    says: `policy "p" denied request: failed to configure policy: failed to find resource referenced by paramKind: 'x.y/v1, Kind=Nope'`,
  },
  {
    rule: "a kind without namespaces has none for its parameters",
    spec: { paramKind: { apiVersion: "v1", kind: "Node" }, mutations: [label("a")] },
    binding: { paramRef: { ...paramRef, namespace: "x" } },
    status: 403,
    reason: "Forbidden",
    says: `${NAMES} failed to configure binding: paramRef.namespace must not be provided for a cluster-scoped \`paramKind\``,
  },
];

for (const { rule, spec, binding, status, reason, says, labels } of ROWS) {
  test(`mutating: ${rule}`, async () => {
    const { send } = await policyServer("mutating", { reinvocationPolicy: "Never", ...spec }, binding);
    const answer = await send("POST", MAPS, { metadata: { name: "a" } });
    const { json: body } = answer;
    assert.deepEqual([answer.status, body.reason, says && body.message], [status, reason, says]);
    if (status === 500) return;
    if (says !== undefined) assert.deepEqual(body.details.causes, [{ message: says }]);
    else assert.deepEqual(body.metadata.labels, labels);
  });
}

test("a kind of parameters that is not served is the validating policy's fault, not its binding's", async () => {
  const spec = { paramKind: { apiVersion: "x.y/v1", kind: "Nope" }, validations: [{ expression: "true" }] };
  const { send } = await policyServer("validating", spec, { paramRef });
  const { status, json: body } = await send("POST", MAPS, { metadata: { name: "a" } });
  const why = "failed to configure policy: failed to find resource referenced by paramKind: 'x.y/v1, Kind=Nope'";
  assert.deepEqual(
    [status, body.message],
    [422, `configmaps "a" is forbidden: ValidatingAdmissionPolicy 'p' denied request: ${why}`],
  );
  const ignoring = await policyServer("validating", { ...spec, failurePolicy: "Ignore" }, { paramRef });
  assert.equal((await ignoring.send("POST", MAPS, { metadata: { name: "a" } })).status, 201);
});

test("bindings that cannot be followed are told first, and the others change the object all the same", async () => {
  const { send } = await policyServer("mutating", {
    reinvocationPolicy: "Never",
    mutations: [apply("Object{metadata: object.x}")],
  });
  const at = "/apis/admissionregistration.k8s.io/v1";
  await send("POST", `${at}/mutatingadmissionpolicies`, {
    metadata: { name: "q" },
    spec: { ...MISSING, matchConstraints: MAP_RULES, reinvocationPolicy: "Never", mutations: [label("a")] },
  });
  await send("POST", `${at}/mutatingadmissionpolicybindings`, {
    metadata: { name: "c" },
    spec: { policyName: "q", paramRef },
  });
  const { json: body } = await send("POST", MAPS, { metadata: { name: "a" } });
  assert.deepEqual(
    [body.reason, ...body.details.causes.map(({ message }: { message: string }) => message.split(" denied")[0])],
    ["Forbidden", "policy 'q' with binding 'c'", "policy 'p' with binding 'b'"],
  );
});

test("all failures are causes, the first is the message", async () => {
  const mutations = [apply("Object{metadata: object.x}"), apply("Object{metadata: object.y}")];
  const { send } = await policyServer("mutating", { reinvocationPolicy: "Never", mutations });
  const { json: body } = await send("POST", MAPS, { metadata: { name: "a" } });
  assert.deepEqual(
    body.details.causes.map(({ message }: { message: string }) => message.split(": ").at(-1)),
    ["x", "y"],
  );
  assert.equal(body.message, body.details.causes[0].message);
});

test("a variable that fails says which", async () => {
  const spec = {
    variables: [{ name: "v", expression: "object.nope" }],
    validations: [{ expression: "variables.v == 1" }],
  };
  const { send } = await policyServer("validating", spec);
  const { json: body } = await send("POST", MAPS, { metadata: { name: "a" } });
  const why = 'composited variable "v" fails to evaluate: no such key: nope';
  assert.equal(body.message.split("denied request: ")[1], `expression 'variables.v == 1' resulted in error: ${why}`);
});

test("a binding that cannot be followed denies, also where it only warns", async () => {
  const spec = { ...MISSING, validations: [{ expression: "true" }] };
  const { send } = await policyServer("validating", spec, { validationActions: ["Warn"], paramRef });
  const { status, headers, json: body } = await send("POST", MAPS, { metadata: { name: "a" } });
  assert.deepEqual([status, headers["warning"]], [422, undefined]);
  assert.match(
    body.message,
    /ValidatingAdmissionPolicy 'p' with binding 'b' denied request: failed to configure binding: /,
  );
});

test("expressions see what a request is, a namespace as it is, and times as times", async () => {
  const told =
    "'%s %s %s %s'.format([request.userInfo.username, request.resource.resource, namespaceObject.metadata.name, string(namespaceObject.metadata.creationTimestamp > timestamp('2020-01-01T00:00:00Z'))])";
  const spec = { validations: [{ expression: "false", messageExpression: told }] };
  const { send } = await policyServer("validating", spec);
  const { json: body } = await send("POST", MAPS, { metadata: { name: "a" } });
  assert.equal(body.message.split("denied request: ")[1], "admin configmaps default true");
});
