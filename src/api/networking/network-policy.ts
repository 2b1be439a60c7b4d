import { defineKind } from "../../machinery/define-kind.ts";
import type { ObjectOf } from "../../machinery/define-kind.ts";
import { type Path, path } from "../../machinery/field-errors.ts";
import { cidrWarnings } from "../../machinery/ip.ts";
import { LabelSelector } from "../../machinery/meta/label-selector.ts";
import { field, int32, intOrString, list, message, string } from "../../machinery/schema/builders.ts";
import type { TypeOf } from "../../machinery/schema/schema.ts";
import { ageColumn, nameColumn, selectorText } from "../columns.ts";
import { validateNetworkPolicy } from "./network-policy.validation.ts";

export const IPBlock = message(
  "io.k8s.api.networking.v1.IPBlock",
  {
    cidr: field(1, string(), "The range, such as `10.0.0.0/8` or `2001:db8::/64`.").required(),
    except: field(2, list(string()).atomic(), "Ranges within it that are left out."),
  },
  { doc: "A range of addresses, less some." },
);
export type IPBlock = TypeOf<typeof IPBlock>;

export const NetworkPolicyPort = message(
  "io.k8s.api.networking.v1.NetworkPolicyPort",
  {
    protocol: field(
      1,
      string().enum("SCTP", "TCP", "UDP").silentDefault("TCP"),
      "`TCP` (the default), `UDP` or `SCTP`.",
    ).keepEmpty(),
    port: field(
      2,
      intOrString(),
      "The port, by number or by the pods' name for it. Nothing said: all of the protocol.",
    ).keepEmpty(),
    endPort: field(3, int32(), "The range's last port, from `port` on.").keepEmpty(),
  },
  { doc: "A port, or a range of them." },
);
export type NetworkPolicyPort = TypeOf<typeof NetworkPolicyPort>;

export const NetworkPolicyPeer = message(
  "io.k8s.api.networking.v1.NetworkPolicyPeer",
  {
    podSelector: field(1, LabelSelector, "Pods, of the policy's own namespace where no namespaces are selected."),
    namespaceSelector: field(
      2,
      LabelSelector,
      "Namespaces; with a pod selector those pods in them, alone all pods in them.",
    ),
    ipBlock: field(3, IPBlock, "A range of addresses; then neither selector."),
  },
  { doc: "A place: pods, or a range of addresses." },
);
export type NetworkPolicyPeer = TypeOf<typeof NetworkPolicyPeer>;

export const NetworkPolicyEgressRule = message(
  "io.k8s.api.networking.v1.NetworkPolicyEgressRule",
  {
    ports: field(1, list(NetworkPolicyPort).atomic(), "Ports there. Nothing said: all."),
    to: field(2, list(NetworkPolicyPeer).atomic(), "Places. Nothing said: all."),
  },
  { doc: "Where selected pods may connect to; both parts must fit." },
);
export type NetworkPolicyEgressRule = TypeOf<typeof NetworkPolicyEgressRule>;

export const NetworkPolicyIngressRule = message(
  "io.k8s.api.networking.v1.NetworkPolicyIngressRule",
  {
    ports: field(1, list(NetworkPolicyPort).atomic(), "Ports of the pods. Nothing said: all."),
    from: field(2, list(NetworkPolicyPeer).atomic(), "Places. Nothing said: all."),
  },
  { doc: "From where selected pods may be connected to; both parts must fit." },
);
export type NetworkPolicyIngressRule = TypeOf<typeof NetworkPolicyIngressRule>;

export const NetworkPolicySpec = message(
  "io.k8s.api.networking.v1.NetworkPolicySpec",
  {
    podSelector: field(1, LabelSelector, "The pods it is about, in its own namespace. Empty: all of them.").always(),
    ingress: field(2, list(NetworkPolicyIngressRule).atomic(), "Connections that the pods may be asked for."),
    egress: field(3, list(NetworkPolicyEgressRule).atomic(), "Connections that the pods may make."),
    policyTypes: field(
      4,
      list(string().enum("Egress", "Ingress")).atomic(),
      "`Ingress`, `Egress` or both: which directions it is about. Nothing said: Ingress, and Egress where there are egress rules.",
    ),
  },
  { doc: "What a policy allows; what no policy allows of a selected pod is forbidden." },
);
export type NetworkPolicySpec = TypeOf<typeof NetworkPolicySpec>;

export const NetworkPolicy = defineKind({
  group: "networking.k8s.io",
  version: "v1",
  kind: "NetworkPolicy",
  definition: "io.k8s.api.networking.v1.NetworkPolicy",
  names: { plural: "networkpolicies", short: ["netpol"] },
  scope: "Namespaced",
  generation: true,
  doc: "What traffic selected pods accept and send.",
  fields: { spec: field(2, NetworkPolicySpec, "Which pods may talk to which.").always() },
  defaults({ spec }) {
    spec.policyTypes ??= spec.egress === undefined ? ["Ingress"] : ["Ingress", "Egress"];
  },
  columns: [
    nameColumn,
    {
      name: "Pod-Selector",
      type: "string",
      doc: "podSelector selects the pods to which this NetworkPolicy object applies. The array of rules is applied to any pods selected by this field. An empty selector matches all pods in the policy's namespace. Multiple network policies can select the same set of pods. In this case, the ingress rules for each are combined additively. This field is optional. If it is not specified, it defaults to an empty selector.",
      value: ({ spec }) => selectorText(spec.podSelector),
    },
    ageColumn,
  ],
  validate: validateNetworkPolicy,
  // Upstream's rules on updates are those on new policies once more.
  warnings: ({ spec }) => [
    ...(spec?.ingress ?? []).flatMap(({ from }, index) =>
      blockWarnings(path("spec", "ingress").index(index).child("from"), from),
    ),
    ...(spec?.egress ?? []).flatMap(({ to }, index) =>
      blockWarnings(path("spec", "egress").index(index).child("to"), to),
    ),
  ],
});
export type NetworkPolicy = ObjectOf<typeof NetworkPolicy>;

function blockWarnings(at: Path, peers: readonly NetworkPolicyPeer[] = []): string[] {
  return peers.flatMap(({ ipBlock }, index) => {
    const here = at.index(index).child("ipBlock");
    if (ipBlock === undefined) return [];
    return [
      ...cidrWarnings(here.child("cidr"), ipBlock.cidr),
      ...(ipBlock.except ?? []).flatMap((cidr, number) => cidrWarnings(here.child("except").index(number), cidr)),
    ];
  });
}
