/**
 * The conformance specs that need an API server only (upstream's test/e2e, v1.36), each by its upstream name, against
 * one cluster over HTTPS. Every such name of the list beside the project has its test here.
 */
import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { resolve } from "node:path";
import { after, before, test } from "node:test";
import { whyNoKubectl } from "../wire/test-cluster.ts";
import { auth } from "./auth.ts";
import { config } from "./config.ts";
import { crd } from "./crd.ts";
import { devices } from "./devices.ts";
import { discovery } from "./discovery.ts";
import { events } from "./events.ts";
import { fieldValidation } from "./field-validation.ts";
import { kubectl } from "./kubectl.ts";
import { namespaces } from "./namespaces.ts";
import { network } from "./network.ts";
import { nodes } from "./nodes.ts";
import { openapi, openapiWithKubectl } from "./openapi.ts";
import { policies } from "./policies.ts";
import { Rig, type Specs } from "./rig.ts";
import { storage } from "./storage.ts";
import { watch } from "./watch.ts";
import { workloads } from "./workloads.ts";

const LIST = resolve(import.meta.dirname, "../../../shared/reference/conformance.csv");

const server: readonly Specs[] = [
  auth,
  config,
  crd,
  devices,
  discovery,
  events,
  fieldValidation,
  namespaces,
  network,
  nodes,
  openapi,
  policies,
  storage,
  watch,
  workloads,
];
const withKubectl: readonly Specs[] = [kubectl, openapiWithKubectl];

let rig: Rig;
before(async () => {
  rig = await Rig.start();
});
after(() => rig[Symbol.asyncDispose]());

for (const [specs, skip] of [
  [server, undefined],
  [withKubectl, whyNoKubectl()],
] as const) {
  for (const [name, run] of specs.flatMap((each) => Object.entries(each))) test(name, { skip }, () => run(rig));
}

test("every conformance spec of the API server has its test", { skip: !existsSync(LIST) }, () => {
  const listed = readFileSync(LIST, "utf8")
    .split("\n")
    .map((line) => /^"?(.*?)"?,A,/.exec(line)?.[1]?.replace(/( \[(Conformance|NodeConformance)\])+$/, ""))
    .filter((name) => name !== undefined);
  const tested = [...server, ...withKubectl].flatMap((specs) => Object.keys(specs));
  assert.deepEqual(tested.toSorted(), listed.toSorted());
});
