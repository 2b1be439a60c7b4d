/**
 * Questions to the authorizer inside of expressions.
 *
 *     authorizer.group('apps').resource('deployments').namespace('default').check('update').allowed()
 *     authorizer.requestResource.check('approve').reason()
 *
 * The words before `check` only describe what is asked about. `check` asks, and costs so much that one expression can ask
 * twice.
 */
import type { UserInfo } from "../../door.ts";
import { isDNS1123Label, isDNS1123Subdomain } from "../../names.ts";
import { serviceAccountGroups, serviceAccountName } from "../../service-accounts.ts";
import { fn } from "../functions.ts";
import type { Library } from "../functions.ts";
import type { CelType } from "../types.ts";
import { readType } from "../types.ts";
import { CelError } from "../values.ts";
import type { CelMap, Opaque } from "../values.ts";

/** May `user` do this? Of a path, or of a resource. */
export interface Question {
  readonly user: UserInfo;
  readonly verb: string;
  readonly path?: string;
  readonly resource?: ResourceInQuestion;
}

/** What is empty is not asked about. */
export interface ResourceInQuestion {
  readonly group: string;
  readonly resource: string;
  readonly subresource: string;
  readonly namespace: string;
  readonly name: string;
  /** As in a query; empty: none. */
  readonly fieldSelector: string;
  readonly labelSelector: string;
}

export interface Verdict {
  readonly allowed: boolean;
  readonly reason: string;
  /** Why the authorizer could not decide; empty where it could. */
  readonly error: string;
}

/** Answers at once, or throws what makes whoever runs the expression run it once more later. */
export type Ask = (question: Question) => Verdict;

const PREFIX = "kubernetes.authorization.";

/** Nothing can be read of such a value, it can only be spoken to; and it equals only itself. */
class Receiver<What> implements Opaque {
  readonly celType: string;
  readonly what: What;

  constructor(name: string, what: What) {
    this.celType = PREFIX + name;
    this.what = what;
  }

  equals(other: unknown): boolean {
    return this === other;
  }
}

/** What is asked about, as far as it has been said. */
type PathCheck = Receiver<{ readonly of: Authorizer; readonly path: string }>;
type GroupCheck = Receiver<{ readonly of: Authorizer; readonly group: string }>;
type ResourceCheck = Receiver<{ readonly of: Authorizer; readonly resource: ResourceInQuestion }>;
type Decision = Receiver<Verdict>;

const resourceChecked = (of: Authorizer, resource: ResourceInQuestion): ResourceCheck =>
  new Receiver("ResourceCheck", { of, resource });

const WHOLE = { subresource: "", namespace: "", name: "", fieldSelector: "", labelSelector: "" };

/** The resource that a request is about, as `authorizer.requestResource`. */
export type RequestResource = Pick<ResourceInQuestion, "group" | "resource" | "subresource" | "namespace" | "name">;

interface Asker {
  readonly user: UserInfo;
  readonly ask: Ask;
  readonly request?: RequestResource;
}

class Authorizer extends Receiver<Asker> implements CelMap {
  readonly size = 0;

  constructor(asker: Asker) {
    super("Authorizer", asker);
  }

  get(key: unknown): ResourceCheck | undefined {
    const { request } = this.what;
    return key === "requestResource" && request !== undefined
      ? resourceChecked(this, { ...WHOLE, ...request })
      : undefined;
  }

  keys(): Iterable<unknown> {
    return [];
  }
}

/** The variable `authorizer` of a request. */
export const authorizerValue = (user: UserInfo, ask: Ask, request: RequestResource): unknown =>
  new Authorizer({ user, ask, request });

const RESOURCE_CHECK = readType(`${PREFIX}ResourceCheck`);

/** Its type: only what stands for the request's own user knows the request's resource. */
export const AUTHORIZER: CelType = {
  name: `${PREFIX}Authorizer`,
  field: (name) => (name === "requestResource" ? RESOURCE_CHECK : undefined),
};

function pathCheck(of: Authorizer, path: string): PathCheck {
  if (path.trim() === "") throw new CelError("path must not be empty");
  return new Receiver("PathCheck", { of, path });
}

function serviceAccount({ what: { ask } }: Authorizer, namespace: string, name: string): Authorizer {
  if (isDNS1123Subdomain(name).length > 0) throw new CelError("Invalid service account name");
  if (isDNS1123Label(namespace).length > 0) throw new CelError("Invalid service account namespace");
  const user = { username: serviceAccountName(namespace, name), groups: serviceAccountGroups(namespace) };
  return new Authorizer({ user, ask });
}

function resourceCheck({ what: { of, group } }: GroupCheck, resource: string): ResourceCheck {
  if (resource.trim() === "") throw new CelError("resource must not be empty");
  return resourceChecked(of, { ...WHOLE, group, resource });
}

const WORDS = ["subresource", "namespace", "name", "fieldSelector", "labelSelector"] as const;

const decided = ({ what: { user, ask } }: Authorizer, question: Omit<Question, "user">): Decision =>
  new Receiver("Decision", ask({ user, ...question }));

export const authorization: Library = [
  fn(`${PREFIX}Authorizer.path(string): ${PREFIX}PathCheck`, pathCheck),
  fn(
    `${PREFIX}Authorizer.group(string): ${PREFIX}GroupCheck`,
    (of: Authorizer, group: string): GroupCheck => new Receiver("GroupCheck", { of, group }),
  ),
  fn(`${PREFIX}Authorizer.serviceAccount(string, string): ${PREFIX}Authorizer`, serviceAccount),
  fn(`${PREFIX}GroupCheck.resource(string): ${PREFIX}ResourceCheck`, resourceCheck),
  ...WORDS.map((word) =>
    fn(
      `${PREFIX}ResourceCheck.${word}(string): ${PREFIX}ResourceCheck`,
      ({ what: { of, resource } }: ResourceCheck, text: string) => resourceChecked(of, { ...resource, [word]: text }),
    ),
  ),
  fn(`${PREFIX}PathCheck.check(string): ${PREFIX}Decision`, ({ what: { of, path } }: PathCheck, verb: string) =>
    decided(of, { verb, path }),
  ),
  fn(
    `${PREFIX}ResourceCheck.check(string): ${PREFIX}Decision`,
    ({ what: { of, resource } }: ResourceCheck, verb: string) => decided(of, { verb, resource }),
  ),
  fn(`${PREFIX}Decision.allowed(): bool`, ({ what }: Decision) => what.allowed),
  fn(`${PREFIX}Decision.reason(): string`, ({ what }: Decision) => what.reason),
  fn(`${PREFIX}Decision.errored(): bool`, ({ what }: Decision) => what.error !== ""),
  fn(`${PREFIX}Decision.error(): string`, ({ what }: Decision) => what.error),
];
