/** The ways in: the in-process door's own word, a client certificate, a bearer token. */
import type { ApiRequest, UserInfo } from "../../machinery/door.ts";
import type { Authenticator, TokenAuthenticator, TokenIdentity } from "./authenticator.ts";

/** In-process parts and adapters that have checked the other end themselves. */
export const peerAuthenticator: Authenticator = { authenticate: ({ peer }) => peer.user };

/** Upstream's x509 rule: the common name is the user, the organisations are the groups. */
export const certificateAuthenticator: Authenticator = {
  authenticate({ peer: { certificate, certificateError } }) {
    if (certificateError) return "invalid";
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
