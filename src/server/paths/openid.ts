/** Where others learn how to check service account tokens. */
import { encodeText } from "../encoding/json.ts";
import type { Parts } from "../parts.ts";
import { pageNotFound, respond } from "../respond.ts";

const JWKS = "/openid/v1/jwks";

export function installOpenId({ routes, flags, tokenKeys }: Parts): void {
  routes.path(
    "/.well-known/openid-configuration",
    () => {
      if (tokenKeys === undefined) return pageNotFound();
      const { serviceAccountIssuer: issuer, advertiseAddress } = flags;
      const document = {
        issuer,
        jwks_uri: `https://${advertiseAddress}${JWKS}`,
        response_types_supported: ["id_token"],
        subject_types_supported: ["public"],
        id_token_signing_alg_values_supported: tokenKeys.algorithms,
      };
      return json("application/json", document);
    },
    "get",
  );
  routes.path(
    JWKS,
    () => (tokenKeys === undefined ? pageNotFound() : json("application/jwk-set+json", tokenKeys.publicKeys())),
    "get",
  );
}

function json(contentType: string, document: object) {
  const response = respond(200, contentType, { form: "bytes", bytes: encodeText(JSON.stringify(document)) });
  return { ...response, headers: { ...response.headers, "cache-control": "public, max-age=3600" } };
}
