import { PriorityClass } from "./priority-class.ts";

export * from "./priority-class.ts";

export const schedulingKinds = [PriorityClass] as const;
