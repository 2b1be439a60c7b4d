/**
 * IP addresses and networks as numbers, and upstream's texts for those that are none. New objects are held to
 * the strict form; stored ones with leading zeros are read as decimal, as upstream does.
 */
import type { FieldError, Where } from "./field-errors.ts";
import { invalid } from "./field-errors.ts";
import { quote } from "./go-text.ts";

export interface IpAddress {
  readonly family: 4 | 6;
  /** The 32 or 128 bits, the first octet highest. */
  readonly bits: bigint;
  /** Written as `::ffff:1.2.3.4`; counts as IPv4. */
  readonly mapped: boolean;
  /** Some octet was written with a leading zero. */
  readonly zeros: boolean;
}

export interface IpNetwork {
  readonly family: 4 | 6;
  /** The address as written, host bits included. */
  readonly address: IpAddress;
  readonly prefix: number;
}

const IPV4_MAPPED = 0xffffn;

/** Undefined when `text` is no address; zones (`%eth0`) are none. */
export function parseIP(text: string): IpAddress | undefined {
  if (!text.includes(":")) return parseIPv4(text);
  const parsed = parseIPv6(text);
  if (parsed === undefined) return undefined;
  if (parsed.bits >> 32n !== IPV4_MAPPED) return { family: 6, mapped: false, ...parsed };
  return { family: 4, mapped: true, bits: parsed.bits & 0xffffffffn, zeros: parsed.zeros };
}

function parseIPv4(text: string): IpAddress | undefined {
  const parts = text.split(".");
  if (parts.length !== 4) return undefined;
  let bits = 0;
  let zeros = false;
  for (const part of parts) {
    if (!/^[0-9]+$/.test(part) || Number(part) > 255) return undefined;
    if (part.length > 1 && part.startsWith("0")) zeros = true;
    bits = bits * 256 + Number(part);
  }
  return { family: 4, bits: BigInt(bits), mapped: false, zeros };
}

function parseIPv6(text: string): { bits: bigint; zeros: boolean } | undefined {
  const halves = text.split("::");
  if (halves.length > 2) return undefined;
  let zeros = false;
  const groups: (string[] | undefined)[] = halves.map((half) => {
    if (half === "") return halves.length === 2 ? [] : undefined;
    const parts = half.split(":");
    const last = parts.at(-1)!;
    if (last.includes(".") && half === halves.at(-1)) {
      const tail = parseIPv4(last);
      if (tail === undefined) return undefined;
      zeros ||= tail.zeros;
      const hex = tail.bits.toString(16).padStart(8, "0");
      parts.splice(-1, 1, hex.slice(0, 4), hex.slice(4));
    }
    return parts.every((part) => /^[0-9a-fA-F]{1,4}$/.test(part)) ? parts : undefined;
  });
  const [head, tail] = groups;
  if (head === undefined || (halves.length === 2 && tail === undefined)) return undefined;
  const missing = 8 - head.length - (tail?.length ?? 0);
  if (halves.length === 1 ? missing !== 0 : missing < 1) return undefined;
  const all = [...head, ...Array.from({ length: missing }, () => "0"), ...(tail ?? [])];
  return { bits: BigInt(`0x${all.map((part) => part.padStart(4, "0")).join("")}`), zeros };
}

/** Undefined when `text` is no network. `10.1.2.3/16` is one: its host bits are kept in `address`. */
export function parseCIDR(text: string): IpNetwork | undefined {
  const slash = text.indexOf("/");
  if (slash < 0) return undefined;
  const address = parseIP(text.slice(0, slash));
  const length = text.slice(slash + 1);
  if (address === undefined || !/^[0-9]{1,3}$/.test(length)) return undefined;
  const written = Number(length);
  const prefix = address.mapped ? written - 96 : written;
  if (written > (address.family === 4 && !address.mapped ? 32 : 128) || prefix < 0) return undefined;
  return { family: address.family, address, prefix };
}

/** The canonical text: dotted decimals, or RFC 5952. */
export function formatIP({ family, bits }: Pick<IpAddress, "family" | "bits">): string {
  if (family === 4) return [24n, 16n, 8n, 0n].map((shift) => (bits >> shift) & 0xffn).join(".");
  const groups = bits
    .toString(16)
    .padStart(32, "0")
    .match(/.{4}/g)!
    .map((group) => group.replace(/^0+(?=.)/, ""));
  let best = { start: -1, length: 1 };
  for (let start = 0; start < 8; start++) {
    let length = 0;
    while (start + length < 8 && groups[start + length] === "0") length++;
    if (length > best.length) best = { start, length };
  }
  if (best.start < 0) return groups.join(":");
  return `${groups.slice(0, best.start).join(":")}::${groups.slice(best.start + best.length).join(":")}`;
}

