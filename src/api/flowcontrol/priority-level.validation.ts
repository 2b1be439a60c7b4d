/** Rules on PriorityLevelConfigurations. */
import type { FieldError, Path } from "../../machinery/field-errors.ts";
import { forbidden, invalid, notSupported, path, required } from "../../machinery/field-errors.ts";
import type { ObjectMeta, StrategyContext } from "../../machinery/kind.ts";
import type { Errors } from "../rules.ts";
import { conditionErrors } from "./flow-schema.validation.ts";
import type {
  LimitResponse,
  LimitedPriorityLevelConfiguration,
  QueuingConfiguration,
} from "./priority-level-configuration.ts";
import { PriorityLevelConfigurationSpec } from "./priority-level-configuration.ts";
import { MANDATORY_LEVELS, fixedErrors } from "./mandatory.ts";

interface PriorityLevelParts {
  readonly metadata: Pick<ObjectMeta, "annotations" | "name">;
  readonly spec: PriorityLevelConfigurationSpec;
  readonly status: { readonly conditions?: readonly { readonly type?: string }[] };
}

const SPEC = path("spec");
const TYPES: ReadonlySet<string> = new Set(["Exempt", "Limited"]);
const RESPONSES: ReadonlySet<string> = new Set(["Queue", "Reject"]);
/** What only the conversion between versions may say. */
const PRESERVE_ZERO = "flowcontrol.k8s.io/v1beta3-preserve-zero-concurrency-shares";
const MOST_QUEUES = 10_000_000;
/** The bits it takes to deal a hand: more would not fit the hash. */
const MOST_ENTROPY = 60;

export function validatePriorityLevel(
  { metadata, spec, status }: PriorityLevelParts,
  { subresource }: StrategyContext,
): FieldError[] {
  const errors: Errors = [];
  if (subresource === "status") return conditionErrors(status.conditions ?? []);
  const { type, limited, exempt } = spec;
  if (metadata.annotations?.[PRESERVE_ZERO] !== undefined) {
    errors.push(forbidden("metadata.annotations", `annotation '${PRESERVE_ZERO}' is forbidden`));
  }
  if ((metadata.name === "exempt") !== (type === "Exempt")) {
    const text = "must be 'Exempt' if and only if `name` is 'exempt'";
    errors.push(invalid(SPEC.child("type"), type, text));
  }
  if (type === "Exempt") {
    if (limited !== undefined) errors.push(forbidden(SPEC.child("limited"), "must be nil if the type is not Limited"));
    if (exempt !== undefined) {
      checkShares(errors, SPEC.child("exempt"), exempt);
      checkLendable(errors, SPEC.child("exempt"), exempt);
    }
  } else if (type === "Limited") {
    if (exempt !== undefined) errors.push(forbidden(SPEC.child("exempt"), "must be nil if the type is Limited"));
    if (limited === undefined) errors.push(required(SPEC.child("limited"), "must not be empty when type is Limited"));
    else checkLimited(errors, SPEC.child("limited"), limited);
  } else errors.push(notSupported(SPEC.child("type"), type, TYPES));
  errors.push(...fixedErrors({ metadata, spec }, PriorityLevelConfigurationSpec, MANDATORY_LEVELS, "exempt"));
  return errors;
}

interface Shares {
  readonly nominalConcurrencyShares: number | null;
  readonly lendablePercent: number;
}

function checkShares(errors: Errors, at: Path, { nominalConcurrencyShares: shares }: Shares): void {
  if (shares !== null && shares < 0) {
    errors.push(invalid(at.child("nominalConcurrencyShares"), shares, "must be a non-negative integer"));
  }
}

function checkLendable(errors: Errors, at: Path, { lendablePercent }: Shares): void {
  if (lendablePercent < 0 || lendablePercent > 100) {
    errors.push(invalid(at.child("lendablePercent"), lendablePercent, "must be between 0 and 100, inclusive"));
  }
}

function checkLimited(errors: Errors, at: Path, limited: LimitedPriorityLevelConfiguration): void {
  checkShares(errors, at, limited);
  checkResponse(errors, at.child("limitResponse"), limited.limitResponse);
  checkLendable(errors, at, limited);
  const { borrowingLimitPercent: borrowing } = limited;
  if (borrowing !== undefined && borrowing < 0) {
    const text = "if specified, must be a non-negative integer";
    errors.push(invalid(at.child("borrowingLimitPercent"), borrowing, text));
  }
}

function checkResponse(errors: Errors, at: Path, { type, queuing }: LimitResponse): void {
  if (!RESPONSES.has(type)) errors.push(notSupported(at.child("type"), type, RESPONSES));
  else if (type === "Reject") {
    if (queuing === undefined) return;
    const text = "must be nil if limited.limitResponse.type is not Limited";
    errors.push(forbidden(at.child("queuing"), text));
  } else if (queuing === undefined) {
    errors.push(required(at.child("queuing"), "must not be empty if limited.limitResponse.type is Limited"));
  } else checkQueuing(errors, at.child("queuing"), queuing);
}

function checkQueuing(errors: Errors, at: Path, { queues, handSize, queueLengthLimit }: QueuingConfiguration): void {
  if (queueLengthLimit <= 0) errors.push(invalid(at.child("queueLengthLimit"), queueLengthLimit, "must be positive"));
  if (queues <= 0) errors.push(invalid(at.child("queues"), queues, "must be positive"));
  else if (queues > MOST_QUEUES) {
    errors.push(invalid(at.child("queues"), queues, `must not be greater than ${MOST_QUEUES}`));
  }
  const hand = at.child("handSize");
  if (handSize <= 0) errors.push(invalid(hand, handSize, "must be positive"));
  else if (handSize > queues) {
    errors.push(invalid(hand, handSize, `should not be greater than queues (${queues})`));
  } else {
    const bits = entropy(queues, handSize);
    if (bits > MOST_ENTROPY) {
      const text = `required entropy bits of deckSize ${queues} and handSize ${handSize} should not be greater than ${MOST_ENTROPY}`;
      errors.push(invalid(hand, handSize, text));
    }
  }
}

/** Bits to choose `hand` cards in order from a deck. */
function entropy(deck: number, hand: number): number {
  let bits = 0;
  for (let dealt = 0; dealt < hand && bits <= MOST_ENTROPY; dealt++) bits += Math.log2(deck - dealt);
  return Math.ceil(bits);
}
