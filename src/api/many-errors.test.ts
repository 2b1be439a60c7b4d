/** Objects in which nearly everything is wrong: what is told of them is bounded, and found in steps as many as they have parts. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { invalid } from "../machinery/errors.ts";
import { validateCertificateSigningRequest } from "./certificates/certificate-signing-request.validation.ts";
import { validateStorageClass } from "./storage/storage.validation.ts";

type RequestParts = Parameters<typeof validateCertificateSigningRequest>[0];

const asked = (usages: readonly string[]): RequestParts =>
  ({ spec: { request: "", signerName: "example.com/a", usages }, status: {} }) as unknown as RequestParts;

test("of many errors the first thousand are told, and the number of the others", () => {
  const errors = Array.from({ length: 1500 }, (_, index) => ({
    reason: "FieldValueInvalid" as const,
    field: `spec.list[${index}]`,
    message: "Invalid value",
  }));
  const { status } = invalid({ group: "", kind: "Pod" }, "a", errors);
  assert.equal(status.details?.causes?.length, 1000);
  assert.match(status.message ?? "", /spec\.list\[999\]: Invalid value, and 500 more\]$/);
});

test("usages are looked at once each, however many there are", () => {
  const took = (usageOf: (index: number) => string): number => {
    const request = asked(Array.from({ length: 60_000 }, (_, index) => usageOf(index)));
    const begun = process.cpuUsage();
    assert.ok(validateCertificateSigningRequest(request, {}).length > 60_000);
    return process.cpuUsage(begun).user;
  };
  const alike = took(() => "u");
  // To find each of them among those before it would take ten times as long.
  assert.ok(took((index) => `u${index}`) < 3 * alike);
});

test("terms that are alike are not told of each other without end", () => {
  const terms = Array.from({ length: 1000 }, () => ({}));
  const errors = validateStorageClass({
    provisioner: "a/b",
    reclaimPolicy: "Delete",
    volumeBindingMode: "Immediate",
    allowedTopologies: terms,
  } as unknown as Parameters<typeof validateStorageClass>[0]);
  assert.equal(errors.length, 1000);
});