/** The lowest address of the network. */
export function networkStart({ family, address, prefix }: IpNetwork): bigint {
  const host = BigInt((family === 4 ? 32 : 128) - prefix);
  return (address.bits >> host) << host;
}

/** `10.1.0.0/16`, without host bits. */
export function formatCIDR(network: IpNetwork): string {
  return `${formatIP({ family: network.family, bits: networkStart(network) })}/${network.prefix}`;
}

export function contains(network: IpNetwork, address: IpAddress): boolean {
  if (network.family !== address.family) return false;
  const host = BigInt((network.family === 4 ? 32 : 128) - network.prefix);
  return network.address.bits >> host === address.bits >> host;
}

/** Four numbers without leading zeros: nearly all addresses there are, and never to be warned of. */
const USUAL = /^(?:0|[1-9]\d{0,2})(?:\.(?:0|[1-9]\d{0,2})){3}$/;

/** Warnings for an address that is accepted, but not written as it should be. */
export function ipWarnings(where: Where, text: string): string[] {
  if (USUAL.test(text)) return [];
  const address = parseIP(text);
  if (address === undefined) return [];
  const plain = formatIP(address);
  if (address.zeros || address.mapped) return [nonStandard(where, "IP address", text, plain)];
  if (plain === text) return [];
  return [`${where}: IPv6 address ${quote(text)} should be in RFC 5952 canonical format (${quote(plain)})`];
}

/** The same for a network, which should have no bits set behind its prefix either. */
export function cidrWarnings(where: Where, text: string): string[] {
  const network = parseCIDR(text);
  if (network === undefined) return [];
  const { family, address, prefix } = network;
  const plain = formatCIDR(network);
  const warnings: string[] = [];
  if (networkStart(network) !== address.bits) {
    const single = `${formatIP(address)}/${family === 4 ? 32 : 128}`;
    const should = `(should be ${quote(plain)} or ${quote(single)}?)`;
    warnings.push(`${where}: CIDR value ${quote(text)} is ambiguous in this context ${should}`);
  }
  if (address.zeros || address.mapped) warnings.push(nonStandard(where, "CIDR value", text, plain));
  if (warnings.length === 0 && family === 6 && `${formatIP(address)}/${prefix}` !== text) {
    warnings.push(`${where}: IPv6 CIDR value ${quote(text)} should be in RFC 5952 canonical format (${quote(plain)})`);
  }
  return warnings;
}

function nonStandard(where: Where, what: string, text: string, plain: string): string {
  return `${where}: non-standard ${what} ${quote(text)} is invalid: use ${quote(plain)}`;
}

/** What is wrong with an address in a new object; older fields take it in any spelling. */
export const isValidIP = (where: Where, text: string): FieldError[] =>
  ipFaults(text).map((fault) => invalid(where, text, fault));

/** The same of a field that only takes the one canonical spelling. */
export const isCanonicalIP = (where: Where, text: string): FieldError[] =>
  canonicalIPFaults(text).map((fault) => invalid(where, text, fault));

export function canonicalIPFaults(text: string): string[] {
  const faults = ipFaults(text);
  return faults.length > 0 ? faults : notCanonical(text, formatIP(parseIP(text)!));
}

function ipFaults(text: string): string[] {
  const address = parseIP(text);
  if (address === undefined) return ["must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)"];
  if (address.zeros) return ["must not have leading 0s"];
  return address.mapped ? ["must not be an IPv4-mapped IPv6 address"] : [];
}

const notCanonical = (text: string, canonical: string): string[] =>
  text === canonical ? [] : [`must be in canonical form (${quote(canonical)})`];

/** What is wrong with a network in a new object; older fields take it in any spelling. */
export const isValidCIDR = (where: Where, text: string): FieldError[] =>
  cidrFaults(text).map((fault) => invalid(where, text, fault));

/** The same of a field that only takes the one canonical spelling. */
export function isCanonicalCIDR(where: Where, text: string): FieldError[] {
  const faults = cidrFaults(text);
  const all = faults.length > 0 ? faults : notCanonical(text, formatCIDR(parseCIDR(text)!));
  return all.map((fault) => invalid(where, text, fault));
}

function cidrFaults(text: string): string[] {
  const network = parseCIDR(text);
  if (network === undefined) return ["must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)"];
  if (network.address.zeros || /\/0[0-9]/.test(text)) return ["must not have leading 0s in IP or prefix length"];
  if (network.address.mapped) return ["must not have an IPv4-mapped IPv6 address"];
  const bits = networkStart(network) !== network.address.bits;
  return bits ? ["must not have bits set beyond the prefix length"] : [];
}
