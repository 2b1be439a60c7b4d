import { StatusError } from "../../machinery/errors.ts";
import type { UserInfo } from "../../machinery/door.ts";
import type { Exchange } from "../exchange.ts";
import { MODES } from "../impersonation/modes.ts";
import type { Wanted } from "../impersonation/wanted.ts";
import { mayImpersonate, wantedOf } from "../impersonation/wanted.ts";
import { attributesOf, requireAllowed } from "./authorize.ts";

/** `Impersonate-…` headers: acts as another user, for those whom one of the modes allows it. */
export function impersonate(exchange: Exchange): void | Promise<void> {
  if (!mayImpersonate(exchange.request.headers)) return undefined;
  const wanted = wantedOf(exchange.request.headers);
  return wanted && become(exchange, wanted);
}

/** Throws the first refusal where no mode allows it. */
async function become(exchange: Exchange, wanted: Wanted): Promise<void> {
  const { parts, info, user } = exchange;
  const request = attributesOf(info, user);
  const recent = parts.recentModes.of(user.username);
  const order = MODES.map((_, mode) => mode).filter((mode) => mode !== recent);
  let refusal: unknown;
  for (const mode of recent === undefined ? order : [recent, ...order]) {
    try {
      const found: UserInfo | undefined = await MODES[mode]!(
        (asked) => requireAllowed(exchange, asked),
        request,
        wanted,
      );
      if (found === undefined) continue;
      parts.recentModes.set(user.username, mode);
      exchange.user = found;
      return;
    } catch (error) {
      if (!(error instanceof StatusError)) throw error;
      refusal ??= error;
    }
  }
  throw refusal;
}
