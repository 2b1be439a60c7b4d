/** Kubernetes' own types: addresses, networks, quantities, URLs, versions and named formats. */
import { formatIP, parseCIDR, parseIP } from "../../ip.ts";
import type { IpAddress, IpNetwork } from "../../ip.ts";
import { isDNS1035Label, isDNS1123Label, isDNS1123Subdomain, isQualifiedName, isValidLabelValue } from "../../names.ts";
import {
  addQuantity,
  compareQuantity,
  formatQuantity,
  isInteger,
  parseQuantity,
  signOf,
  subQuantity,
} from "../../quantity.ts";
import type { Quantity } from "../../quantity.ts";
import { fitsFormat } from "../../structural/formats.ts";
import { fn } from "../functions.ts";
import type { Library } from "../functions.ts";
import { CelError, List, MapValue, Optional } from "../values.ts";
import type { Opaque } from "../values.ts";

/** The answer of `parse`, or none where it fails. */
function tried<T>(parse: () => T): T | undefined {
  try {
    return parse();
  } catch {
    return undefined;
  }
}

class IpValue implements Opaque {
  readonly celType = "net.IP";
  readonly ip: IpAddress;
  constructor(ip: IpAddress) {
    this.ip = ip;
  }
  get bytes(): number {
    return this.ip.family === 4 ? 4 : 16;
  }
  equals(other: unknown): boolean {
    return other instanceof IpValue && other.ip.family === this.ip.family && other.ip.bits === this.ip.bits;
  }
}

function ip(text: string): IpValue {
  const found = parseIP(text);
  const why = `IP Address "${text}" parse error during conversion from string`;
  if (found === undefined) throw new CelError(why);
  if (found.mapped) throw new CelError(`IPv4-mapped IPv6 address "${text}" is not allowed`);
  if (found.zeros) throw new CelError(why);
  return new IpValue(found);
}

const within = ({ ip: { family, bits } }: IpValue, four: readonly string[], six: readonly string[]): boolean =>
  (family === 4 ? four : six).some((range) => {
    const network = parseCIDR(range)!;
    const host = BigInt((family === 4 ? 32 : 128) - network.prefix);
    return network.address.bits >> host === bits >> host;
  });

const ips: Library = [
  fn("ip(string): net.IP", ip),
  fn("isIP(string): bool", (text: string) => tried(() => ip(text)) !== undefined),
  fn("ip.isCanonical(string): bool", (text: string) => {
    const { family, bits } = ip(text).ip;
    return formatIP({ family, bits }) === text;
  }),
  fn("string(net.IP): string", (value: IpValue) => formatIP(value.ip)),
  fn("net.IP.family(): int", (value: IpValue) => BigInt(value.ip.family)),
  fn("net.IP.isUnspecified(): bool", (value: IpValue) => value.ip.bits === 0n),
  fn("net.IP.isLoopback(): bool", (value: IpValue) => within(value, ["127.0.0.0/8"], ["::1/128"])),
  fn("net.IP.isLinkLocalMulticast(): bool", (value: IpValue) => within(value, ["224.0.0.0/24"], ["ff02::/16"])),
  fn("net.IP.isLinkLocalUnicast(): bool", (value: IpValue) => within(value, ["169.254.0.0/16"], ["fe80::/10"])),
  fn("net.IP.isGlobalUnicast(): bool", (value: IpValue) => {
    const special = within(
      value,
      ["0.0.0.0/32", "255.255.255.255/32", "127.0.0.0/8", "224.0.0.0/4", "169.254.0.0/16"],
      ["::/128", "::1/128", "ff00::/8", "fe80::/10"],
    );
    return !special;
  }),
];

class CidrValue implements Opaque {
  readonly celType = "net.CIDR";
  readonly network: IpNetwork;
  constructor(network: IpNetwork) {
    this.network = network;
  }
  get bytes(): number {
    return Math.ceil(this.network.prefix / 8);
  }
  equals(other: unknown): boolean {
    if (!(other instanceof CidrValue)) return false;
    const { address, prefix } = other.network;
    return (
      prefix === this.network.prefix &&
      address.bits === this.network.address.bits &&
      address.family === this.network.family
    );
  }
}

function cidr(text: string): CidrValue {
  const found = parseCIDR(text);
  if (found === undefined || found.address.zeros) {
    throw new CelError(`network address parse error during conversion from string: network "${text}"`);
  }
  return new CidrValue(found);
}

const width = (family: 4 | 6): number => (family === 4 ? 32 : 128);
const top = ({ family, address, prefix }: IpNetwork): bigint => address.bits >> BigInt(width(family) - prefix);

