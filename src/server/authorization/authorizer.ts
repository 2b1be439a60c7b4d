import type { UserInfo } from "../../machinery/door.ts";
import { aggregated } from "../../machinery/go-text.ts";
import type { Selectors } from "./selectors.ts";

/** What somebody wants to do, as upstream's authorizer.Attributes. */
export type Attributes = ResourceAttributes | PathAttributes;

/** The selectors are those of a list, watch or deletecollection. RBAC does not care. */
export interface ResourceAttributes extends Selectors {
  readonly user: UserInfo;
  /** get, list, watch, create, update, patch, delete, deletecollection, or a special one such as impersonate. */
  readonly verb: string;
  readonly path?: undefined;
  /** Empty for the core group. */
  readonly group: string;
  readonly version: string;
  readonly resource: string;
  readonly subresource?: string;
  /** Absent: cluster-scoped, or all namespaces. */
  readonly namespace?: string;
  readonly name?: string;
}

export interface PathAttributes {
  readonly user: UserInfo;
  /** The HTTP method in lower case. */
  readonly verb: string;
  readonly path: string;
}

/** `no opinion` lets the next authorizer speak; when none allows, the request is forbidden. */
export interface Decision {
  readonly verdict: "allow" | "deny" | "no opinion";
  /** Shown in access reviews, and for a refusal after the forbidden text. */
  readonly reason?: string;
}

export interface Authorizer {
  /** Synchronous where the answer needs nobody else, because every request passes here. */
  authorize(attributes: Attributes): Decision | Promise<Decision>;
  /** The rules that apply to a user in a namespace, for SelfSubjectRulesReview. */
  rulesFor?(user: UserInfo, namespace: string): RulesOf;
}

export interface RulesOf {
  readonly resourceRules: readonly ResourceRule[];
  readonly nonResourceRules: readonly NonResourceRule[];
  readonly incomplete: boolean;
  readonly evaluationError?: string;
}

export interface ResourceRule {
  readonly verbs: readonly string[];
  readonly apiGroups?: readonly string[];
  readonly resources?: readonly string[];
  readonly resourceNames?: readonly string[];
}

export interface NonResourceRule {
  readonly verbs: readonly string[];
  readonly nonResourceURLs?: readonly string[];
}

/** Asks each in turn until one allows or denies. */
export function firstOf(authorizers: readonly Authorizer[]): Authorizer {
  return {
    async authorize(attributes) {
      const reasons: string[] = [];
      for (const authorizer of authorizers) {
        const answer = authorizer.authorize(attributes);
        const decision = answer instanceof Promise ? await answer : answer;
        if (decision.verdict !== "no opinion") return decision;
        if (decision.reason) reasons.push(decision.reason);
      }
      return { verdict: "no opinion", reason: reasons.join("\n") };
    },
    rulesFor(user, namespace) {
      const all = authorizers.flatMap((authorizer) => authorizer.rulesFor?.(user, namespace) ?? []);
      const errors = all.flatMap((rules) => rules.evaluationError ?? []);
      return {
        resourceRules: all.flatMap((rules) => rules.resourceRules),
        nonResourceRules: all.flatMap((rules) => rules.nonResourceRules),
        incomplete: all.some((rules) => rules.incomplete),
        ...(errors.length > 0 && { evaluationError: aggregated(errors) }),
      };
    },
  };
}
