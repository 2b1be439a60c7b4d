import { EventsV1Event } from "./event.ts";

export * from "./event.ts";

export const eventsKinds = [EventsV1Event] as const;
