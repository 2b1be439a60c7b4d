/** Failures of connections in the words of Go's network library, which clients of Kubernetes know. */

interface Target {
  readonly host: string;
  readonly port: number;
}

type SystemError = Error & { readonly code?: string; readonly reason?: string };

const REFUSALS: Readonly<Record<string, string>> = {
  ECONNREFUSED: "connect: connection refused",
  ETIMEDOUT: "i/o timeout",
  EHOSTUNREACH: "connect: no route to host",
  ENETUNREACH: "connect: network is unreachable",
};

const UNKNOWN_AUTHORITY = "certificate signed by unknown authority";
const CERTIFICATES: Readonly<Record<string, string>> = {
  DEPTH_ZERO_SELF_SIGNED_CERT: UNKNOWN_AUTHORITY,
  SELF_SIGNED_CERT_IN_CHAIN: UNKNOWN_AUTHORITY,
  UNABLE_TO_GET_ISSUER_CERT: UNKNOWN_AUTHORITY,
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: UNKNOWN_AUTHORITY,
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: UNKNOWN_AUTHORITY,
  CERT_SIGNATURE_FAILURE: UNKNOWN_AUTHORITY,
  CERT_HAS_EXPIRED: "certificate has expired or is not yet valid",
  CERT_NOT_YET_VALID: "certificate has expired or is not yet valid",
};

export function goTextOf(error: unknown, { host, port }: Target): Error {
  const failure = rootOf(error);
  const code = failure.code ?? "";
  if (REFUSALS[code]) return said(`dial tcp ${addressText(host, port)}: ${REFUSALS[code]}`, error);
  if (code === "ENOTFOUND" || code === "EAI_AGAIN") return said(`dial tcp: lookup ${host}: no such host`, error);
  const certificate = code === "ERR_TLS_CERT_ALTNAME_INVALID" ? otherName(failure) : CERTIFICATES[code];
  if (certificate) return said(`tls: failed to verify certificate: x509: ${certificate}`, error);
  return code === "ECONNRESET" || code === "EPIPE" ? said("EOF", error) : failure;
}

const said = (text: string, cause: unknown): Error => new Error(text, { cause });

/** Of several addresses of one name each may have failed; one of them tells it. */
function rootOf(error: unknown): SystemError {
  if (error instanceof AggregateError && error.errors.length > 0) return rootOf(error.errors[0]);
  if (error instanceof Error && error.cause instanceof Error) return rootOf(error.cause);
  return error instanceof Error ? error : new Error(String(error));
}

const addressText = (host: string, port: number): string =>
  host.includes(":") ? `[${host}]:${port}` : `${host}:${port}`;

interface AltNameError extends Error {
  readonly host?: string;
  readonly cert?: { readonly subjectaltname?: string };
}

function otherName(error: AltNameError): string {
  const names = (error.cert?.subjectaltname ?? "")
    .split(", ")
    .map((each) => each.replace(/^(DNS|IP Address):/, ""))
    .filter((each) => each !== "");
  if (names.length === 0) return "certificate is not valid for any names, but wanted to match " + (error.host ?? "");
  return `certificate is valid for ${names.join(", ")}, not ${error.host ?? ""}`;
}
