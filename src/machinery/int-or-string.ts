/** Fields that hold a number or a percentage (`maxUnavailable: 25%`), or a number or a name (`targetPort`). */
export type IntOrString = number | string;

/** The value is no number and no percentage; `message` is upstream's. */
export class PercentError extends Error {}

/** The percentage as a number (`25` of `"25%"`), undefined for plain numbers. Throws {@link PercentError}. */
export function percentOf(value: IntOrString): number | undefined {
  if (typeof value === "number") return undefined;
  if (!value.endsWith("%")) {
    throw new PercentError("invalid value for IntOrString: invalid type: string is not a percentage");
  }
  const digits = value.slice(0, -1);
  if (!/^[+-]?[0-9]+$/.test(digits)) {
    const why = `strconv.Atoi: parsing ${JSON.stringify(digits)}: invalid syntax`;
    throw new PercentError(`invalid value for IntOrString: invalid value ${JSON.stringify(value)}: ${why}`);
  }
  return Number(digits);
}

/**
 * A plain number as it is, a percentage of `total` rounded as told: `"25%"` of 10 is 3 up and 2 down.
 * Throws {@link PercentError}.
 */
export function scaledValue(value: IntOrString, total: number, rounding: "up" | "down"): number {
  const percent = percentOf(value);
  if (percent === undefined) return value as number;
  const exact = (percent * total) / 100;
  return rounding === "up" ? Math.ceil(exact) : Math.floor(exact);
}
