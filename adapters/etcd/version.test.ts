import assert from "node:assert/strict";
import { test } from "node:test";
import { versionFault } from "./version.ts";

for (const [version, isTaken] of [
  ["3.3.27", false],
  ["3.4.23", false],
  ["3.4.25", true],
  ["3.5.0-rc.1", false],
  ["3.5.7", false],
  ["3.5.8", true],
  ["3.5.30", true],
  ["3.6.0", true],
  ["4.0.0", true],
  ["unknown", true],
] as const) {
  test(`etcd ${version} is ${isTaken ? "taken" : "refused"}`, () => {
    const fault = versionFault(version);
    if (isTaken) assert.equal(fault, undefined);
    else assert.match(fault!, new RegExp(`is version ${version}, .* use 3\\.4\\.25, 3\\.5\\.8 or newer`));
  });
}
