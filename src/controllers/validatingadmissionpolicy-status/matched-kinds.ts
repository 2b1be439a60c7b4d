/** The kinds that a policy's rules name, and what the server publishes of them. */
import type { MatchResources } from "../../api/admissionregistration/matching.ts";
import { answerOf } from "../../client/answers.ts";
import type { Client } from "../../client/client.ts";
import { resourcesOf } from "../../client/discovery.ts";
import type { GroupVersion } from "../../client/discovery.ts";
import { typeOfSchema } from "../../machinery/cel/index.ts";
import type { CelType } from "../../machinery/cel/index.ts";
import { StatusError } from "../../machinery/errors.ts";
import { compareText } from "../../machinery/go-text.ts";
import type { GroupVersionKind } from "../../machinery/openapi/definitions.ts";
import { resolvedSchema } from "../../machinery/openapi/resolve.ts";

/** Upstream checks against no more. */
const MOST = 10;

/** What one look at a policy has asked the server, each question once. */
export class Published {
  readonly #client: Client;
  readonly #resources = new Map<string, ReturnType<typeof resourcesOf>>();
  readonly #documents = new Map<string, Promise<unknown>>();

  constructor(client: Client) {
    this.#client = client;
  }

  /** The type of a kind's objects; undefined where it is not published. */
  async typeOf(kind: GroupVersionKind): Promise<CelType | undefined> {
    const schema = resolvedSchema(await this.#document(kind), kind);
    return schema && typeOfSchema(schema, true);
  }

  /** In order. Rules for any group, version or resource are about no kind in particular. */
  async kindsOf({ resourceRules = [] }: Partial<MatchResources>): Promise<GroupVersionKind[]> {
    const found = new Map<string, GroupVersionKind>();
    for (const { apiGroups = [], apiVersions = [], resources = [] } of resourceRules) {
      if ([...apiGroups, ...apiVersions].some((each) => each.includes("*"))) continue;
      const plain = resources.filter((each) => !/[*/]/.test(each)).toSorted(compareText);
      let count = 0;
      for (const group of apiGroups.toSorted(compareText)) {
        for (const version of apiVersions.toSorted(compareText)) {
          for (const resource of plain) {
            const kind = await this.#kindOf({ group, version }, resource);
            if (kind === undefined) continue;
            found.set(`${group}/${version}/${kind}`, { group, version, kind });
            if (++count === MOST) return inOrder(found.values());
          }
        }
      }
    }
    return inOrder(found.values());
  }

  async #kindOf(of: GroupVersion, resource: string): Promise<string | undefined> {
    const key = rootOf(of);
    let asked = this.#resources.get(key);
    if (asked === undefined) this.#resources.set(key, (asked = resourcesOf(this.#client, of)));
    return (await asked).kinds.find(({ names }) => names.plural === resource)?.kind;
  }

  #document(of: GroupVersion): Promise<unknown> {
    const key = rootOf(of);
    let asked = this.#documents.get(key);
    if (asked === undefined) this.#documents.set(key, (asked = this.#ask(`/openapi/v3/${key}`)));
    return asked;
  }

  async #ask(at: string): Promise<unknown> {
    try {
      return await answerOf(await this.#client.request({ method: "GET", path: at }));
    } catch (error) {
      if (error instanceof StatusError && error.code === 404) return {};
      throw error;
    }
  }
}

const rootOf = ({ group, version }: GroupVersion): string =>
  group === "" ? `api/${version}` : `apis/${group}/${version}`;

const inOrder = (kinds: Iterable<GroupVersionKind>): GroupVersionKind[] =>
  [...kinds].toSorted(
    (a, b) => compareText(a.group, b.group) || compareText(a.version, b.version) || compareText(a.kind, b.kind),
  );
