import { unauthorized } from "../../machinery/errors.ts";
import type { Exchange } from "../exchange.ts";

const AUTHENTICATED = "system:authenticated";
const UNAUTHENTICATED = "system:unauthenticated";

const SPACE = /^\s*bearer {2}/i;
const SPACE_WARNING = "the provided Authorization header contains extra space before the bearer token, and is ignored";

/**
 * Who asks: the first authenticator that knows the credentials. Credentials that nobody accepts are 401; none at all
 * make the request anonymous.
 */
export async function authenticate(exchange: Exchange): Promise<void> {
  let refused = false;
  for (const authenticator of exchange.parts.authenticators) {
    const answer = authenticator.authenticate(exchange.request);
    const user = answer instanceof Promise ? await answer : answer;
    if (user === "invalid") refused = true;
    else if (user !== undefined) {
      const known = user.groups.includes(AUTHENTICATED) || user.groups.includes(UNAUTHENTICATED);
      exchange.user = known ? user : { ...user, groups: [...user.groups, AUTHENTICATED] };
      return;
    }
  }
  if (SPACE.test(exchange.request.headers["authorization"] ?? "")) exchange.warn(SPACE_WARNING);
  if (refused) throw unauthorized();
}
