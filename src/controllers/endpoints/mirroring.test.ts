import assert from "node:assert/strict";
import { test } from "node:test";
import type { Endpoints, Service } from "../../api/core/index.ts";
import type { EndpointSlice } from "../../api/discovery/index.ts";
import { NOW, said } from "../testing/objects.ts";
import { decide } from "./mirroring.ts";

const service = { metadata: { name: "db", namespace: "default" }, spec: {} } as unknown as Service;
const ports = [{ port: 5432, protocol: "TCP" }];
const addresses = (count: number) => Array.from({ length: count }, (_, at) => ({ ip: `10.0.${at >> 8}.${at & 255}` }));

const endpoints = (subset: object, metadata: object = {}) =>
  ({
    metadata: { name: "db", namespace: "default", uid: "e", ...metadata },
    subsets: [{ ports, ...subset }],
  }) as unknown as Endpoints;

const made = (object: Endpoints): EndpointSlice =>
  (decide({ object, service, slices: [], now: NOW }).writes[0] as unknown as { readonly object: EndpointSlice }).object;

test("what is written by hand is mirrored once, and then rests", () => {
  const object = endpoints({ addresses: addresses(2) });
  const slice = { ...made(object), metadata: { ...made(object).metadata, name: "db-1" } } as EndpointSlice;
  assert.deepEqual(said(decide({ object, service, slices: [slice], now: NOW })), []);
});

test("annotations are mirrored, but for those that speak of the Endpoints alone", () => {
  const annotations = {
    team: "a",
    "kubectl.kubernetes.io/last-applied-configuration": "{}",
    "endpoints.kubernetes.io/last-change-trigger-time": "2026-01-01T00:00:00Z",
  };
  assert.deepEqual(made(endpoints({ addresses: addresses(1) }, { annotations })).metadata.annotations, { team: "a" });
});

test("of very many addresses the first are mirrored, and it is told", () => {
  const object = endpoints({ addresses: addresses(900), notReadyAddresses: addresses(130) });
  const { events } = decide({ object, service, slices: [], now: NOW });
  assert.equal(made(object).endpoints?.length, 1000);
  assert.deepEqual(
    events?.map(({ reason, message }) => `${reason} ${message}`),
    [
      "TooManyAddressesToMirror A max of 1000 addresses can be mirrored to EndpointSlices per Endpoints subset. 30 addresses were skipped",
    ],
  );
});
