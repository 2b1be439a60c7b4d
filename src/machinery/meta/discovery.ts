import { bool, field, list, message, string } from "../schema/builders.ts";
import type { TypeOf } from "../schema/schema.ts";

export const GroupVersionForDiscovery = message("io.k8s.apimachinery.pkg.apis.meta.v1.GroupVersionForDiscovery", {
  groupVersion: field(1, string()).required(),
  version: field(2, string()).required(),
});
export type GroupVersionForDiscovery = TypeOf<typeof GroupVersionForDiscovery>;

export const ServerAddressByClientCIDR = message("io.k8s.apimachinery.pkg.apis.meta.v1.ServerAddressByClientCIDR", {
  clientCIDR: field(1, string()).required(),
  serverAddress: field(2, string()).required(),
});
export type ServerAddressByClientCIDR = TypeOf<typeof ServerAddressByClientCIDR>;

export const APIGroup = message("io.k8s.apimachinery.pkg.apis.meta.v1.APIGroup", {
  apiVersion: field(0, string()),
  kind: field(0, string()),
  name: field(1, string()).required(),
  versions: field(2, list(GroupVersionForDiscovery).atomic()).required(),
  preferredVersion: field(3, GroupVersionForDiscovery).always(),
  serverAddressByClientCIDRs: field(4, list(ServerAddressByClientCIDR).atomic()),
});
export type APIGroup = TypeOf<typeof APIGroup>;

export const APIGroupList = message("io.k8s.apimachinery.pkg.apis.meta.v1.APIGroupList", {
  apiVersion: field(0, string()),
  kind: field(0, string()),
  groups: field(1, list(APIGroup).atomic()).required(),
});
export type APIGroupList = TypeOf<typeof APIGroupList>;

export const APIResource = message("io.k8s.apimachinery.pkg.apis.meta.v1.APIResource", {
  name: field(1, string()).required(),
  namespaced: field(2, bool()).required(),
  kind: field(3, string()).required(),
  verbs: field(4, list(string())).required(),
  shortNames: field(5, list(string()).atomic()),
  singularName: field(6, string()).required(),
  categories: field(7, list(string()).atomic()),
  group: field(8, string()),
  version: field(9, string()),
  storageVersionHash: field(10, string()),
});
export type APIResource = TypeOf<typeof APIResource>;

export const APIResourceList = message("io.k8s.apimachinery.pkg.apis.meta.v1.APIResourceList", {
  apiVersion: field(0, string()),
  kind: field(0, string()),
  groupVersion: field(1, string()).required(),
  resources: field(2, list(APIResource).atomic()).required(),
});
export type APIResourceList = TypeOf<typeof APIResourceList>;

export const APIVersions = message("io.k8s.apimachinery.pkg.apis.meta.v1.APIVersions", {
  apiVersion: field(0, string()),
  kind: field(0, string()),
  versions: field(1, list(string()).atomic()).required(),
  serverAddressByClientCIDRs: field(2, list(ServerAddressByClientCIDR).atomic()).required(),
});
export type APIVersions = TypeOf<typeof APIVersions>;
