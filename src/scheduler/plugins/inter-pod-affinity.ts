import { ownValue } from "../../machinery/json-tree.ts";
import type { Pod } from "../../api/core/index.ts";
import type { LabelSelector } from "../../machinery/selectors.ts";
import { compileSelector } from "../../machinery/selectors.ts";
import type { Cluster } from "../cluster.ts";
import { SKIP, definePlugin, never, unless } from "../framework.ts";
import type { NodeState } from "../node-state.ts";
import { matcherOf, podCounts } from "../pod-counts.ts";
import type { Selection } from "../pod-counts.ts";
import type { PodState } from "../pod-state.ts";

type Affinity = NonNullable<Pod["spec"]["affinity"]>;
type Term = NonNullable<NonNullable<Affinity["podAffinity"]>["requiredDuringSchedulingIgnoredDuringExecution"]>[number];

/** Topology key → domain → a number. */
type ByDomain = Map<string, Map<string, number>>;

interface State {
  /** Each required term: the domains that have a pod which all required terms select. */
  readonly together: readonly { readonly key: string; readonly domains: ReadonlyMap<string, number> }[];
  /** No pod matches the required terms yet, but this one matches all of them itself: the first of a group. */
  readonly first: boolean;
  /** Domains to keep out of because of this pod's terms, and because of other pods' terms. */
  readonly apart: ByDomain;
  readonly unwanted: ByDomain;
  /** What preferences of this pod and of others add up to. */
  readonly preferred: ByDomain;
}

/**
 * Puts a pod near pods it wants to be with and away from those it does not, in both directions: what other pods
 * say of this one counts too.
 */
export const interPodAffinity = definePlugin<State>({
  name: "InterPodAffinity",
  dependsOn: "all pods",
  retryOn: ["node/add", "node/update-labels", "pod/add", "pod/update", "pod/delete"],
  prepare: (pod, cluster) => {
    const others = podsWithTerms(cluster);
    const { affinity } = pod.pod.spec;
    if (!affinity?.podAffinity && !affinity?.podAntiAffinity && others.size === 0) return SKIP;
    const state = stateOf(pod, cluster, others);
    const idle = [state.apart, state.unwanted, state.preferred].every((each) => each.size === 0);
    return idle && state.together.length === 0 ? SKIP : state;
  },
  filter: ({ node, state: { together, first, apart, unwanted } }) => {
    const labels = node.node.metadata.labels ?? {};
    for (const { key, domains } of together) {
      const domain = ownValue(labels, key);
      if (domain === undefined || !(first || domains.get(domain)))
        return never("node(s) didn't match pod affinity rules");
    }
    if (touches(apart, labels)) return unless("node(s) didn't match pod anti-affinity rules");
    if (touches(unwanted, labels)) return unless("node(s) didn't satisfy existing pods anti-affinity rules");
    return undefined;
  },
  score: ({ node, state: { preferred } }) => {
    let sum = 0;
    for (const [key, domains] of preferred) {
      const domain = ownValue(node.node.metadata.labels, key);
      if (domain !== undefined) sum += domains.get(domain) ?? 0;
    }
    return sum;
  },
  helpedBy: (pod, placed, cluster) => termsOf(pod.pod).near.some((term) => speaksOf(term, pod.pod, placed, cluster)),
  prefer: "range",
  weight: 2,
});

function touches(byDomain: ByDomain, labels: Readonly<Record<string, string>>): boolean {
  for (const [key, domains] of byDomain) {
    const domain = ownValue(labels, key);
    if (domain !== undefined && domains.get(domain)) return true;
  }
  return false;
}

function stateOf(pod: PodState, cluster: Cluster, others: ReadonlyMap<string, Other>): State {
  const own = termsOf(pod.pod);
  const together = own.near.map(({ topologyKey: key }) => ({
    key,
    domains: domainsOf(key, own.near, pod.pod, cluster),
  }));
  const state: State = {
    together,
    first:
      together.every(({ domains }) => domains.size === 0) &&
      own.near.every((term) => speaksOf(term, pod.pod, pod, cluster)),
    apart: new Map(),
    unwanted: new Map(),
    preferred: new Map(),
  };
  const alone = (term: Term) => domainsOf(term.topologyKey, [term], pod.pod, cluster);
  for (const term of own.far) addAll(state.apart, term.topologyKey, alone(term), 1);
  for (const { weight, term } of own.preferred) addAll(state.preferred, term.topologyKey, alone(term), weight);
  for (const { pod: other, node, terms } of others.values()) {
    const said = (term: Term): boolean => speaksOf(term, other.pod, pod, cluster);
    for (const term of terms.far) if (said(term)) addOne(state.unwanted, term, node, 1);
    // A pod that must be near this one would rather have it near too.
    for (const term of terms.near) if (said(term)) addOne(state.preferred, term, node, 1);
    for (const { weight, term } of terms.preferred) if (said(term)) addOne(state.preferred, term, node, weight);
  }
  return state;
}

