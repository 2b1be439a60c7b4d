/** All containers of a pod, in the order in which upstream visits them. */
import type { Path } from "../../machinery/field-errors.ts";

const LISTS = ["initContainers", "containers", "ephemeralContainers"] as const;

interface Lists<Of> {
  readonly initContainers?: readonly Of[];
  readonly containers?: readonly Of[];
  readonly ephemeralContainers?: readonly Of[];
}

/** With where they stand. */
export function containersOf<A>(at: Path, spec: Lists<A>): readonly { readonly at: Path; readonly container: A }[] {
  return LISTS.flatMap((list) =>
    (spec[list] ?? []).map((container, index) => ({ at: at.child(list).index(index), container })),
  );
}

/** The same without their places. */
export function everyContainerOf<Of>(spec: Lists<Of>): Of[] {
  return LISTS.flatMap((list) => spec[list] ?? []);
}
