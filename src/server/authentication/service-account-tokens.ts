/**
 * Tokens of service accounts: a JWT bound to the account and, mostly, to a pod. It is believed while its signature
 * and times hold and what it is bound to still exists with the same uid.
 */
import type { Clock } from "../../machinery/clock.ts";
import type { UserInfo } from "../../machinery/door.ts";
import { quote } from "../../machinery/go-text.ts";
import { serviceAccountGroups, serviceAccountName } from "../../machinery/service-accounts.ts";
import type { Store } from "../../store/store.ts";
import type { TokenAuthenticator, TokenIdentity } from "./authenticator.ts";
import type { BoundClaims, Claims, TokenKeys } from "./keys.ts";

export interface ServiceAccountTokenOptions {
  readonly store: Store;
  readonly keys: TokenKeys;
  readonly clock: Clock;
  readonly issuer: string;
  /** Audiences of the API server itself; a token must be for one of them unless others are asked for. */
  readonly apiAudiences: readonly string[];
}

/** Verified signatures kept, so that a busy client's token is not verified again and again. */
const REMEMBERED = 4096;
/** Clocks of clients may be off by this many seconds. */
const LEEWAY = 10;

export function serviceAccountTokens(options: ServiceAccountTokenOptions): TokenAuthenticator {
  const { store, keys, clock, issuer, apiAudiences } = options;
  const verified = new Map<string, Claims>();

  async function claimsOf(token: string): Promise<Claims | undefined> {
    const known = verified.get(token);
    if (known) return known;
    const claims = await keys.verify(token);
    if (!claims) return undefined;
    if (verified.size >= REMEMBERED) verified.delete(verified.keys().next().value!);
    verified.set(token, claims);
    return claims;
  }

  return {
    async authenticateToken(token, asked): Promise<TokenIdentity | undefined> {
      if (!looksLikeJwt(token)) return undefined;
      const claims = await claimsOf(token);
      if (!claims || claims.iss !== issuer || !inTime(claims, clock.now())) return undefined;
      const granted = audiencesOf(claims);
      const audiences = (asked?.length ? asked : apiAudiences).filter((audience) => granted.includes(audience));
      const bound = claims["kubernetes.io"];
      if (audiences.length === 0 || !bound || !stillBound(store, bound)) return undefined;
      return { user: userOf(bound, claims.jti), audiences };
    },
    async explain(token, asked) {
      const claims = looksLikeJwt(token) ? await claimsOf(token) : undefined;
      if (!claims || claims.iss !== issuer) return undefined;
      const granted = audiencesOf(claims);
      const wanted = asked?.length ? asked : apiAudiences;
      if (wanted.some((audience) => granted.includes(audience))) return undefined;
      return `token audiences ${listed(granted)} is invalid for the target audiences ${listed(wanted)}`;
    },
  };
}

function audiencesOf({ aud = [] }: Claims): readonly string[] {
  return typeof aud === "string" ? [aud] : aud;
}

/** As Go prints a list of quoted texts. */
const listed = (texts: readonly string[]): string => `[${texts.map(quote).join(" ")}]`;

function looksLikeJwt(token: string): boolean {
  return token.startsWith("ey") && token.split(".").length === 3;
}

function inTime({ exp, nbf }: Claims, now: number): boolean {
  const seconds = now / 1000;
  return exp !== undefined && seconds < exp && (nbf === undefined || seconds + LEEWAY >= nbf);
}

/** Everything the token names must exist, with the same uid, and not be past its deletion. */
function stillBound(store: Store, { namespace, serviceaccount, pod, secret, node }: BoundClaims): boolean {
  return (
    exists(store, `/core/serviceaccounts/${namespace}/${serviceaccount.name}`, serviceaccount.uid) &&
    (pod === undefined || exists(store, `/core/pods/${namespace}/${pod.name}`, pod.uid)) &&
    (secret === undefined || exists(store, `/core/secrets/${namespace}/${secret.name}`, secret.uid)) &&
    (pod !== undefined || node === undefined || exists(store, `/core/nodes/${node.name}`, node.uid))
  );
}

function exists(store: Store, key: string, uid: string | undefined): boolean {
  const object = store.snapshot().get(key)?.object as { metadata: { uid: string } } | undefined;
  return object !== undefined && (uid === undefined || object.metadata.uid === uid);
}

const EXTRA = "authentication.kubernetes.io/";

function userOf({ namespace, serviceaccount, pod, node }: BoundClaims, jti: string | undefined): UserInfo {
  const extra: Record<string, readonly string[]> = {};
  if (jti) extra[`${EXTRA}credential-id`] = [`JTI=${jti}`];
  if (node) extra[`${EXTRA}node-name`] = [node.name];
  if (node?.uid) extra[`${EXTRA}node-uid`] = [node.uid];
  if (pod) {
    extra[`${EXTRA}pod-name`] = [pod.name];
    extra[`${EXTRA}pod-uid`] = [pod.uid];
  }
  return { ...serviceAccountUser(namespace, serviceaccount.name), uid: serviceaccount.uid, extra };
}

/** The user a service account is, without uid: also what in-process controllers act as. */
function serviceAccountUser(namespace: string, name: string): UserInfo {
  return {
    username: serviceAccountName(namespace, name),
    groups: [...serviceAccountGroups(namespace), "system:authenticated"],
  };
}
