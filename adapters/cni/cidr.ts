/** IPv4 networks: choosing one for a cluster's pods that nothing on this machine uses. */
import { readFile } from "node:fs/promises";

/** Whether `text` is an IPv4 network with room for at least two pods, such as `10.244.0.0/24`. */
export function hasPrefixLength(text: string): boolean {
  const range = parse(text);
  return range !== undefined && range.size >= 4;
}

/** The first usable address: `10.244.0.0/24` → `10.244.0.1`. */
export function firstAddress(cidr: string): string {
  return format(parse(cidr)!.first + 1);
}

/**
 * The first of `10.244.0.0/16`, `10.243.0.0/16`, … that overlaps no route of this machine, so that several clusters
 * can run side by side. Throws where all 245 are taken.
 */
export async function freeClusterCIDR(): Promise<string> {
  const taken = await routes();
  for (let second = 244; second >= 0; second--) {
    const candidate = `10.${second}.0.0/16`;
    if (!taken.some((route) => overlap(route, candidate))) return candidate;
  }
  throw new Error("every network of 10.0.0.0/8 is in use here: give the cluster one with --cluster-cidr");
}

/** Whether two networks share an address. */
export function overlap(one: string, other: string): boolean {
  const [a, b] = [parse(one), parse(other)];
  return a !== undefined && b !== undefined && a.first < b.first + b.size && b.first < a.first + a.size;
}

/** Destinations of the kernel's routes, the default route left out. */
async function routes(): Promise<string[]> {
  const table = await readFile("/proc/net/route", "utf8").catch(() => "");
  return routesOf(table);
}

/** Worked example: a line of `/proc/net/route` with `000200C0` and mask `00FFFFFF` is `192.0.2.0/24`. */
export function routesOf(table: string): string[] {
  const result: string[] = [];
  for (const line of table.split("\n").slice(1)) {
    const fields = line.trim().split(/\s+/);
    const [destination, mask] = [littleEndian(fields[1]), littleEndian(fields[7])];
    if (destination === undefined || !mask) continue;
    result.push(`${format(destination)}/${Math.clz32(~mask)}`);
  }
  return result;
}

function littleEndian(hex: string | undefined): number | undefined {
  if (!hex || !/^[0-9A-F]{8}$/i.test(hex)) return undefined;
  return Buffer.from(hex, "hex").readUInt32LE();
}

function parse(text: string): { first: number; size: number } | undefined {
  const match = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})\/(\d{1,2})$/.exec(text);
  if (!match) return undefined;
  const [a, b, c, d, length] = match.slice(1).map(Number) as [number, number, number, number, number];
  if ([a, b, c, d].some((byte) => byte > 255) || length > 32) return undefined;
  const size = 2 ** (32 - length);
  const address = ((a * 256 + b) * 256 + c) * 256 + d;
  return address % size === 0 ? { first: address, size } : undefined;
}

function format(address: number): string {
  return [24, 16, 8, 0].map((shift) => (address >>> shift) & 255).join(".");
}