interface Terms {
  readonly near: readonly Term[];
  readonly far: readonly Term[];
  /** Negative weights for anti-affinity. */
  readonly preferred: readonly { readonly weight: number; readonly term: Term }[];
}

function termsOf({ spec: { affinity } }: Pod): Terms {
  const { podAffinity: near, podAntiAffinity: far } = affinity ?? {};
  return {
    near: near?.requiredDuringSchedulingIgnoredDuringExecution ?? [],
    far: far?.requiredDuringSchedulingIgnoredDuringExecution ?? [],
    preferred: [
      ...(near?.preferredDuringSchedulingIgnoredDuringExecution ?? []).map(({ weight, podAffinityTerm: term }) => ({
        weight,
        term,
      })),
      ...(far?.preferredDuringSchedulingIgnoredDuringExecution ?? []).map(({ weight, podAffinityTerm: term }) => ({
        weight: -weight,
        term,
      })),
    ],
  };
}

/** Whether a term of `speaker` selects `pod`. */
function speaksOf(term: Term, speaker: Pod, pod: PodState, cluster: Cluster): boolean {
  return matcherOf(selectionOf(term, speaker, cluster))(pod);
}

function selectionOf(term: Term, speaker: Pod, cluster: Cluster): Selection {
  return { namespaces: namespacesOf(term, speaker, cluster), selector: selectorOf(term, speaker) };
}

/** Without namespaces and selector: the speaker's own namespace. An empty selector: all. */
function namespacesOf({ namespaces, namespaceSelector }: Term, speaker: Pod, cluster: Cluster): readonly string[] {
  if (!namespaces?.length && !namespaceSelector) return [speaker.metadata.namespace!];
  const selected = namespaceSelector
    ? cluster.namespacesMatching(compileSelector(namespaceSelector as LabelSelector))
    : [];
  return [...(namespaces ?? []), ...selected];
}

function selectorOf(
  { labelSelector, matchLabelKeys, mismatchLabelKeys }: Term,
  { metadata }: Pod,
): LabelSelector | undefined {
  if (!matchLabelKeys?.length && !mismatchLabelKeys?.length) return labelSelector as LabelSelector | undefined;
  const by = (keys: readonly string[] | undefined, operator: string) =>
    (keys ?? []).flatMap((key) =>
      ownValue(metadata.labels, key) === undefined ? [] : [{ key, operator, values: [metadata.labels![key]!] }],
    );
  const base = (labelSelector ?? {}) as LabelSelector;
  const own = [...by(matchLabelKeys, "In"), ...by(mismatchLabelKeys, "NotIn")];
  return { ...base, matchExpressions: [...(base.matchExpressions ?? []), ...own] };
}

/** Domains of the key that have pods which all the terms select, with how many. Pods being deleted are there still. */
function domainsOf(key: string, terms: readonly Term[], speaker: Pod, cluster: Cluster): Map<string, number> {
  const selections = terms.map((term) => selectionOf(term, speaker, cluster));
  const counts = podCounts(cluster).of(selections, { leaving: true });
  const domains = new Map<string, number>();
  for (const [index, count] of counts.entries()) {
    const domain = count ? cluster.nodes[index]?.node.metadata.labels?.[key] : undefined;
    if (domain !== undefined) domains.set(domain, (domains.get(domain) ?? 0) + count!);
  }
  return domains;
}

function addAll(to: ByDomain, key: string, domains: ReadonlyMap<string, number>, weight: number): void {
  for (const [domain, count] of domains) addTo(to, key, domain, count * weight);
}

function addOne(to: ByDomain, { topologyKey }: Term, node: NodeState, weight: number): void {
  const domain = ownValue(node.node.metadata.labels, topologyKey);
  if (domain !== undefined) addTo(to, topologyKey, domain, weight);
}

function addTo(to: ByDomain, key: string, domain: string, amount: number): void {
  let domains = to.get(key);
  if (!domains) to.set(key, (domains = new Map()));
  domains.set(domain, (domains.get(domain) ?? 0) + amount);
}

interface Other {
  readonly pod: PodState;
  readonly node: NodeState;
  readonly terms: Terms;
}

const others = new WeakMap<Cluster, Map<string, Other>>();

/** The placed pods that have terms of their own, by uid: few in most clusters, so they are kept apart. */
function podsWithTerms(cluster: Cluster): ReadonlyMap<string, Other> {
  const known = others.get(cluster);
  if (known) return known;
  const found = new Map<string, Other>();
  others.set(cluster, found);
  const placed = (pod: PodState, node: NodeState): void => {
    const { podAffinity, podAntiAffinity } = pod.pod.spec.affinity ?? {};
    if (podAffinity || podAntiAffinity) found.set(pod.uid, { pod, node, terms: termsOf(pod.pod) });
  };
  for (const { pod, node } of cluster.pods()) placed(pod, node);
  cluster.observe({ placed, removed: (pod) => void found.delete(pod.uid) });
  return found;
}
