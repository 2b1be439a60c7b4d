/** What operators take and give that are no functions: the evaluator and the loops do their work, these are their types. */
import { fn } from "./functions.ts";
import type { Library } from "./functions.ts";

const declared = (...lines: readonly string[]): Library =>
  lines.map((line) =>
    fn(line, () => {
      throw new TypeError(`${line} is not called`);
    }),
  );

export const CONDITION = declared("_?_:_(bool, A, A): A");

export const INDEX = declared(
  "_[_](list<A>, int): A",
  "_[_](map<A, B>, A): B",
  "_[_](optional_type<list<A>>, int): optional_type<A>",
  "_[_](optional_type<map<A, B>>, A): optional_type<B>",
);

export const OPTIONAL_INDEX = declared(
  "_[?_](list<A>, int): optional_type<A>",
  "_[?_](optional_type<list<A>>, int): optional_type<A>",
  "_[?_](map<A, B>, A): optional_type<B>",
  "_[?_](optional_type<map<A, B>>, A): optional_type<B>",
);

/** How loops gather: adding a list of one item, inserting a key with its value, inserting a map's entries. */
export const ADD_LIST = declared("_+_(list<A>, list<A>): list<A>");
export const INSERT = declared(
  "cel.@mapInsert(map<A, B>, A, B): map<A, B>",
  "cel.@mapInsert(map<A, B>, map<A, B>): map<A, B>",
);
