/** Dynamic resource allocation: its four kinds. */
import { lifecycle } from "./lifecycle.ts";
import type { Specs } from "./rig.ts";

const OF = "[sig-node] [DRA] CRUD Tests resource.k8s.io/v1";
const requests = [{ name: "req-0", exactly: { deviceClassName: "example-class" } }];

export const devices: Specs = {
  [`${OF} DeviceClass`]: lifecycle({
    of: "resource.k8s.io/v1/deviceclasses",
    kind: "DeviceClass",
    object: { spec: { selectors: [{ cel: { expression: 'device.driver == "test.driver"' } }] } },
    change: { spec: { selectors: [{ cel: { expression: 'device.driver == "other.driver"' } }] } },
  }),

  [`${OF} ResourceClaim`]: lifecycle({
    of: "resource.k8s.io/v1/resourceclaims",
    kind: "ResourceClaim",
    namespaced: true,
    object: { spec: { devices: { requests } } },
    statusAlone: true,
    status: {
      status: {
        allocation: {
          devices: { results: [{ request: "req-0", driver: "test.driver", pool: "pool", device: "device-0" }] },
        },
      },
    },
  }),

  [`${OF} ResourceClaimTemplate`]: lifecycle({
    of: "resource.k8s.io/v1/resourceclaimtemplates",
    kind: "ResourceClaimTemplate",
    namespaced: true,
    object: { spec: { spec: { devices: { requests } } } },
  }),

  [`${OF} ResourceSlice`]: lifecycle({
    of: "resource.k8s.io/v1/resourceslices",
    kind: "ResourceSlice",
    object: {
      spec: {
        nodeName: "some-node",
        driver: "dra.example.com",
        pool: { name: "pool", generation: 1, resourceSliceCount: 1 },
        devices: [{ name: "device-0" }],
      },
    },
    change: { spec: { devices: [{ name: "device-0" }, { name: "device-1" }] } },
  }),
};
