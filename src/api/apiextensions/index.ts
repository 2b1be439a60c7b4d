import { CustomResourceDefinition } from "./custom-resource-definition.ts";

export * from "./api-approval.ts";
export * from "./custom-resource-definition.ts";
export * from "./json-schema-props.ts";

export const apiextensionsKinds = [CustomResourceDefinition] as const;
