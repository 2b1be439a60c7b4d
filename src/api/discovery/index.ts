import { EndpointSlice } from "./endpoint-slice.ts";

export * from "./endpoint-slice.ts";

export const discoveryKinds = [EndpointSlice] as const;
