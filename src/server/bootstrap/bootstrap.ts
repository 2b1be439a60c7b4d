import type { Door } from "../../machinery/door.ts";

/**
 * Creates what every cluster starts with, through the API like everything else, as `system:apiserver`. Existing objects stay
 * as they are, apart from the RBAC policy, whose missing rules and subjects are put back while it is marked for autoupdate.
 * Resolves when all is there; run at every start.
 */
export type Bootstrap = (door: Door) => Promise<void>;
