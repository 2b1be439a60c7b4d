import type { ApiRequest, UserInfo } from "../../machinery/door.ts";

/**
 * Says who sends a request. `undefined`: these are not credentials of my sort (the next one is asked; when nobody
 * knows, the request is anonymous). `invalid`: credentials of my sort that are wrong (the answer is 401 unless another accepts them).
 */
export interface Authenticator {
  authenticate(request: ApiRequest): UserInfo | undefined | "invalid" | Promise<UserInfo | undefined | "invalid">;
}

/** Checks a bearer token; also asked by TokenReview. */
export interface TokenAuthenticator {
  authenticateToken(
    token: string,
    audiences?: readonly string[],
  ): TokenIdentity | undefined | Promise<TokenIdentity | undefined>;
  /** Why a token of its sort was not accepted, where that may be told; asked by TokenReview alone. */
  explain?(token: string, audiences?: readonly string[]): Promise<string | undefined>;
}

export interface TokenIdentity {
  readonly user: UserInfo;
  /** Those of the asked audiences the token is good for. */
  readonly audiences?: readonly string[];
}

export const ANONYMOUS: UserInfo = { username: "system:anonymous", groups: ["system:unauthenticated"] };
