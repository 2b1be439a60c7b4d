export { startScheduler } from "./scheduler.ts";
export type { Scheduler, SchedulerOptions } from "./scheduler.ts";
export { definePlugin, never, unless } from "./framework.ts";
export type { Plugin } from "./framework.ts";
export { defaultPlugins } from "./plugins/index.ts";
