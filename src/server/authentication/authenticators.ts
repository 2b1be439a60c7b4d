/** The ways in: the in-process door's own word, a client certificate, a bearer token. */
import type { ApiRequest, UserInfo } from "../../machinery/door.ts";
import type { Authenticator, TokenAuthenticator, TokenIdentity } from "./authenticator.ts";
import { ANONYMOUS } from "./authenticator.ts";

/** In-process parts and adapters that have checked the other end themselves. */
export const peerAuthenticator: Authenticator = { authenticate: ({ peer }) => peer.user };

/** Upstream's x509 rule: the common name is the user, the organisations are the groups. */
export const certificateAuthenticator: Authenticator = {
  authenticate({ peer: { certificate } }) {
    if (!certificate?.commonName) return undefined;
    return { username: certificate.commonName, groups: [...certificate.organizations, "system:authenticated"] };
  },
};

export function bearerAuthenticator(tokens: TokenAuthenticator): Authenticator {
  return {
    async authenticate(request) {
      const token = bearerToken(request);
      if (token === undefined) return undefined;
      return (await tokens.authenticateToken(token))?.user ?? "invalid";
    },
  };
}

/** Asks each until one knows the token. */
export function anyToken(authenticators: readonly TokenAuthenticator[]): TokenAuthenticator {
  return {
    async authenticateToken(token, audiences): Promise<TokenIdentity | undefined> {
      for (const authenticator of authenticators) {
        const identity = await authenticator.authenticateToken(token, audiences);
        if (identity) return identity;
      }
      return undefined;
    },
  };
}

/**
 * Asks each in turn. Credentials that one finds wrong may still be right for a later one; wrong for all: `invalid`;
 * none given at all: anonymous, or `invalid` too where anonymous requests are not allowed.
 */
export function chain(authenticators: readonly Authenticator[], allowAnonymous = true): Authenticator {
  return {
    async authenticate(request) {
      let wrong = false;
      for (const authenticator of authenticators) {
        const answer = authenticator.authenticate(request);
        const identity = answer instanceof Promise ? await answer : answer;
        if (identity === "invalid") wrong = true;
        else if (identity) return identity;
      }
      return wrong || !allowAnonymous ? "invalid" : ANONYMOUS;
    },
  };
}

const BEARER = /^bearer +(\S+) *$/i;
const SUBPROTOCOL = "base64url.bearer.authorization.k8s.io.";

/** From the Authorization header, or from a WebSocket subprotocol, where browsers cannot set headers. */
function bearerToken({ headers, upgrade }: ApiRequest): string | undefined {
  const header = headers["authorization"];
  if (header !== undefined) return BEARER.exec(header)?.[1];
  const offered = upgrade?.protocols.find((protocol) => protocol.startsWith(SUBPROTOCOL));
  return offered && fromBase64Url(offered.slice(SUBPROTOCOL.length));
}

function fromBase64Url(text: string): string | undefined {
  try {
    return atob(text.replaceAll("-", "+").replaceAll("_", "/"));
  } catch {
    return undefined;
  }
}

/** The user every API server acts as towards itself. */
export const API_SERVER: UserInfo = {
  username: "system:apiserver",
  groups: ["system:masters", "system:authenticated"],
};
