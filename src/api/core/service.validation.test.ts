import assert from "node:assert/strict";
import { test } from "node:test";
import { saidOfChange, saidOfNew } from "../testing/said.ts";
import { Service } from "./service.ts";

const service = (spec: object): object => ({ spec: { ports: [{ port: 80 }], ...spec } });

for (const { rule, object, says } of [
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
    object: service({ externalIPs: ["127.0.0.1"] }),
    says: ['spec.externalIPs[0]: Invalid value: "127.0.0.1": may not be in the loopback range (127.0.0.0/8, ::1/128)'],
  },
  {
    rule: "does not expose the kubelet",
    object: service({ type: "LoadBalancer", ports: [{ port: 10250 }] }),
    says: ["spec.ports[0]: Invalid value: 10250: may not expose port 10250 externally since it is used by kubelet"],
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
    says: ["spec.ipFamilyPolicy: Required value: must be set to 'SingleStack' when releasing the secondary clusterIP"],
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
