/** Acting as a service account, with tokens that the API server gives to whoever may ask for them. */
import type { TokenRequest } from "../api/authentication/index.ts";
import { ServiceAccount } from "../api/core/index.ts";
import type { Clock } from "../machinery/clock.ts";
import type { ApiRequest, ApiResponse, Door } from "../machinery/door.ts";
import { isReason } from "../machinery/errors.ts";
import type { Client } from "./client.ts";

export interface Token {
  readonly token: string;
  /** When to ask for the next one, milliseconds since the epoch: after 4/5 of its life, and after a day in any case. */
  readonly refreshAt: number;
}

const REFRESH_SHARE = 0.8;
const MAX_AGE = 24 * 3600 * 1000;
/** Seconds a token is asked for, as upstream. */
const LIFE = 3600;

/** The token in an answer that was asked for at `asked`. */
export function tokenIn({ status }: TokenRequest, asked: number): Token {
  const { token = "", expirationTimestamp } = status ?? {};
  const expires = expirationTimestamp ? Date.parse(expirationTimestamp) : asked + LIFE * 1000;
  return { token, refreshAt: asked + Math.min((expires - asked) * REFRESH_SHARE, MAX_AGE) };
}

export interface ServiceAccountPorts {
  /** May get and create service accounts and their tokens. */
  readonly client: Client;
  /** The server without any credentials. */
  readonly door: Door;
  readonly clock: Clock;
}

/**
 * The server as a service account sees it. The account is made where it is missing; a token that is not accepted any
 * more (the account was deleted and made again) is replaced at once.
 */
export function serviceAccountDoor(ports: ServiceAccountPorts, namespace: string, name: string): Door {
  const { client, door, clock } = ports;
  let current: Promise<Token> | undefined;
  let refreshAt = 0;

  const ask = async (): Promise<Token> => {
    await ensureAccount(client, namespace, name);
    const asked = clock.now();
    const body = {
      apiVersion: "authentication.k8s.io/v1",
      kind: "TokenRequest",
      spec: { expirationSeconds: LIFE },
    };
    return tokenIn(await client.subresource<TokenRequest>(ServiceAccount, name, namespace, "token", body), asked);
  };
  const token = (): Promise<Token> => {
    if (!current || clock.now() >= refreshAt) {
      refreshAt = Infinity;
      current = ask();
      current.then(
        (fresh) => (refreshAt = fresh.refreshAt),
        () => (current = undefined),
      );
    }
    return current;
  };
  const send = async (request: ApiRequest, shown: Promise<Token>): Promise<ApiResponse> => {
    const authorization = `Bearer ${(await shown).token}`;
    return door({ ...request, headers: { ...request.headers, authorization } });
  };

  return async (request) => {
    const shown = token();
    const answer = await send(request, shown);
    if (answer.status !== 401) return answer;
    if (current === shown) current = undefined;
    return send(request, token());
  };
}

async function ensureAccount(client: Client, namespace: string, name: string): Promise<void> {
  try {
    await client.get(ServiceAccount, name, namespace);
  } catch (error) {
    if (!isReason(error, "NotFound")) throw error;
    await client.create(ServiceAccount, { metadata: { name, namespace } }).catch((refused: unknown) => {
      if (!isReason(refused, "AlreadyExists")) throw refused;
    });
  }
}
