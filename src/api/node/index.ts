import { RuntimeClass } from "./runtime-class.ts";

export * from "./runtime-class.ts";

export const nodeKinds = [RuntimeClass] as const;
