/** The extensions of certificates that Go's crypto/x509 knows, and what it says of one that is not as it should be. */
import {
  BOOLEAN,
  DerReader,
  INTEGER,
  Malformed,
  OBJECT_IDENTIFIER,
  OCTET_STRING,
  SEQUENCE,
  constructed,
  primitive,
} from "./der.ts";
import { SUBJECT_ALTERNATIVE_NAME, alternativeNames } from "./names.ts";

type Check = (value: string) => void;

const of = (value: string): DerReader => new DerReader(value);

/** A list of parts that `each` reads. */
const listed =
  (otherwise: string, each: (list: DerReader) => void): Check =>
  (value) => {
    for (const list = of(of(value).read(SEQUENCE, otherwise)); !list.done;) each(list);
  };

const CHECKS: ReadonlyMap<string, Check> = new Map<string, Check>([
  ["2.5.29.15", (value) => void of(value).bits("x509: invalid key usage")],
  ["2.5.29.19", checkBasicConstraints],
  [SUBJECT_ALTERNATIVE_NAME, alternativeNames],
  ["2.5.29.31", listed("x509: invalid CRL distribution points", checkDistributionPoint)],
  ["2.5.29.32", checkPolicies],
  ["2.5.29.33", listed("x509: invalid policy mappings extension", checkPolicyMapping)],
  [
    "2.5.29.37",
    listed("x509: invalid extended key usages", (list) => void list.oid("x509: invalid extended key usages")),
  ],
  ["2.5.29.54", (value) => void of(value).integer("x509: invalid inhibit any policy extension")],
]);

/** What must not be critical, and then what is wrong with it. */
const UNCRITICAL: ReadonlyMap<string, readonly [name: string, check: Check]> = new Map<
  string,
  readonly [string, Check]
>([
  [
    "2.5.29.14",
    ["subject key identifier", (value) => void of(value).read(OCTET_STRING, "x509: invalid subject key identifier")],
  ],
  ["2.5.29.35", ["authority key identifier", checkAuthority]],
  ["1.3.6.1.5.5.7.1.1", ["authority info access", listed("x509: invalid authority info access", checkInfoAccess)]],
]);

/** Throws {@link Malformed}. */
export function checkExtension(oid: string, value: string, critical: boolean): void {
  const uncritical = UNCRITICAL.get(oid);
  if (uncritical === undefined) return CHECKS.get(oid)?.(value);
  const [name, check] = uncritical;
  if (critical) throw new Malformed(`x509: ${name} incorrectly marked critical`);
  check(value);
}

function checkBasicConstraints(value: string): void {
  const text = "x509: invalid basic constraints";
  const fields = of(of(value).read(SEQUENCE, text));
  if (fields.isNext(BOOLEAN)) fields.boolean(text);
  if (fields.isNext(INTEGER) && fields.integer(text).charCodeAt(0) > 0x7f) throw new Malformed(text);
}

function checkAuthority(value: string): void {
  const text = "x509: invalid authority key identifier";
  of(of(value).read(SEQUENCE, text)).optional(primitive(0), text);
}

function checkInfoAccess(list: DerReader): void {
  const text = "x509: invalid authority info access";
  const description = of(list.read(SEQUENCE, text));
  description.oid(text);
  description.optional(primitive(6), text);
}

function checkDistributionPoint(list: DerReader): void {
  const text = "x509: invalid CRL distribution point";
  const name = of(list.read(SEQUENCE, text)).optional(constructed(0), text);
  if (name === undefined) return;
  const full = of(of(name).read(constructed(0), text));
  while (full.isNext(primitive(6))) full.read(primitive(6), text);
}

function checkPolicies(value: string): void {
  const text = "x509: invalid certificate policies";
  const seen = new Set<string>();
  listed(text, (list) => {
    const oid = of(list.read(SEQUENCE, text)).read(OBJECT_IDENTIFIER, text);
    if (oid === "" || seen.has(oid)) throw new Malformed(text);
    seen.add(oid);
  })(value);
}

function checkPolicyMapping(list: DerReader): void {
  const text = "x509: invalid policy mappings extension";
  const pair = of(list.read(SEQUENCE, text));
  pair.read(OBJECT_IDENTIFIER, text);
  pair.read(OBJECT_IDENTIFIER, text);
}
