/** Service account tokens of pods: asked for once, kept, and asked for anew before they run out. */
import type { TokenRequest } from "../../api/authentication/index.ts";
import { ServiceAccount } from "../../api/core/index.ts";
import type { Pod, ServiceAccountTokenProjection } from "../../api/core/index.ts";
import type { Client } from "../../client/client.ts";
import { tokenIn } from "../../client/service-account.ts";
import type { Token } from "../../client/service-account.ts";
import type { Clock } from "../../machinery/clock.ts";

export interface TokenSource {
  token(pod: Pod, projection: ServiceAccountTokenProjection): Promise<string>;
}

export class Tokens implements TokenSource {
  readonly #client: Client;
  readonly #clock: Clock;
  readonly #kept = new Map<string, Map<string, Token>>();

  constructor(client: Client, clock: Clock) {
    this.#client = client;
    this.#clock = clock;
  }

  async token(pod: Pod, projection: ServiceAccountTokenProjection): Promise<string> {
    const { uid } = pod.metadata;
    const key = JSON.stringify([projection.audience ?? "", projection.expirationSeconds ?? 3600]);
    const kept = this.#kept.get(uid)?.get(key);
    const now = this.#clock.now();
    if (kept && now < kept.refreshAt) return kept.token;
    const fresh = await this.#ask(pod, projection);
    const ofPod = this.#kept.get(uid) ?? new Map<string, Token>();
    this.#kept.set(uid, ofPod.set(key, fresh));
    return fresh.token;
  }

  /** When the next of a pod's tokens should be replaced; undefined where it has none. */
  refreshAt(uid: string): number | undefined {
    const ofPod = this.#kept.get(uid);
    return ofPod && Math.min(...[...ofPod.values()].map((kept) => kept.refreshAt));
  }

  forget(uid: string): void {
    this.#kept.delete(uid);
  }

  async #ask(pod: Pod, { audience, expirationSeconds }: ServiceAccountTokenProjection): Promise<Token> {
    const { name, namespace, uid } = pod.metadata;
    const asked = this.#clock.now();
    const answer = await this.#client.subresource<TokenRequest>(
      ServiceAccount,
      pod.spec.serviceAccountName || "default",
      namespace,
      "token",
      {
        apiVersion: "authentication.k8s.io/v1",
        kind: "TokenRequest",
        spec: {
          ...(audience && { audiences: [audience] }),
          expirationSeconds: expirationSeconds ?? 3600,
          boundObjectRef: { apiVersion: "v1", kind: "Pod", name, uid },
        },
      },
    );
    return tokenIn(answer, asked);
  }
}
