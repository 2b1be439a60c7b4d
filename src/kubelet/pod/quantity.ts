/** Quantities of specs as plain numbers; what is not said is 0. */
import { milliValue, quantityValue } from "../../machinery/quantity.ts";

/** Thousandths, rounded up. */
export function quantityMilli(quantity: string | undefined): number {
  return quantity === undefined ? 0 : milliValue(quantity);
}

/** Whole units, rounded up. */
export function quantityBytes(quantity: string | undefined): number {
  return quantity === undefined ? 0 : quantityValue(quantity);
}
