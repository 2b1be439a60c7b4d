/**
 * Whether DER has the form of a certificate, in the words of Go's crypto/x509. What stands in its names, keys and extensions
 * is for those who use it.
 */
const INTEGER = 0x02;
const BIT_STRING = 0x03;
const SEQUENCE = 0x30;
const VERSION = 0xa0;

/** What is wrong with a certificate (a character for each byte); undefined where it has the form of one. */
export function certificateProblem(der: string): string | undefined {
  try {
    const all = new Elements(der);
    const certificate = new Elements(all.read(SEQUENCE, "malformed certificate"));
    checkCertificate(certificate);
    if (!all.done) throw new Malformed("trailing data");
  } catch (error) {
    if (error instanceof Malformed) return `x509: ${error.message}`;
    throw error;
  }
  return undefined;
}

function checkCertificate(certificate: Elements): void {
  const tbs = new Elements(certificate.read(SEQUENCE, "malformed tbs certificate"));
  checkVersion(tbs);
  const serial = tbs.read(INTEGER, "malformed serial number");
  if (!isMinimal(serial)) throw new Malformed("malformed serial number");
  if (serial.charCodeAt(0) > 0x7f) throw new Malformed("negative serial number");
  const inner = tbs.read(SEQUENCE, "malformed signature algorithm identifier");
  const outer = certificate.read(SEQUENCE, "malformed algorithm identifier");
  if (inner !== outer) throw new Malformed("inner and outer signature algorithm identifiers don't match");
  tbs.read(SEQUENCE, "malformed issuer");
  tbs.read(SEQUENCE, "malformed validity");
  // Go says issuer of both.
  tbs.read(SEQUENCE, "malformed issuer");
  const key = new Elements(tbs.read(SEQUENCE, "malformed spki"));
  key.read(SEQUENCE, "malformed public key algorithm identifier");
  key.read(BIT_STRING, "malformed subjectPublicKey");
  certificate.read(BIT_STRING, "malformed signature");
}

function checkVersion(tbs: Elements): void {
  if (!tbs.isNext(VERSION)) return;
  const version = new Elements(tbs.read(VERSION, "malformed version")).read(INTEGER, "malformed version");
  const number = version.charCodeAt(0);
  if (version.length !== 1 || number > 3) throw new Malformed("malformed version");
  if (number > 2) throw new Malformed("invalid version");
}

/** An integer is as short as it can be. */
function isMinimal(bytes: string): boolean {
  const [first, second] = [bytes.charCodeAt(0), bytes.charCodeAt(1)];
  return (
    bytes.length === 1 || (bytes.length > 1 && !(first === 0 && second < 0x80) && !(first === 0xff && second > 0x7f))
  );
}

class Malformed extends Error {}

/** Elements of DER, one after the other. */
class Elements {
  readonly #bytes: string;
  #at = 0;

  constructor(bytes: string) {
    this.#bytes = bytes;
  }

  get done(): boolean {
    return this.#at === this.#bytes.length;
  }

  isNext(tag: number): boolean {
    return this.#bytes.charCodeAt(this.#at) === tag;
  }

  /** The content of the next element, which must be of this tag and as long as it says in as few bytes as that takes. */
  read(tag: number, otherwise: string): string {
    const first = this.#bytes.charCodeAt(this.#at + 1);
    const more = first > 0x7f ? first - 0x80 : 0;
    let length = more === 0 ? first : 0;
    for (let i = 0; i < more; i++) length = length * 256 + this.#bytes.charCodeAt(this.#at + 2 + i);
    const start = this.#at + 2 + more;
    const isShortest = more === 0 ? first < 0x80 : more <= 4 && length >= Math.max(0x80, 256 ** (more - 1));
    if (!this.isNext(tag) || !isShortest || start + length > this.#bytes.length) throw new Malformed(otherwise);
    this.#at = start + length;
    return this.#bytes.slice(start, this.#at);
  }
}
