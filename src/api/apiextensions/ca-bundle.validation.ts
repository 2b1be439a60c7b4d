/** Whether a bundle holds certificates that others can be checked against, in the words of Go's TLS. */
import { pemBlocks } from "../../machinery/pem.ts";
import { certificateProblem } from "../../machinery/x509/certificate.ts";

/** What is wrong with a bundle (PEM in base64); undefined for a good one, and for none. */
export function caBundleError(bundle: string): string | undefined {
  const why = bundle === "" ? undefined : problemOf(atob(bundle));
  return why && `unable to load root certificates: ${why}`;
}

/** One certificate is enough; otherwise upstream tells what it stumbles over first. */
function problemOf(text: string): string | undefined {
  const { blocks, rest } = pemBlocks(text);
  const certificates = blocks.filter(({ type, hasHeaders }) => type === "CERTIFICATE" && !hasHeaders);
  const problems = certificates.map(({ bytes }) => certificateProblem(bytes));
  if (problems.includes(undefined)) return undefined;
  if (problems.length > 0) return `failed to parse certificate: ${problems[0]}`;
  return rest === "" ? "no valid certificate authority data seen" : "unable to parse bytes as PEM block";
}
