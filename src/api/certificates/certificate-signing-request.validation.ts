/** Rules on CertificateSigningRequests, and what the server fills in when a condition is set. */
import { pemBlocks } from "../../machinery/pem.ts";
import { certificateRequestProblem } from "../../machinery/x509/certificate-request.ts";
import { certificatesProblem } from "../../machinery/x509/certificate.ts";
import type { FieldError, Path } from "../../machinery/field-errors.ts";
import { duplicate, forbidden, invalid, notSupported, path, required, tooLong } from "../../machinery/field-errors.ts";
import { quote } from "../../machinery/go-text.ts";
import type { StrategyContext } from "../../machinery/kind.ts";
import { isDNS1123Label, isDNS1123Subdomain } from "../../machinery/names.ts";
import type { Errors } from "../rules.ts";
import type { CertificateSigningRequestSpec, CertificateSigningRequestStatus } from "./certificate-signing-request.ts";

interface RequestParts {
  readonly spec: CertificateSigningRequestSpec;
  readonly status: CertificateSigningRequestStatus;
}

const SPEC = path("spec");
const CONDITIONS = path("status", "conditions");
const CERTIFICATE = path("status", "certificate");
const SHORTEST = 600;
const LEGACY = "kubernetes.io/legacy-unknown";
const SIGNER_PATH_LIMIT = 253 + 63 + 1;
const STATUSES = ["False", "True", "Unknown"];
const VERDICTS = ["Approved", "Denied"];
const DECISIONS: ReadonlySet<string> = new Set([...VERDICTS, "Failed"]);

/** What a certificate may be asked for. */
export const USAGES = [
  "any",
  "cert sign",
  "client auth",
  "code signing",
  "content commitment",
  "crl sign",
  "data encipherment",
  "decipher only",
  "digital signature",
  "email protection",
  "encipher only",
  "ipsec end system",
  "ipsec tunnel",
  "ipsec user",
  "key agreement",
  "key encipherment",
  "microsoft sgc",
  "netscape sgc",
  "ocsp signing",
  "s/mime",
  "server auth",
  "signing",
  "timestamping",
] as const;
const KNOWN_USAGES: ReadonlySet<string> = new Set(USAGES);
const NOWHERE: ReadonlySet<number> = new Set();

/** What the object that is updated has already may stay, though nobody may bring it today. */
export function validateCertificateSigningRequest(
  { spec, status }: RequestParts,
  { previous, verifySignature }: Pick<StrategyContext, "previous" | "verifySignature">,
): FieldError[] {
  const errors: Errors = [];
  const before = previous as unknown as RequestParts | undefined;
  const { request, usages = [], signerName, expirationSeconds } = spec;
  const problem = certificateRequestProblem(atob(request), verifySignature);
  if (problem !== undefined) errors.push(invalid(SPEC.child("request"), request, problem));
  checkUsages(errors, SPEC.child("usages"), usages, before?.spec.usages ?? []);
  if (signerName === LEGACY && before?.spec.signerName !== LEGACY) {
    const text = "the legacy signerName is not allowed via this API version";
    errors.push(invalid(SPEC.child("signerName"), signerName, text));
  } else checkSignerName(errors, SPEC.child("signerName"), signerName);
  if (expirationSeconds !== undefined && expirationSeconds < SHORTEST) {
    const text = "may not specify a duration less than 600 seconds (10 minutes)";
    errors.push(invalid(SPEC.child("expirationSeconds"), expirationSeconds, text));
  }
  checkConditions(errors, CONDITIONS, status.conditions ?? [], before?.status.conditions ?? []);
  checkCertificate(errors, status.certificate ?? "", before?.status.certificate ?? "");
  return errors;
}

function checkCertificate(errors: Errors, certificate: string, before: string): void {
  if (certificate === before || chainProblem(before) !== undefined) return;
  const problem = chainProblem(certificate);
  if (problem !== undefined) errors.push(invalid(CERTIFICATE, "<certificate data>", problem));
}

/** What was decided stays decided; only `approval` decides, and only `status` brings the certificate, once. */
export function validateCertificateSigningRequestUpdate(
  { status }: RequestParts,
  { status: before }: RequestParts,
  { subresource }: { readonly subresource?: string },
): FieldError[] {
  const errors: Errors = [];
  const count = (of: CertificateSigningRequestStatus, wanted: string): number =>
    of.conditions?.filter(({ type }) => type === wanted).length ?? 0;
  for (const type of DECISIONS) {
    if (count(status, type) < count(before, type)) {
      errors.push(forbidden(CONDITIONS, `updates may not remove a condition of type ${quote(type)}`));
    }
  }
  if (subresource !== "approval") {
    for (const type of VERDICTS) {
      if (count(status, type) > count(before, type)) {
        errors.push(forbidden(CONDITIONS, `updates may not add a condition of type ${quote(type)}`));
      }
    }
  }
  if ((status.certificate ?? "") !== (before.certificate ?? "")) {
    if (subresource !== "status") errors.push(forbidden(CERTIFICATE, "updates may not set certificate content"));
    else if (before.certificate) {
      errors.push(forbidden(CERTIFICATE, "updates may not modify existing certificate content"));
    }
  }
  return errors;
}

