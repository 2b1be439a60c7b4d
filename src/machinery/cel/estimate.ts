/** Ranges that costs and sizes lie in. Sums and products stop at the largest number upstream can hold. */
export interface Estimate {
  readonly least: number;
  readonly most: number;
}

/** Upstream's largest: 2^64 - 1. */
const LARGEST = 2 ** 64;

const capped = (value: number): number => Math.min(value, LARGEST);

export const fixed = (value: number): Estimate => ({ least: value, most: value });
export const FREE = fixed(0);
export const ONE = fixed(1);
/** Nothing is known: it may be of any size. */
export const UNKNOWN: Estimate = { least: 0, most: LARGEST };

export function plus(...all: readonly Estimate[]): Estimate {
  let least = 0;
  let most = 0;
  for (const each of all) {
    least += each.least;
    most += each.most;
  }
  return { least: capped(least), most: capped(most) };
}

export const times = (a: Estimate, b: Estimate): Estimate => ({
  least: capped(a.least * b.least),
  most: capped(a.most * b.most),
});

/** By a factor, rounded up. */
export const scaled = ({ least, most }: Estimate, factor: number): Estimate => ({
  least: capped(Math.ceil(least * factor)),
  most: capped(Math.ceil(most * factor)),
});

export const union = (a: Estimate, b: Estimate): Estimate => ({
  least: Math.min(a.least, b.least),
  most: Math.max(a.most, b.most),
});
