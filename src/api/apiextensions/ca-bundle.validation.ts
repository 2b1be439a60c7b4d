/** Whether a bundle holds certificates that others can be checked against, in the words of Go's TLS. */

/** Up to the next dashes only, so that many beginnings without an end are not each read to the end of the bundle. */
const BLOCK = /-----BEGIN ([^-\n]+)-----\r?\n((?:(?!-----)[\s\S])*)-----END \1-----/g;

/** What is wrong with a bundle (PEM in base64); undefined for a good one, and for none. */
export function caBundleError(bundle: string): string | undefined {
  if (bundle === "") return undefined;
  const blocks = [...atob(bundle).matchAll(BLOCK)];
  if (blocks.length === 0) return "unable to load root certificates: unable to parse bytes as PEM block";
  const certificates = blocks.filter(([, type]) => type === "CERTIFICATE");
  if (certificates.length === 0) return "unable to load root certificates: no valid certificate authority data seen";
  if (certificates.some(([, , body = ""]) => isCertificate(body))) return undefined;
  return "unable to load root certificates: failed to parse certificate: x509: malformed certificate";
}

/** One ASN.1 sequence that is as long as it says; what is in it is for those who use it. */
function isCertificate(body: string): boolean {
  let bytes: string;
  try {
    bytes = atob(body.replaceAll(/\s/g, ""));
  } catch {
    return false;
  }
  const size = bytes.charCodeAt(1);
  if (bytes.charCodeAt(0) !== 0x30 || Number.isNaN(size)) return false;
  if (size < 0x80) return bytes.length === size + 2;
  const digits = size & 0x7f;
  let length = 0;
  for (let index = 0; index < digits; index++) length = length * 256 + bytes.charCodeAt(2 + index);
  return bytes.length === length + 2 + digits;
}
