import assert from "node:assert/strict";
import { test } from "node:test";
import type { Kind } from "../../machinery/kind.ts";
import { saidOfChange, saidOfNew } from "../testing/said.ts";
import { IngressClass } from "./ingress-class.ts";
import { Ingress } from "./ingress.ts";
import { NetworkPolicy } from "./network-policy.ts";
import { ServiceCIDR } from "./service-cidr.ts";

const from = (ipBlock: object): object => ({ spec: { podSelector: {}, ingress: [{ from: [{ ipBlock }] }] } });
const resource = (more: object): object => ({ spec: { defaultBackend: { resource: more } } });
const parameters = (more: object): object => ({ spec: { controller: "a.b/c", parameters: more } });
const SUBDOMAIN =
  "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')";

for (const [of, rule, object, ...says] of [
  [
    NetworkPolicy as Kind,
    "looks at what is left out of a range even where the range is wrong",
    from({ cidr: "10.0.0.1/8", except: ["11.0.0.0/16"] }),
    'spec.ingress[0].from[0].ipBlock.cidr: Invalid value: "10.0.0.1/8": must not have bits set beyond the prefix length',
    'spec.ingress[0].from[0].ipBlock.except[0]: Invalid value: "11.0.0.0/16": must be a strict subset of `cidr`',
  ],
  [
    Ingress as Kind,
    "names the kind and the object of a resource",
    resource({ apiGroup: "", kind: "", name: "" }),
    `spec.defaultBackend.resource.apiGroup: Invalid value: "": ${SUBDOMAIN}`,
    "spec.defaultBackend.resource.kind: Required value",
    "spec.defaultBackend.resource.name: Required value",
  ],
  [
    NetworkPolicy as Kind,
    "has ports up to the last, not down to it",
    { spec: { podSelector: {}, egress: [{ ports: [{ port: 80, endPort: 70 }] }] } },
    "spec.egress[0].ports[0].endPort: Invalid value: 80: must be greater than or equal to `port`",
  ],
  [
    NetworkPolicy as Kind,
    "has a port where it has a last one",
    { spec: { podSelector: {}, egress: [{ ports: [{ endPort: 70 }, { protocol: "ICMP", port: "" }] }] } },
    "spec.egress[0].ports[0].endPort: Invalid value: 70: may not be specified when `port` is not specified",
    'spec.egress[0].ports[1].protocol: Unsupported value: "ICMP": supported values: "TCP", "UDP", "SCTP"',
    'spec.egress[0].ports[1].port: Invalid value: "": must contain only alpha-numeric characters (a-z, 0-9), and hyphens (-)',
    'spec.egress[0].ports[1].port: Invalid value: "": must contain at least one letter (a-z)',
  ],
  [
    NetworkPolicy as Kind,
    "is for one way or two",
    { spec: { podSelector: {}, policyTypes: ["a", "b", "c"] } },
    'spec.policyTypes: Invalid value: ["a","b","c"]: may not specify more than two policyTypes',
  ],
  [IngressClass as Kind, "names a controller", { spec: { controller: "" } }, "spec.controller: Required value"],
  [
    IngressClass as Kind,
    "has parameters of a kind, by name, in a scope",
    parameters({ kind: "", name: "a/b", scope: "x" }),
    "spec.parameters.kind: Required value",
    `spec.parameters.name: Invalid value: "a/b": may not contain '/'`,
    'spec.parameters.scope: Unsupported value: "x": supported values: "Cluster", "Namespace"',
  ],
  [
    IngressClass as Kind,
    "has parameters of the cluster in no namespace",
    parameters({ kind: "K", name: "n", namespace: "d" }),
    "spec.parameters.namespace: Forbidden: `parameters.scope` is set to 'Cluster'",
  ],
  [
    IngressClass as Kind,
    "has parameters in a namespace by name",
    parameters({ kind: "K", name: "n", scope: "Namespace" }),
    "spec.parameters.namespace: Required value: `parameters.scope` is set to 'Namespace'",
  ],
] as const) {
  test(`${of.kind}: ${rule}`, () => assert.deepEqual(saidOfNew(of, object), says));
}

test("a changed network policy is judged once", () => {
  const wrong = "spec.ingress[0].from[0].ipBlock.cidr: Required value";
  assert.deepEqual(saidOfChange(NetworkPolicy, from({ cidr: "10.0.0.0/8" }), from({ cidr: "" })), [wrong]);
});

test("a ServiceCIDR keeps its first range, and has a second one in one spelling", () => {
  const ranges = (...cidrs: readonly string[]): object => ({ spec: { cidrs } });
  assert.deepEqual(saidOfChange(ServiceCIDR, ranges("10.0.0.0/16"), ranges("10.1.0.0/16", "FD00::/64")), [
    'spec.cidrs[0]: Invalid value: "10.1.0.0/16": field is immutable',
    'spec.cidrs[1]: Invalid value: "FD00::/64": must be in canonical form ("fd00::/64")',
  ]);
  assert.deepEqual(saidOfNew(ServiceCIDR, ranges("10.00.0.0/16", "::ffff:10.0.0.0/112")), [
    'spec.cidrs[0]: Invalid value: "10.00.0.0/16": must not have leading 0s in IP or prefix length',
    'spec.cidrs[1]: Invalid value: "::ffff:10.0.0.0/112": must not have an IPv4-mapped IPv6 address',
    'spec.cidrs: Invalid value: ["10.00.0.0/16","::ffff:10.0.0.0/112"]: may specify no more than one IP for each IP family, i.e 192.168.0.0/24 and 2001:db8::/64',
  ]);
});
