/**
 * Tokens that let a machine join: `<id>.<secret>`, kept as the Secret `bootstrap-token-<id>` in kube-system. Who has one is
 * `system:bootstrap:<id>` in the group `system:bootstrappers` and those the Secret names, and may do what these may.
 */
import type { Secret } from "../../api/core/index.ts";
import { fromBase64 } from "../../machinery/base64.ts";
import type { Clock } from "../../machinery/clock.ts";
import { timeOf } from "../../machinery/time.ts";
import type { Store } from "../../store/store.ts";
import type { TokenAuthenticator } from "./authenticator.ts";

const TOKEN = /^([a-z0-9]{6})\.([a-z0-9]{16})$/;
const TYPE = "bootstrap.kubernetes.io/token";
const GROUP = "system:bootstrappers";
const EXTRA_GROUP = /^system:bootstrappers:[a-z0-9:-]{0,255}[a-z0-9]$/;

export function bootstrapTokens(store: Store, clock: Clock): TokenAuthenticator {
  return {
    async authenticateToken(token) {
      const [, id, secret] = TOKEN.exec(token) ?? [];
      if (id === undefined) return undefined;
      // It may have been made through another server a moment ago.
      await store.refresh?.();
      const entry = store.snapshot().get(`/core/secrets/kube-system/bootstrap-token-${id}`);
      if (entry === undefined) return undefined;
      const { type, metadata, data = {} } = entry.object as Secret;
      const text = (key: string): string => decoded(data[key] ?? "");
      if (type !== TYPE || metadata.deletionTimestamp !== undefined) return undefined;
      if (!same(text("token-secret"), secret!) || text("token-id") !== id) return undefined;
      if (isOver(text("expiration"), clock.now()) || text("usage-bootstrap-authentication") !== "true")
        return undefined;
      const extra = text("auth-extra-groups").split(",").filter(Boolean);
      if (!extra.every((group) => EXTRA_GROUP.test(group))) return undefined;
      const groups = [...new Set([GROUP, ...extra]), "system:authenticated"];
      return { user: { username: `system:bootstrap:${id}`, groups } };
    },
  };
}

function decoded(base64: string): string {
  return new TextDecoder().decode(fromBase64(base64));
}

/** Takes as long whichever character differs. */
function same(a: string, b: string): boolean {
  let difference = a.length ^ b.length;
  for (let i = 0; i < b.length; i++) difference |= (a.charCodeAt(i) || 0) ^ b.charCodeAt(i);
  return difference === 0;
}

/** A token without an end never ends; one whose end cannot be read has none to count on. */
function isOver(expiration: string, now: number): boolean {
  return expiration !== "" && !((timeOf(expiration) ?? -Infinity) > now);
}
