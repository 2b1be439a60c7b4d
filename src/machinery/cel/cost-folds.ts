/** What loops may cost beside what the author wrote in them: upstream unrolls them, and counts the accumulator's steps. */
import type { Macro } from "./ast.ts";
import { CREATE } from "./call-cost.ts";
import { FREE, ONE, fixed, plus, union } from "./estimate.ts";
import type { Estimate } from "./estimate.ts";

const CREATED = { list: fixed(CREATE.list), map: fixed(CREATE.map) };

/** Of one round: its condition, and what is done with the body's value. */
const ROUND = { all: fixed(3), exists: fixed(4) };

/** Before, in each round, and after. */
export function folded(
  macro: Macro,
  body: Estimate,
  filter: Estimate | undefined,
): { begin: Estimate; round: Estimate; end: Estimate } {
  const when = (kept: Estimate): Estimate => (filter === undefined ? kept : plus(filter, union(kept, ONE)));
  switch (macro) {
    case "all":
    case "exists":
      return { begin: FREE, round: plus(ROUND[macro], { least: 0, most: body.most }), end: ONE };
    case "exists_one":
      return { begin: FREE, round: plus(body, { least: 1, most: 2 }), end: fixed(2) };
    case "filter":
      return { begin: CREATED.list, round: plus(body, { least: 1, most: 13 }), end: ONE };
    case "map":
    case "transformList":
      return { begin: CREATED.list, round: when(plus(body, fixed(12))), end: ONE };
    case "transformMap":
      return { begin: CREATED.map, round: when(plus(body, fixed(3))), end: ONE };
    case "transformMapEntry":
      return { begin: CREATED.map, round: when(plus(body, fixed(2))), end: ONE };
  }
}
