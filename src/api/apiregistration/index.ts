import { APIService } from "./api-service.ts";

export * from "./api-service.ts";

export const apiregistrationKinds = [APIService] as const;