/** Go's words for PEM that is no chain of certificates; what they say is up to the signer. */
function chainProblem(base64: string): string | undefined {
  if (base64 === "") return undefined;
  const { blocks } = pemBlocks(atob(base64));
  for (const { type, hasHeaders, bytes } of blocks) {
    if (type !== "CERTIFICATE") return `only CERTIFICATE PEM blocks are allowed, found ${quote(type)}`;
    if (hasHeaders) return "no PEM block headers are permitted";
    const problem = bytes === "" ? "found CERTIFICATE PEM block containing 0 certificates" : certificatesProblem(bytes);
    if (problem !== undefined) return problem;
  }
  return blocks.length === 0 ? "must contain at least one CERTIFICATE PEM block" : undefined;
}

const isUnknown = (usage: string): boolean => !KNOWN_USAGES.has(usage);

/** Where a value stands that stood before. */
function repeatedIn(values: readonly string[]): ReadonlySet<number> {
  const seen = new Set<string>();
  return new Set(values.flatMap((value, index) => (seen.size === seen.add(value).size ? [index] : [])));
}

function checkUsages(errors: Errors, at: Path, usages: readonly string[], before: readonly string[]): void {
  if (usages.length === 0) errors.push(required(at));
  const allowUnknown = before.some(isUnknown);
  const repeated = repeatedIn(before).size > 0 ? NOWHERE : repeatedIn(usages);
  usages.forEach((usage, index) => {
    if (!allowUnknown && isUnknown(usage)) errors.push(notSupported(at.index(index), usage, USAGES));
  });
  usages.forEach((usage, index) => {
    if (repeated.has(index)) errors.push(duplicate(at.index(index), usage));
  });
}

/** `example.com/signer`: a domain and a path, each of labels with dots between. */
function checkSignerName(errors: Errors, at: Path, name: string): void {
  if (name === "") {
    errors.push(required(at));
    return;
  }
  const [domain = "", tail = "", ...more] = name.split("/");
  if (!name.includes("/") || more.length > 0) {
    const text = "must be a fully qualified domain and path of the form 'example.com/signer-name'";
    errors.push(invalid(at, name, text));
    return;
  }
  if (domain.length > 253) errors.push(tooLong(at, 253));
  const labels = domain.split(".");
  for (const label of labels) {
    for (const text of isDNS1123Label(label)) {
      errors.push(invalid(at, domain, `validating label ${quote(label)}: ${text}`));
    }
  }
  if (labels.length < 2) {
    errors.push(invalid(at, domain, "should be a domain with at least two segments separated by dots"));
  }
  for (const label of tail.split(".")) {
    for (const text of isDNS1123Subdomain(label)) {
      errors.push(invalid(at, tail, `validating label ${quote(label)}: ${text}`));
    }
  }
  if (tail.length > SIGNER_PATH_LIMIT) errors.push(tooLong(at, SIGNER_PATH_LIMIT));
}

type Conditions = NonNullable<CertificateSigningRequestStatus["conditions"]>;

function checkConditions(errors: Errors, at: Path, conditions: Conditions, before: Conditions): void {
  const [types, known] = [conditions, before].map((each) => each.map(({ type }) => type)) as [string[], string[]];
  const allowBoth = VERDICTS.every((type) => known.includes(type));
  const repeated = repeatedIn(known).size > 0 ? NOWHERE : repeatedIn(types);
  const place = (type: string): number => (allowBoth || !types.includes(type) ? Infinity : types.indexOf(type));
  /** Where the verdict stands that contradicts this one. */
  const firstOther = new Map([
    ["Approved", place("Denied")],
    ["Denied", place("Approved")],
  ]);
  conditions.forEach(({ type, status }, index) => {
    const here = at.index(index);
    if (type === "" && !known.includes("")) errors.push(required(here.child("type")));
    const allowed = DECISIONS.has(type) ? ["True"] : STATUSES;
    if (status === "") errors.push(required(here.child("status")));
    else if (!allowed.includes(status)) errors.push(notSupported(here.child("status"), status, allowed));
    if ((firstOther.get(type) ?? Infinity) < index) {
      const text = "Approved and Denied conditions are mutually exclusive";
      errors.push(invalid(at, type, text));
    }
    if (repeated.has(index)) errors.push(duplicate(here.child("type"), type));
  });
}

interface DraftCondition {
  type: string;
  status: string;
  lastUpdateTime?: string | null;
  lastTransitionTime?: string | null;
}

/** Whoever writes the status cannot change a word of what was decided. */
export function keepVerdicts(conditions: DraftCondition[] | undefined, previous: Conditions | undefined): void {
  for (const verdict of VERDICTS) {
    const before = previous?.filter(({ type }) => type === verdict) ?? [];
    const after = conditions?.filter(({ type }) => type === verdict) ?? [];
    if (before.length === after.length) after.forEach((each, at) => Object.assign(each, before[at]));
  }
}

/** Whoever sets a condition need not say when; one that was there keeps the time it changed. */
export function stampConditions(
  conditions: DraftCondition[] | undefined,
  previous: Conditions | undefined,
  now: string,
): void {
  for (const condition of conditions ?? []) {
    condition.lastUpdateTime ??= now;
    if ((condition.lastTransitionTime ?? null) !== null) continue;
    const before = previous?.find(({ type, status }) => type === condition.type && status === condition.status);
    condition.lastTransitionTime = before?.lastTransitionTime ?? now;
  }
}
