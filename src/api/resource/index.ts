import { DeviceClass } from "./device-class.ts";
import { ResourceClaim } from "./resource-claim.ts";
import { ResourceClaimTemplate } from "./resource-claim-template.ts";
import { ResourceSlice } from "./resource-slice.ts";

export * from "./device.ts";
export * from "./device-claim.ts";
export * from "./device-class.ts";
export * from "./resource-claim.ts";
export * from "./resource-claim-template.ts";
export * from "./resource-slice.ts";

export const resourceKinds = [DeviceClass, ResourceClaim, ResourceClaimTemplate, ResourceSlice] as const;
