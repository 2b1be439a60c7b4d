/** A server that has a custom kind, for tests of what is served alike and what is not. */
import assert from "node:assert/strict";
import { testServer } from "./server.ts";
import type { TestServer } from "./server.ts";

export const WIDGETS = "/apis/example.com/v1/namespaces/ns/widgets";

export const widget = (more: object = {}): object => ({
  apiVersion: "example.com/v1",
  kind: "Widget",
  metadata: { name: "a" },
  ...more,
});

/** Widgets of example.com/v1 may have any fields, and have a status. */
export async function widgetServer(): Promise<TestServer> {
  const server = await testServer();
  const schema = { openAPIV3Schema: { type: "object", "x-kubernetes-preserve-unknown-fields": true } };
  const versions = [{ name: "v1", served: true, storage: true, subresources: { status: {} }, schema }];
  const names = { plural: "widgets", kind: "Widget" };
  const spec = { group: "example.com", scope: "Namespaced", names, versions };
  const definition = { metadata: { name: "widgets.example.com" }, spec };
  const made = await server.send("POST", "/apis/apiextensions.k8s.io/v1/customresourcedefinitions", definition);
  assert.equal(made.status, 201, made.text);
  while ((await server.send("GET", WIDGETS)).status !== 200) await Promise.resolve();
  return server;
}
