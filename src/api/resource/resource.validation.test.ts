import assert from "node:assert/strict";
import { test } from "node:test";
import type { Kind } from "../../machinery/kind.ts";
import { saidOfChange, saidOfNew } from "../testing/said.ts";
import { DeviceClass, ResourceClaim, ResourceSlice } from "./index.ts";

const exactly = { deviceClassName: "c" };
const claim = (devices: object): object => ({ spec: { devices } });
const asking = (...requests: object[]): object => claim({ requests });
const offering = (...devices: object[]): object => ({
  spec: { driver: "a.b", nodeName: "n", pool: { name: "n", generation: 0, resourceSliceCount: 1 }, devices },
});
const NAMED = "must be the name of a request in the claim or the name of a request and a subrequest separated by '/'";
const LABEL =
  "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?')";

for (const [of, rule, object, ...says] of [
  [
    ResourceClaim as Kind,
    "asks for something, in one way",
    asking({ name: "a" }, { name: "b", exactly, firstAvailable: [{ name: "c", ...exactly }] }, { name: "a", exactly }),
    "spec.devices.requests[0]: Required value: exactly one of `exactly` or `firstAvailable` is required",
    "spec.devices.requests[1]: Invalid value: null: exactly one of `exactly` or `firstAvailable` is required, but multiple fields are set",
    'spec.devices.requests[2]: Duplicate value: "a"',
  ],
  [
    ResourceClaim as Kind,
    "asks for a count or for all",
    asking(
      { name: "a", exactly: { ...exactly, allocationMode: "All", count: 2 } },
      { name: "b", exactly: { ...exactly, allocationMode: "ExactCount", count: -1 } },
      { name: "c", exactly: { ...exactly, allocationMode: "Some" } },
    ),
    "spec.devices.requests[0].exactly.count: Invalid value: 2: must not be specified when allocationMode is 'All'",
    "spec.devices.requests[1].exactly.count: Invalid value: -1: must be greater than zero",
    'spec.devices.requests[2].exactly.allocationMode: Unsupported value: "Some": supported values: "All", "ExactCount"',
  ],
  [
    ResourceClaim as Kind,
    "compares what it asks for, by an attribute of a domain",
    claim({
      requests: [{ name: "a", exactly }],
      constraints: [{ requests: ["a", "b", "a/b/c"], matchAttribute: "x" }, { requests: ["a", "a"] }],
    }),
    `spec.devices.constraints[0].requests[1]: Invalid value: "b": ${NAMED}`,
    `spec.devices.constraints[0].requests[2]: Invalid value: "a/b/c": ${NAMED}`,
    'spec.devices.constraints[0].matchAttribute: Invalid value: "x": a fully qualified name must be a domain and a name separated by a slash',
    'spec.devices.constraints[1].requests[1]: Duplicate value: "a"',
    'spec.devices.constraints[1]: Required value: exactly one of "matchAttribute" or "distinctAttribute" is required, but multiple fields are set',
  ],
  [
    ResourceClaim as Kind,
    "configures with objects, for a driver",
    claim({
      requests: [{ name: "a", exactly }],
      config: [{}, { opaque: { driver: "", parameters: [] } }],
    }),
    "spec.devices.config[0].opaque: Required value",
    "spec.devices.config[1].opaque.driver: Required value",
    'spec.devices.config[1].opaque.parameters: Invalid value: "<value omitted>": must be a valid JSON object',
  ],
  [
    ResourceSlice as Kind,
    "has devices with facts of one value",
    offering(
      { name: "d", attributes: { a: {}, "/b": { int: 1 }, c: { version: "1.2" } } },
      { name: "D" },
      { name: "d" },
    ),
    'spec.devices[0].attributes[a]: Invalid value: "": exactly one value must be specified',
    'spec.devices[0].attributes: Invalid value: "": the domain must not be empty',
    'spec.devices[0].attributes[c].version: Invalid value: "1.2": must be a string compatible with semver.org spec 2.0.0',
    `spec.devices[1].name: Invalid value: "D": ${LABEL}`,
    'spec.devices[2]: Duplicate value: "d"',
  ],
  [
    ResourceSlice as Kind,
    "is somewhere, in a pool",
    { spec: { driver: "a.b", pool: { name: "", generation: -1, resourceSliceCount: 0 } } },
    "spec.pool.name: Required value",
    "spec.pool.resourceSliceCount: Invalid value: 0: must be greater than zero",
    "spec.pool.generation: Invalid value: -1: must be greater than or equal to zero",
    "spec: Required value: exactly one of `nodeName`, `nodeSelector`, `allNodes`, `perDeviceNodeSelection` is required",
  ],
] as const) {
  test(`a ${of.kind} ${rule}`, () => assert.deepEqual(saidOfNew(of, object), says));
}

const UID = "01234567-89ab-cdef-0123-456789abcdef";
const device = { driver: "a.b", pool: "p", device: "d" };
const used = (status: object): object => ({ ...asking({ name: "a", exactly }), status });

for (const [rule, status, ...says] of [
  [
    "is told of once for each device it was given, and then of its use",
    {
      devices: [device, { ...device, shareID: UID }, device],
      reservedFor: [{ resource: "pods", name: "p", uid: "u" }],
    },
    "status.devices[0]: Invalid value: a.b/p/d: must be an allocated device in the claim",
    `status.devices[1]: Invalid value: a.b/p/d/${UID}: must be an allocated device in the claim`,
    "status.devices[2]: Invalid value: a.b/p/d: must be an allocated device in the claim",
    "status.devices[2]: Duplicate value: a.b/p/d",
    "status.reservedFor: Forbidden: may not be specified when `allocated` is not set",
  ],
  [
    "has users with names of their own",
    {
      allocation: {},
      reservedFor: [
        { resource: "", name: "", uid: "u" },
        { resource: "pods", name: "p", uid: "u" },
      ],
    },
    "status.reservedFor[0].resource: Required value",
    "status.reservedFor[0].name: Required value",
    'status.reservedFor[1]: Duplicate value: "u"',
  ],
  [
    "is given what it asked for",
    { allocation: { devices: { results: [{ request: "b", ...device, shareID: "x" }] } } },
    `status.allocation.devices.results[0].request: Invalid value: "b": ${NAMED}`,
    'status.allocation.devices.results[0].shareID: Invalid value: "x": error validating uid: invalid UUID length: 1',
  ],
] as const) {
  test(`a claim ${rule}`, () => assert.deepEqual(saidOfChange(ResourceClaim, used({}), used(status), "status"), says));
}

test("the configuration of a DeviceClass may stay as long as it was", () => {
  const long = { a: "x".repeat(11 * 1024) };
  const configured = (more: object): object => ({
    spec: { config: [{ opaque: { driver: "a.b", parameters: long } }], ...more },
  });
  const says = ["spec.config[0].opaque.parameters: Too long: may not be more than 10240 bytes"];
  assert.deepEqual(saidOfNew(DeviceClass, configured({})), says);
  assert.deepEqual(saidOfChange(DeviceClass, configured({}), configured({ extendedResourceName: "a.b/c" })), []);
  assert.deepEqual(saidOfChange(DeviceClass, { spec: {} }, configured({})), says);
});
