import { Lease } from "./lease.ts";

export * from "./lease.ts";

export const coordinationKinds = [Lease] as const;
