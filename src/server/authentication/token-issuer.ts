/** Makes service account tokens: what `serviceaccounts/token` hands out. */
import type { Clock } from "../../machinery/clock.ts";
import type { Random } from "../../machinery/random.ts";
import { uuid } from "../../machinery/random.ts";
import { serviceAccountName } from "../../machinery/service-accounts.ts";
import { formatTime } from "../../machinery/time.ts";
import type { TokenIssuer, TokenToIssue } from "../parts.ts";
import type { BoundClaims, TokenKeys } from "./keys.ts";

export interface TokenIssuerOptions {
  readonly keys: TokenKeys;
  readonly clock: Clock;
  readonly random: Random;
  readonly issuer: string;
  readonly apiAudiences: readonly string[];
}

/** Pods ask for this lifetime; old clients that never read their token again get a year instead, as upstream does. */
const POD_TOKEN_SECONDS = 3607;
const EXTENDED_SECONDS = 365 * 24 * 3600;

export function tokenIssuer({ keys, clock, random, issuer, apiAudiences }: TokenIssuerOptions): TokenIssuer {
  return {
    async issue(request) {
      const now = Math.floor(clock.now() / 1000);
      const audiences = request.audiences.length ? request.audiences : apiAudiences;
      const forApi = audiences.every((audience) => apiAudiences.includes(audience));
      const extended = forApi && request.expirationSeconds === POD_TOKEN_SECONDS && request.boundTo?.kind === "Pod";
      const expires = now + request.expirationSeconds;
      const token = await keys.sign({
        aud: audiences,
        exp: extended ? now + EXTENDED_SECONDS : expires,
        iat: now,
        iss: issuer,
        jti: uuid(random),
        "kubernetes.io": { ...boundClaims(request), ...(extended && { warnafter: expires }) },
        nbf: now,
        sub: serviceAccountName(request.namespace, request.serviceAccount.name),
      });
      return { token, expirationTimestamp: formatTime(expires * 1000) };
    },
  };
}

function boundClaims({ namespace, serviceAccount, boundTo, node }: TokenToIssue): BoundClaims {
  const bound = boundTo && { name: boundTo.name, uid: boundTo.uid };
  return {
    namespace,
    serviceaccount: { name: serviceAccount.name, uid: serviceAccount.uid },
    ...(bound && boundTo.kind === "Pod" && { pod: bound }),
    ...(bound && boundTo.kind === "Secret" && { secret: bound }),
    ...(bound && boundTo.kind === "Node" ? { node: bound } : node && { node }),
  };
}
