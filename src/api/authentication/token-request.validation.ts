/** Rules on requests for tokens of service accounts. */
import type { FieldError } from "../../machinery/field-errors.ts";
import { invalid, path } from "../../machinery/field-errors.ts";
import type { TokenRequestSpec } from "./token-request.ts";

const SHORTEST = 600;
const LONGEST = 2 ** 32;

export function validateTokenRequest({ spec }: { readonly spec: TokenRequestSpec }): FieldError[] {
  const seconds = spec.expirationSeconds;
  const at = path("spec", "expirationSeconds");
  if (seconds === null || seconds === undefined) return [];
  if (seconds < SHORTEST) return [invalid(at, seconds, "may not specify a duration less than 10 minutes")];
  return seconds > LONGEST ? [invalid(at, seconds, "may not specify a duration larger than 2^32 seconds")] : [];
}
