/** IP addresses and networks. */
import { addressProblem, prefixProblem } from "../../go-address.ts";
import { quote } from "../../go-text.ts";
import { formatIP, parseCIDR, parseIP } from "../../ip.ts";
import type { IpAddress, IpNetwork } from "../../ip.ts";
import { fn } from "../functions.ts";
import type { Library } from "../functions.ts";
import { CelError } from "../values.ts";
import type { Opaque } from "../values.ts";
import { tried } from "./tried.ts";

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
  const problem = addressProblem(text);
  if (problem !== undefined)
    throw new CelError(`IP Address ${quote(text)} parse error during conversion from string: ${problem}`);
  if (text.includes("%")) throw new CelError(`IP address ${quote(text)} with zone value is not allowed`);
  const found = parseIP(text)!;
  if (found.mapped) throw new CelError(`IPv4-mapped IPv6 address ${quote(text)} is not allowed`);
  return new IpValue(found);
}

const within = ({ ip: { family, bits } }: IpValue, four: readonly string[], six: readonly string[]): boolean =>
  (family === 4 ? four : six).some((range) => {
    const network = parseCIDR(range)!;
    const host = BigInt((family === 4 ? 32 : 128) - network.prefix);
    return network.address.bits >> host === bits >> host;
  });

export const ips: Library = [
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
  const why = "network address parse error during conversion from string";
  const problem = prefixProblem(text);
  if (problem !== undefined) throw new CelError(`${why}: ${why}: ${problem}`);
  const found = parseCIDR(text)!;
  if (found.address.mapped) throw new CelError(`${why}: IPv4-mapped IPv6 address ${quote(text)} is not allowed`);
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

export const cidrs: Library = [
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