function containsIp({ network }: CidrValue, { ip: { family, bits } }: IpValue): boolean {
  return family === network.family && bits >> BigInt(width(family) - network.prefix) === top(network);
}

function containsCidr(outer: CidrValue, inner: CidrValue): boolean {
  return inner.network.prefix >= outer.network.prefix && containsIp(outer, new IpValue(inner.network.address));
}

function masked({ network }: CidrValue): CidrValue {
  const host = BigInt(width(network.family) - network.prefix);
  return new CidrValue({ ...network, address: { ...network.address, bits: (network.address.bits >> host) << host } });
}

const cidrText = ({ network }: CidrValue): string =>
  `${formatIP({ family: network.family, bits: network.address.bits })}/${network.prefix}`;

const cidrs: Library = [
  fn("cidr(string): net.CIDR", cidr),
  fn("isCIDR(string): bool", (text: string) => tried(() => cidr(text)) !== undefined),
  fn("string(net.CIDR): string", cidrText),
  fn("net.CIDR.ip(): net.IP", ({ network }: CidrValue) => new IpValue(network.address)),
  fn("net.CIDR.masked(): net.CIDR", masked),
  fn("net.CIDR.prefixLength(): int", ({ network }: CidrValue) => BigInt(network.prefix)),
  fn("net.CIDR.containsIP(net.IP): bool", containsIp),
  fn("net.CIDR.containsIP(string): bool", (value: CidrValue, text: string) => containsIp(value, ip(text))),
  fn("net.CIDR.containsCIDR(net.CIDR): bool", containsCidr),
  fn("net.CIDR.containsCIDR(string): bool", (value: CidrValue, text: string) => containsCidr(value, cidr(text))),
];

class QuantityValue implements Opaque {
  readonly celType = "kubernetes.Quantity";
  readonly quantity: Quantity;
  constructor(quantity: Quantity) {
    this.quantity = quantity;
  }
  equals(other: unknown): boolean {
    return other instanceof QuantityValue && compareQuantity(this.quantity, other.quantity) === 0;
  }
}

function quantity(text: string): QuantityValue {
  try {
    return new QuantityValue(parseQuantity(text));
  } catch (error) {
    throw new CelError((error as Error).message);
  }
}

function whole(value: QuantityValue): bigint {
  const number = tried(() =>
    BigInt(
      formatQuantity({ ...value.quantity, format: "DecimalSI" }).replace(/[kMGTPE]$/, (unit) =>
        "000".repeat("kMGTPE".indexOf(unit) + 1),
      ),
    ),
  );
  if (number === undefined) throw new CelError("cannot convert value to integer");
  return number;
}

const ofInt = (value: bigint): Quantity => parseQuantity(String(value));
const compared = (a: QuantityValue, b: QuantityValue): number => compareQuantity(a.quantity, b.quantity);

const quantities: Library = [
  fn("quantity(string): kubernetes.Quantity", quantity),
  fn("isQuantity(string): bool", (text: string) => tried(() => quantity(text)) !== undefined),
  fn("kubernetes.Quantity.sign(): int", (value: QuantityValue) => BigInt(signOf(value.quantity))),
  fn("kubernetes.Quantity.isInteger(): bool", (value: QuantityValue) => isInteger(value.quantity)),
  fn("kubernetes.Quantity.asInteger(): int", whole),
  fn(
    "kubernetes.Quantity.asApproximateFloat(): double",
    ({ quantity: { amount, scale } }: QuantityValue) => Number(amount) * 10 ** scale,
  ),
  fn(
    "kubernetes.Quantity.isGreaterThan(kubernetes.Quantity): bool",
    (a: QuantityValue, b: QuantityValue) => compared(a, b) > 0,
  ),
  fn(
    "kubernetes.Quantity.isLessThan(kubernetes.Quantity): bool",
    (a: QuantityValue, b: QuantityValue) => compared(a, b) < 0,
  ),
  fn("kubernetes.Quantity.compareTo(kubernetes.Quantity): int", (a: QuantityValue, b: QuantityValue) =>
    BigInt(Math.sign(compared(a, b))),
  ),
  fn(
    "kubernetes.Quantity.add(kubernetes.Quantity): kubernetes.Quantity",
    (a: QuantityValue, b: QuantityValue) => new QuantityValue(addQuantity(a.quantity, b.quantity)),
  ),
  fn(
    "kubernetes.Quantity.add(int): kubernetes.Quantity",
    (a: QuantityValue, b: bigint) => new QuantityValue(addQuantity(a.quantity, ofInt(b))),
  ),
  fn(
    "kubernetes.Quantity.sub(kubernetes.Quantity): kubernetes.Quantity",
    (a: QuantityValue, b: QuantityValue) => new QuantityValue(subQuantity(a.quantity, b.quantity)),
  ),
  fn(
    "kubernetes.Quantity.sub(int): kubernetes.Quantity",
    (a: QuantityValue, b: bigint) => new QuantityValue(subQuantity(a.quantity, ofInt(b))),
  ),
];

