/** Time, randomness and token keys from the Web platform: for browser tabs and workers. */
import { SignJWT, calculateJwkThumbprint, exportJWK, generateKeyPair, jwtVerify } from "jose";
import type { JWTPayload } from "jose";
import type { Clock } from "../../src/machinery/clock.ts";
import type { Random } from "../../src/machinery/random.ts";
import type { Claims, TokenKeys } from "../../src/server/authentication/keys.ts";

/** The longest wait the platform's timers take; longer ones would fire at once. */
const LONGEST = 2 ** 31 - 1;

export const browserClock: Clock = {
  now: () => Date.now(),
  after(milliseconds, action) {
    if (milliseconds <= 0) return soon(action);
    if (milliseconds > LONGEST) {
      let cancel = browserClock.after(LONGEST, () => {
        cancel = browserClock.after(milliseconds - LONGEST, action);
      });
      return () => cancel();
    }
    const timer = setTimeout(action, milliseconds);
    return () => clearTimeout(timer);
  },
};

/** Nested timers wait at least 4 ms in browsers; a message to oneself does not. */
const channel = new MessageChannel();
const waiting: (() => void)[] = [];
channel.port1.addEventListener("message", () => waiting.shift()?.());
channel.port1.start();

function soon(action: () => void): () => void {
  let cancelled = false;
  waiting.push(() => {
    if (!cancelled) action();
  });
  channel.port2.postMessage(undefined);
  return () => {
    cancelled = true;
  };
}

export const browserRandom: Random = {
  next: () => crypto.getRandomValues(new Uint32Array(1))[0]! / 0x1_0000_0000,
  bytes: (length) => crypto.getRandomValues(new Uint8Array(length)),
};

/** A signing key that lives as long as the tab. */
export async function browserKeys(): Promise<TokenKeys> {
  const { publicKey, privateKey } = await generateKeyPair("ES256");
  const jwk = await exportJWK(publicKey);
  const kid = await calculateJwkThumbprint(jwk);
  return {
    algorithms: ["ES256"],
    publicKeys: () => ({ keys: [{ ...jwk, kid, use: "sig", alg: "ES256" }] }),
    sign: (claims) => new SignJWT(claims as JWTPayload).setProtectedHeader({ alg: "ES256", kid }).sign(privateKey),
    async verify(token) {
      try {
        // Whether its times hold is the authenticator's to judge, by the cluster's clock.
        const { payload } = await jwtVerify(token, publicKey, { currentDate: new Date(0), clockTolerance: "100000d" });
        return payload as Claims;
      } catch {
        return undefined;
      }
    },
  };
}
