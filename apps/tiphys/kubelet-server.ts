/**
 * A kubelet's API over HTTPS: who asks is settled here, by client certificate or by a token that the API server knows
 * (TokenReview), and whether he may (SubjectAccessReview on nodes/proxy and the like), as upstream's kubelet in webhook
 * mode. Nobody is asked about nothing: health, too, is for those who may.
 */
import { certificate, newKey, privatePem } from "../../adapters/keys/certificate.ts";
import { listen, type Listener, type TlsFiles } from "../../adapters/node-http/listener.ts";
import type { Client } from "../../src/client/index.ts";
import type { ApiRequest, ApiResponse, Door, UserInfo } from "../../src/machinery/door.ts";
import type { Log } from "../../src/machinery/log.ts";

export interface KubeletServerOptions {
  readonly door: Door;
  /** Asks the API server; needs the rights of `system:auth-delegator`, which nodes have. */
  readonly client: Client;
  readonly nodeName: string;
  readonly host: string;
  readonly port: number;
  readonly tls: TlsFiles;
  readonly log: Log;
}

/** Answers of the API server are believed so long, in milliseconds; as upstream. */
const ALLOWED_FOR = 5 * 60_000;
const REFUSED_FOR = 30_000;
/** Answers remembered; above that all are forgotten. */
const MOST_REMEMBERED = 1024;

export function serveKubelet(options: KubeletServerOptions): Promise<Listener> {
  const reviews = new Reviews(options.client, options.nodeName);
  const guarded: Door = async (request) => {
    const user = await reviews.userOf(request);
    if (!user) return plain(401, "Unauthorized");
    if (await reviews.allowed(user, request)) return options.door(request);
    const { verb, subresources } = attributesOf(request);
    const asked = `verb=${verb}, resource=nodes, subresource(s)=[${subresources.join(" ")}]`;
    return plain(403, `Forbidden (user=${user.username}, ${asked})`);
  };
  return listen(guarded, { port: options.port, host: options.host, tls: options.tls, log: options.log });
}

class Reviews {
  readonly #client: Client;
  readonly #node: string;
  readonly #users = new Remembered<UserInfo | undefined>();
  readonly #answers = new Remembered<boolean>();

  constructor(client: Client, node: string) {
    this.#client = client;
    this.#node = node;
  }

  async userOf({ peer, headers }: ApiRequest): Promise<UserInfo | undefined> {
    const { certificate } = peer;
    if (certificate) {
      return { username: certificate.commonName, groups: [...certificate.organizations, "system:authenticated"] };
    }
    const token = /^bearer +(\S+)$/i.exec(headers["authorization"] ?? "")?.[1];
    if (token === undefined) return undefined;
    return this.#users.get(token, async () => {
      const { status } = await this.#review<TokenReviewStatus>("authentication.k8s.io", "TokenReview", { token });
      return status?.authenticated && status.user ? { ...status.user, groups: status.user.groups ?? [] } : undefined;
    });
  }

  /** Any of the subresources will do. */
  async allowed(user: UserInfo, request: ApiRequest): Promise<boolean> {
    if (user.groups.includes("system:masters")) return true;
    const { verb, subresources } = attributesOf(request);
    for (const subresource of subresources) if (await this.#mayUse(user, verb, subresource)) return true;
    return false;
  }

  #mayUse(user: UserInfo, verb: string, subresource: string): Promise<boolean> {
    return this.#answers.get(JSON.stringify([user, verb, subresource]), async () => {
      const resourceAttributes = { verb, group: "", version: "v1", resource: "nodes", subresource, name: this.#node };
      const { status } = await this.#review<{ readonly allowed?: boolean }>(
        "authorization.k8s.io",
        "SubjectAccessReview",
        { user: user.username, uid: user.uid, groups: user.groups, extra: user.extra, resourceAttributes },
      );
      return status?.allowed === true;
    });
  }

  async #review<S>(group: string, kind: string, spec: object): Promise<{ readonly status?: S }> {
    const object = { apiVersion: `${group}/v1`, kind, metadata: {}, spec };
    const { body } = await this.#client.request({
      method: "POST",
      path: `/apis/${group}/v1/${kind.toLowerCase()}s`,
      headers: { "content-type": "application/json" },
      body: { form: "bytes", bytes: Buffer.from(JSON.stringify(object)) },
    });
    return body.form === "object" ? (body.object as { readonly status?: S }) : {};
  }
}

interface TokenReviewStatus {
  readonly authenticated?: boolean;
  readonly user?: Omit<UserInfo, "groups"> & { readonly groups?: readonly string[] };
}

/** Good answers for a longer, bad ones for a shorter time. */
class Remembered<T> {
  readonly #known = new Map<string, { readonly value: T; readonly until: number }>();

  async get(key: string, ask: () => Promise<T>): Promise<T> {
    const known = this.#known.get(key);
    if (known && performance.now() < known.until) return known.value;
    const value = await ask();
    if (this.#known.size >= MOST_REMEMBERED) this.#known.clear();
    this.#known.set(key, { value, until: performance.now() + (value ? ALLOWED_FOR : REFUSED_FOR) });
    return value;
  }
}

const VERBS: Readonly<Record<string, string>> = {
  POST: "create",
  GET: "get",
  PUT: "update",
  PATCH: "patch",
  DELETE: "delete",
};

/** What rights open a path, by its first part; upstream's. Where nothing is said it is `nodes/proxy`. */
const SUBRESOURCES: Readonly<Record<string, readonly string[]>> = {
  stats: ["stats"],
  metrics: ["metrics"],
  logs: ["log"],
  checkpoint: ["checkpoint"],
  pods: ["pods", "proxy"],
  runningpods: ["pods", "proxy"],
  healthz: ["healthz", "proxy"],
  configz: ["configz", "proxy"],
};

function attributesOf({ method, path }: ApiRequest): { verb: string; subresources: readonly string[] } {
  const first = path.split("/")[1] ?? "";
  const subresources = Object.hasOwn(SUBRESOURCES, first) ? SUBRESOURCES[first]! : ["proxy"];
  return { verb: VERBS[method] ?? "", subresources };
}

function plain(status: number, text: string): ApiResponse {
  return {
    status,
    headers: { "content-type": "text/plain; charset=utf-8" },
    body: { form: "bytes", bytes: Buffer.from(text) },
  };
}

const YEAR = 365 * 24 * 3600 * 1000;

/** A serving certificate signed by itself, as a kubelet makes it that is given none. */
export function selfSigned(nodeName: string, address: string): { readonly cert: string; readonly key: string } {
  const keys = newKey();
  const subject = { commonName: `${nodeName}@${Math.floor(Date.now() / 1000)}` };
  const cert = certificate({
    subject,
    publicKey: keys.publicKey,
    issuer: { subject, ...keys },
    notBefore: Date.now() - 3600_000,
    notAfter: Date.now() + YEAR,
    usages: ["server"],
    names: [nodeName, address],
  });
  return { cert, key: privatePem(keys.privateKey) };
}
