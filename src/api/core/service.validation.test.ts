import assert from "node:assert/strict";
import { test } from "node:test";
import { saidOfChange, saidOfNew } from "../testing/said.ts";
import { Service } from "./service.ts";

const service = (spec: object): object => ({ spec: { ports: [{ port: 80 }], ...spec } });

for (const { rule, object, says } of [
  {
    rule: "has a class only as a balancer, whatever it is called",
    object: service({ loadBalancerClass: "a b" }),
    says: ["spec.loadBalancerClass: Forbidden: may only be used when `type` is 'LoadBalancer'"],
  },
  { rule: "is right", object: service({}), says: [] },
  { rule: "has no need of ports without an address", object: { spec: { clusterIP: "None" } }, says: [] },
  {
    rule: "has an address when it is for the outside",
    object: service({ type: "NodePort", clusterIP: "None" }),
    says: ["spec.clusterIPs[0]: Invalid value: \"None\": may not be set to 'None' for NodePort services"],
  },
  {
    rule: "has no address when it is only a name",
    object: { spec: { type: "ExternalName", externalName: "a.example.com", clusterIP: "10.0.0.1" } },
    says: ["spec.clusterIPs: Forbidden: may not be set for ExternalName services"],
  },
  {
    rule: "may name a host with its final dot",
    object: { spec: { type: "ExternalName", externalName: "a.b." } },
    says: [],
  },
  {
    rule: "opens no port of nodes inside the cluster",
    object: service({ ports: [{ port: 80, nodePort: 30000 }] }),
    says: ["spec.ports[0].nodePort: Forbidden: may not be used when `type` is 'ClusterIP'"],
  },
  {
    rule: "opens a port of nodes once",
    object: service({
      type: "NodePort",
      ports: [
        { name: "a", port: 80, nodePort: 30000 },
        { name: "b", port: 81, nodePort: 30000 },
      ],
    }),
    says: ["spec.ports[1].nodePort: Duplicate value: 30000"],
  },
  {
    rule: "remembers clients for at most a day",
    object: service({ sessionAffinity: "ClientIP", sessionAffinityConfig: { clientIP: { timeoutSeconds: 86401 } } }),
    says: [
      "spec.sessionAffinityConfig.clientIP.timeoutSeconds: Invalid value: 86401: must be greater than 0 and less than 86400",
    ],
  },
  {
    rule: "has one address of each family",
    object: service({ clusterIP: "10.0.0.1", clusterIPs: ["10.0.0.1", "10.0.0.2"] }),
    says: [
      'spec.clusterIPs: Invalid value: ["10.0.0.1","10.0.0.2"]: may specify no more than one IP for each IP family',
    ],
  },
  {
    rule: "has addresses of its families",
    object: service({ clusterIP: "10.0.0.1", clusterIPs: ["10.0.0.1"], ipFamilies: ["IPv6"] }),
    says: ['spec.clusterIPs[0]: Invalid value: "10.0.0.1": expected an IPv6 value as indicated by `ipFamilies[0]`'],
  },
  {
    rule: "is not reached by a node's own address",
    object: service({ externalIPs: ["127.0.0.1", "ff02::1"] }),
    says: [
      'spec.externalIPs[0]: Invalid value: "127.0.0.1": may not be in the loopback range (127.0.0.0/8, ::1/128)',
      'spec.externalIPs[1]: Invalid value: "ff02::1": may not be in the link-local multicast range (224.0.0.0/24, ff02::/10)',
    ],
  },
  {
    rule: "says the mode of its topology once",
    object: {
      ...service({}),
      metadata: {
        annotations: {
          "service.kubernetes.io/topology-mode": "Auto",
          "service.kubernetes.io/topology-aware-hints": "Disabled",
        },
      },
    },
    says: [
      'metadata.annotations[service.kubernetes.io/topology-mode]: Invalid value: "Auto": must match annotations[service.kubernetes.io/topology-aware-hints] when both are specified',
    ],
  },
  {
    rule: "names its balancer only when it has one",
    object: service({ loadBalancerClass: "example.com/x", loadBalancerSourceRanges: ["10.0.0.0/8"] }),
    says: [
      "spec.LoadBalancerSourceRanges: Forbidden: may only be used when `type` is 'LoadBalancer'",
      "spec.loadBalancerClass: Forbidden: may only be used when `type` is 'LoadBalancer'",
    ],
  },
  {
    rule: "names whom its balancer serves in the old way, too",
    object: {
      ...service({}),
      metadata: { annotations: { "service.beta.kubernetes.io/load-balancer-source-ranges": "10.0.0.0/8, x" } },
    },
    says: [
      "metadata.annotations[service.beta.kubernetes.io/load-balancer-source-ranges]: Forbidden: may only be used when `type` is 'LoadBalancer'",
      'metadata.annotations[service.beta.kubernetes.io/load-balancer-source-ranges]: Invalid value: "x": must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)',
    ],
  },
  {
    rule: "checks health only for local traffic",
    object: service({ type: "LoadBalancer", healthCheckNodePort: 30001 }),
    says: [
      "spec.healthCheckNodePort: Invalid value: 30001: may only be set when `type` is 'LoadBalancer' and `externalTrafficPolicy` is 'Local'",
    ],
  },
]) {
  test(`a Service ${rule}`, () => assert.deepEqual(saidOfNew(Service, object), says));
}