class UrlValue implements Opaque {
  readonly celType = "kubernetes.URL";
  readonly text: string;
  readonly scheme: string;
  readonly host: string;
  readonly path: string;
  readonly query: string;
  constructor(text: string, parts: readonly string[]) {
    this.text = text;
    [this.scheme, this.host, this.path, this.query] = parts as [string, string, string, string];
  }
  equals(other: unknown): boolean {
    return other instanceof UrlValue && other.text === this.text;
  }
}

const URL_FORM = /^(?:([a-zA-Z][a-zA-Z0-9+.-]*):)?(?:\/\/(?:[^/?#@]*@)?([^/?#]*))?(\/[^?#]*)?(?:\?([^#]*))?(?:#.*)?$/;

/** `scheme:rest`, where the rest has no form. */
const OPAQUE = /^([a-zA-Z][a-zA-Z0-9+.-]*):[^/]/;
const HOST = /^(\[[^\]\s]*\]|[^:[\]\s<>"]*)(:\d*)?$/;

/** As Go's ParseRequestURI: an absolute URL, or a path. */
function url(text: string): UrlValue {
  const bad = /\p{Cc}/u.test(text);
  const opaque = OPAQUE.exec(text);
  if (opaque !== null && !bad) return new UrlValue(text, [opaque[1]!.toLowerCase(), "", "", ""]);
  const match = URL_FORM.exec(text);
  const [, scheme, host = "", urlPath] = match ?? [];
  if (
    bad ||
    match === null ||
    !HOST.test(host) ||
    (scheme === undefined && !text.startsWith("/")) ||
    text === `${scheme}:`
  )
    throw new CelError(`URL parse error during conversion from string: parse "${text}": invalid URI for request`);
  return new UrlValue(text, [
    scheme?.toLowerCase() ?? "",
    host,
    (urlPath ?? "").replaceAll(" ", "%20"),
    match[4] ?? "",
  ]);
}

function queryOf({ query }: UrlValue): MapValue {
  const found = new Map<string, string[]>();
  for (const [key, value] of new URLSearchParams(query)) {
    const known = found.get(key);
    if (known === undefined) found.set(key, [value]);
    else known.push(value);
  }
  return new MapValue([...found].map(([key, values]) => [key, new List(values)]));
}

const hostname = ({ host }: UrlValue): string => host.replace(/:\d*$/, "").replace(/^\[(.*)\]$/, "$1");

const urls: Library = [
  fn("url(string): kubernetes.URL", url),
  fn("isURL(string): bool", (text: string) => tried(() => url(text)) !== undefined),
  fn("kubernetes.URL.getScheme(): string", ({ scheme }: UrlValue) => scheme),
  fn("kubernetes.URL.getHost(): string", ({ host }: UrlValue) => host),
  fn("kubernetes.URL.getHostname(): string", hostname),
  fn("kubernetes.URL.getPort(): string", ({ host }: UrlValue) => /:(\d*)$/.exec(host)?.[1] ?? ""),
  fn("kubernetes.URL.getEscapedPath(): string", ({ path }: UrlValue) => path),
  fn("kubernetes.URL.getQuery(): map<string, list<string>>", queryOf),
];

class SemverValue implements Opaque {
  readonly celType = "kubernetes.Semver";
  readonly numbers: readonly bigint[];
  readonly before: string;
  constructor(numbers: readonly bigint[], before: string) {
    this.numbers = numbers;
    this.before = before;
  }
  equals(other: unknown): boolean {
    return other instanceof SemverValue && compareSemver(this, other) === 0;
  }
}

const SEMVER =
  /^(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)(?:-([0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*))?(?:\+[0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*)?$/;

function semver(text: string, lenient = false): SemverValue {
  const match = SEMVER.exec(lenient ? normalized(text) : text);
  if (match === null) throw new CelError(`No Major.Minor.Patch elements found`);
  return new SemverValue(match.slice(1, 4).map(BigInt), match[4] ?? "");
}

/** `v1.2` as `1.2.0`; leading zeros are dropped. */
function normalized(text: string): string {
  const [, version = "", rest = ""] = /^v?([^-+]*)(.*)$/s.exec(text) ?? [];
  const parts = version.split(".").map((part) => part.replace(/^0+(?=\d)/, ""));
  while (parts.length < 3) parts.push("0");
  return parts.join(".") + rest;
}

function compareSemver(a: SemverValue, b: SemverValue): number {
  for (const index of [0, 1, 2]) {
    const [left, right] = [a.numbers[index]!, b.numbers[index]!];
    if (left !== right) return left < right ? -1 : 1;
  }
  if (a.before === b.before) return 0;
  if (a.before === "") return 1;
  return b.before === "" ? -1 : comparePreReleases(a.before.split("."), b.before.split("."));
}

function comparePreReleases(a: readonly string[], b: readonly string[]): number {
  for (let index = 0; index < Math.min(a.length, b.length); index++) {
    const [left, right] = [a[index]!, b[index]!];
    if (left === right) continue;
    const [x, y] = [/^\d+$/.test(left), /^\d+$/.test(right)];
    if (x && y) return BigInt(left) < BigInt(right) ? -1 : 1;
    if (x !== y) return x ? -1 : 1;
    return left < right ? -1 : 1;
  }
  return a.length - b.length;
}

const semvers: Library = [
  fn("semver(string): kubernetes.Semver", (text: string) => semver(text)),
  fn("semver(string, bool): kubernetes.Semver", semver),
  fn("isSemver(string): bool", (text: string) => tried(() => semver(text)) !== undefined),
  fn(
    "isSemver(string, bool): bool",
    (text: string, lenient: boolean) => tried(() => semver(text, lenient)) !== undefined,
  ),
  fn(
    "kubernetes.Semver.isGreaterThan(kubernetes.Semver): bool",
    (a: SemverValue, b: SemverValue) => compareSemver(a, b) > 0,
  ),
  fn(
    "kubernetes.Semver.isLessThan(kubernetes.Semver): bool",
    (a: SemverValue, b: SemverValue) => compareSemver(a, b) < 0,
  ),
  fn("kubernetes.Semver.compareTo(kubernetes.Semver): int", (a: SemverValue, b: SemverValue) =>
    BigInt(Math.sign(compareSemver(a, b))),
  ),
  ...["major", "minor", "patch"].map((name, index) =>
    fn(`kubernetes.Semver.${name}(): int`, ({ numbers }: SemverValue) => numbers[index]!),
  ),
];

type Texts = readonly string[];
const fitting =
  (format: string) =>
  (text: string): Texts =>
    fitsFormat(format, text) ? [] : [`must be a valid ${format}`];
const prefixed =
  (rule: (text: string) => Texts) =>
  (text: string): Texts =>
    rule(text.endsWith("-") ? `${text.slice(0, -1)}a` : text);

const FORMATS: Readonly<Record<string, (text: string) => Texts>> = {
  dns1123Label: isDNS1123Label,
  dns1123Subdomain: isDNS1123Subdomain,
  dns1035Label: isDNS1035Label,
  qualifiedName: isQualifiedName,
  dns1123LabelPrefix: prefixed(isDNS1123Label),
  dns1123SubdomainPrefix: prefixed(isDNS1123Subdomain),
  dns1035LabelPrefix: prefixed(isDNS1035Label),
  labelValue: isValidLabelValue,
  uri: (text) => (tried(() => url(text)) === undefined ? ["invalid URI for request"] : []),
  uuid: fitting("uuid"),
  byte: (text) => (fitsFormat("byte", text) ? [] : ["invalid base64"]),
  date: fitting("date"),
  datetime: fitting("datetime"),
};

class FormatValue implements Opaque {
  readonly celType = "kubernetes.NamedFormat";
  readonly name: string;
  constructor(name: string) {
    this.name = name;
  }
  equals(other: unknown): boolean {
    return other instanceof FormatValue && other.name === this.name;
  }
}

function validate({ name }: FormatValue, text: string): Optional {
  const texts = FORMATS[name]!(text);
  return texts.length === 0 ? Optional.none : new Optional(new List(texts));
}

const formats: Library = [
  ...Object.keys(FORMATS).map((name) => fn(`format.${name}(): kubernetes.NamedFormat`, () => new FormatValue(name))),
  fn("format.named(string): optional_type<kubernetes.NamedFormat>", (name: string) =>
    Object.hasOwn(FORMATS, name) ? new Optional(new FormatValue(name)) : Optional.none,
  ),
  fn("kubernetes.NamedFormat.validate(string): optional_type<list<string>>", validate),
];

export const kubernetes: Library = [...ips, ...cidrs, ...quantities, ...urls, ...semvers, ...formats];
