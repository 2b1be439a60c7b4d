/**
 * The keys that service account tokens are signed with, as a port: the edge holds them (files, WebCrypto), the core
 * decides what is in a token and whether to believe it.
 */
export interface TokenKeys {
  /** A signed JWT (compact form) with `claims`. */
  sign(claims: Claims): Promise<string>;
  /** The claims of a JWT signed by one of our keys; undefined for any other text. Looks at no claim. */
  verify(token: string): Promise<Claims | undefined>;
  /** For `/openid/v1/jwks`. */
  publicKeys(): { readonly keys: readonly object[] };
  /** Signature algorithms in use, such as `RS256`. */
  readonly algorithms: readonly string[];
}

/** As upstream's bound service account tokens. Times in seconds since the epoch. */
export interface Claims {
  readonly iss?: string;
  readonly sub?: string;
  readonly aud?: string | readonly string[];
  readonly exp?: number;
  readonly iat?: number;
  readonly nbf?: number;
  readonly jti?: string;
  readonly "kubernetes.io"?: BoundClaims;
}

export interface BoundClaims {
  readonly namespace: string;
  readonly serviceaccount: { readonly name: string; readonly uid: string };
  readonly pod?: { readonly name: string; readonly uid: string };
  readonly node?: { readonly name: string; readonly uid?: string };
  readonly secret?: { readonly name: string; readonly uid: string };
  readonly warnafter?: number;
}
