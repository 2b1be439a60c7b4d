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
      const inHeader = headerToken(request.headers["authorization"]);
      const shown = inHeader === undefined ? protocolToken(request) : { token: inHeader };
      if (shown === undefined || shown === "invalid") return shown;
      return (await tokens.authenticateToken(shown.token))?.user ?? "invalid";
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

const SUBPROTOCOL = "base64url.bearer.authorization.k8s.io.";

/** A second space before the token makes it none; so does a scheme of another name. */
function headerToken(header: string | undefined): string | undefined {
  const [scheme, token] = (header ?? "").trim().split(" ", 2);
  return scheme!.toLowerCase() === "bearer" && token ? token : undefined;
}

/** Where browsers cannot set headers: from a WebSocket's subprotocol. One beside others, well encoded; else `invalid`. */
function protocolToken({ upgrade }: ApiRequest): { readonly token: string } | "invalid" | undefined {
  const tokens = upgrade?.protocols.filter((protocol) => protocol.startsWith(SUBPROTOCOL)) ?? [];
  if (tokens.length === 0) return undefined;
  const token = tokens.length === 1 ? fromBase64Url(tokens[0]!.slice(SUBPROTOCOL.length)) : undefined;
  if (token === "") return undefined;
  return token === undefined || upgrade!.protocols.length === 1 ? "invalid" : { token };
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
