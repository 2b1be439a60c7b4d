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
import { isDNS1035Label, isDNS1123Subdomain } from "../../machinery/names.ts";
import type { GroupVersionKind } from "../../machinery/openapi/definitions.ts";
import { resolvedSchema } from "../../machinery/openapi/resolve.ts";

/** Upstream checks against no more. */
const MOST = 10;
/** Versions of groups that are asked for; rules can name as many as fit into a policy. */
const MOST_VERSIONS = 100;

/** What one look at a policy has asked the server, each question once. */
export class Published {
  readonly #client: Client;
  readonly #resources = new Map<string, ReadonlyMap<string, string>>();
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
          const kinds = await this.#kindsIn({ group, version });
          for (const resource of plain) {
            const kind = kinds.get(resource);
            if (kind === undefined) continue;
            found.set(`${group}/${version}/${kind}`, { group, version, kind });
            if (++count === MOST) return inOrder(found.values());
          }
        }
      }
    }
    return inOrder(found.values());
  }

  /** By their resources. */
  async #kindsIn(of: GroupVersion): Promise<ReadonlyMap<string, string>> {
    const key = rootOf(of);
    const known = this.#resources.get(key);
    if (known !== undefined) return known;
    if (this.#resources.size >= MOST_VERSIONS || !canBe(of)) return NONE;
    const { kinds } = await resourcesOf(this.#client, of);
    const found = new Map(kinds.map(({ names, kind }) => [names.plural, kind]));
    this.#resources.set(key, found);
    return found;
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

const NONE: ReadonlyMap<string, string> = new Map();

/** Rules may name groups and versions that are none, and would be other paths. */
const canBe = ({ group, version }: GroupVersion): boolean =>
  (group === "" || isDNS1123Subdomain(group).length === 0) && isDNS1035Label(version).length === 0;

const rootOf = ({ group, version }: GroupVersion): string =>
  group === "" ? `api/${version}` : `apis/${group}/${version}`;

const inOrder = (kinds: Iterable<GroupVersionKind>): GroupVersionKind[] =>
  [...kinds].toSorted(
    (a, b) => compareText(a.group, b.group) || compareText(a.version, b.version) || compareText(a.kind, b.kind),
  );
