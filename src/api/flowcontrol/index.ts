import { FlowSchema } from "./flow-schema.ts";
import { PriorityLevelConfiguration } from "./priority-level-configuration.ts";

export * from "./flow-schema.ts";
export * from "./priority-level-configuration.ts";

export const flowcontrolKinds = [FlowSchema, PriorityLevelConfiguration] as const;
