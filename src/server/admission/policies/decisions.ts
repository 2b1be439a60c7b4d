/**
 * The authorizer as expressions ask it. They cannot wait: where an answer has to come from elsewhere, the expression is
 * given up with {@link Waiting}, and run once more when the answer is here. So each question is asked once a request.
 */
import type { Ask, Question, Verdict } from "../../../machinery/cel/library/authorizer.ts";
import type { Attributes, Authorizer, Decision } from "../../authorization/authorizer.ts";
import { readSelectors } from "../../authorization/selectors.ts";

export class Waiting extends Error {
  readonly until: Promise<void>;
  constructor(until: Promise<void>) {
    super("an expression has to wait for the authorizer");
    this.until = until;
  }
}

export class Decisions {
  readonly #authorizer: Authorizer;
  readonly #known = new Map<string, Verdict>();

  constructor(authorizer: Authorizer) {
    this.#authorizer = authorizer;
  }

  readonly ask: Ask = (question) => {
    const key = JSON.stringify(question);
    const known = this.#known.get(key);
    if (known !== undefined) return known;
    const keep = (verdict: Verdict): Verdict => {
      this.#known.set(key, verdict);
      return verdict;
    };
    try {
      const answer = this.#authorizer.authorize(attributesOf(question));
      if (!(answer instanceof Promise)) return keep(verdictOf(answer));
      const until = answer.then((decision) => keep(verdictOf(decision))).catch((error: unknown) => keep(failed(error)));
      throw new Waiting(until.then(() => undefined));
    } catch (error) {
      if (error instanceof Waiting) throw error;
      return keep(failed(error));
    }
  };
}

const verdictOf = ({ verdict, reason = "" }: Decision): Verdict => ({
  allowed: verdict === "allow",
  reason,
  error: "",
});

const failed = (error: unknown): Verdict => ({
  allowed: false,
  reason: "",
  error: error instanceof Error ? error.message : String(error),
});

function attributesOf({ user, verb, path = "", resource: of }: Question): Attributes {
  if (of === undefined) return { user, verb, path };
  const { group, resource, subresource, namespace, name, fieldSelector, labelSelector } = of;
  return {
    user,
    verb,
    group,
    version: "*",
    resource,
    ...(subresource !== "" && { subresource }),
    ...(namespace !== "" && { namespace }),
    ...(name !== "" && { name }),
    ...readSelectors(fieldSelector, labelSelector),
  };
}