const balanced = (spec: object): object => service({ type: "LoadBalancer", ...spec });
const families = (...ipFamilies: string[]) => {
  const spec = { ipFamilies, ipFamilyPolicy: "PreferDualStack" };
  const alone = { clusterIP: "None", clusterIPs: ["None"], ...spec };
  return { ...service({ clusterIP: "10.0.0.1", clusterIPs: ["10.0.0.1"], ...spec }), headless: service(alone) };
};
const at = (...clusterIPs: string[]): object =>
  service({ clusterIP: clusterIPs[0], clusterIPs, ipFamilyPolicy: "PreferDualStack" });

for (const { rule, before, after, says } of [
  { rule: "gains a second address", before: at("10.0.0.1"), after: at("10.0.0.1", "fd00::1"), says: [] },
  {
    rule: "keeps its first address",
    before: at("10.0.0.1"),
    after: at("10.0.0.2"),
    says: ['spec.clusterIPs[0]: Invalid value: ["10.0.0.2"]: may not change once set'],
  },
  {
    rule: "says so when it gives up its second address",
    before: at("10.0.0.1", "fd00::1"),
    after: at("10.0.0.1"),
    says: [
      `spec.ipFamilyPolicy: Invalid value: "PreferDualStack": must be set to 'SingleStack' when releasing the secondary clusterIP`,
    ],
  },
  {
    rule: "keeps its families",
    before: families("IPv4", "IPv6"),
    after: families("IPv6", "IPv4"),
    says: [
      'spec.ipFamilies[0]: Invalid value: ["IPv6","IPv4"]: may not change once set',
      'spec.ipFamilies[0]: Invalid value: ["IPv6","IPv4"]: may not change once set',
      'spec.clusterIPs[0]: Invalid value: "10.0.0.1": expected an IPv6 value as indicated by `ipFamilies[0]`',
    ],
  },
  {
    rule: "may change its families while it has no address",
    before: families("IPv4").headless,
    after: families("IPv6").headless,
    says: [],
  },
  {
    rule: "does not become headless",
    before: at("10.0.0.1"),
    after: at("None"),
    says: ['spec.clusterIPs[0]: Invalid value: ["None"]: may not change once set'],
  },
  {
    rule: "keeps the port its health is asked at",
    before: balanced({ externalTrafficPolicy: "Local", healthCheckNodePort: 30001 }),
    after: balanced({ externalTrafficPolicy: "Local", healthCheckNodePort: 30002 }),
    says: ["spec.healthCheckNodePort: Forbidden: field is immutable"],
  },
  {
    rule: "gives up its address when it becomes a name",
    before: at("10.0.0.1"),
    after: { spec: { type: "ExternalName", externalName: "a.b" } },
    says: [],
  },
]) {
  test(`a Service ${rule}`, () => assert.deepEqual(saidOfChange(Service, before, after), says));
}

const told = (spec: object, ...ingress: object[]): object => ({
  ...service(spec),
  status: { loadBalancer: { ingress } },
});
const LB = { type: "LoadBalancer" };

for (const { rule, status, says } of [
  {
    rule: "needs one",
    status: told({}, { ip: "1.2.3.4" }),
    says: ["status.loadBalancer.ingress: Forbidden: may only be used when `spec.type` is 'LoadBalancer'"],
  },
  {
    rule: "is an address",
    status: told(LB, { ip: "x" }),
    says: [
      'status.loadBalancer.ingress[0].ip: Invalid value: "x": must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)',
    ],
  },
  {
    rule: "or a name",
    status: told(LB, { hostname: "1.2.3.4" }),
    says: ['status.loadBalancer.ingress[0].hostname: Invalid value: "1.2.3.4": must be a DNS name, not an IP address'],
  },
  {
    rule: "has a mode only with an address",
    status: told(LB, { hostname: "a.b", ipMode: "VIP" }),
    says: ["status.loadBalancer.ingress[0].ipMode: Forbidden: may not be specified when `ip` is not set"],
  },
  {
    rule: "has a known mode",
    status: told(LB, { ip: "1.2.3.4", ipMode: "x" }),
    says: ['status.loadBalancer.ingress[0].ipMode: Unsupported value: "x": supported values: "Proxy", "VIP"'],
  },
  { rule: "acts as a VIP where nothing is said", status: told(LB, { ip: "1.2.3.4" }), says: [] },
]) {
  test(`what is told of a balancer ${rule}`, () => {
    assert.deepEqual(saidOfChange(Service, told(LB), status, "status"), says);
  });
}
