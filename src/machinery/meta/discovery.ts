import { bool, field, list, message, string } from "../schema/builders.ts";
import type { TypeOf } from "../schema/schema.ts";
import { typeMeta } from "./type-meta.ts";

export const GroupVersionForDiscovery = message(
  "io.k8s.apimachinery.pkg.apis.meta.v1.GroupVersionForDiscovery",
  {
    groupVersion: field(1, string(), "Group and version, `group/version`.").required(),
    version: field(2, string(), "The version alone, such as `v1`.").required(),
  },
  { doc: "A version of an API group." },
);
export type GroupVersionForDiscovery = TypeOf<typeof GroupVersionForDiscovery>;

export const ServerAddressByClientCIDR = message(
  "io.k8s.apimachinery.pkg.apis.meta.v1.ServerAddressByClientCIDR",
  {
    clientCIDR: field(1, string(), "The range in which the client's own address is.").required(),
    serverAddress: field(
      2,
      string(),
      "Name or address of the server, with the port where it is not the usual one.",
    ).required(),
  },
  { doc: "The server's address for clients in a range of addresses." },
);
export type ServerAddressByClientCIDR = TypeOf<typeof ServerAddressByClientCIDR>;

export const APIGroup = message(
  "io.k8s.apimachinery.pkg.apis.meta.v1.APIGroup",
  {
    ...typeMeta,
    name: field(1, string(), "The group's name.").required(),
    versions: field(2, list(GroupVersionForDiscovery).atomic(), "The versions that are served.").required(),
    preferredVersion: field(
      3,
      GroupVersionForDiscovery,
      "The version to use when it does not matter to the client.",
    ).always(),
    serverAddressByClientCIDRs: field(
      4,
      list(ServerAddressByClientCIDR).atomic(),
      "The server's addresses, by the client's. The first range that fits is the one to use.",
    ),
  },
  { doc: "An API group with the versions that are served." },
);
export type APIGroup = TypeOf<typeof APIGroup>;

export const APIGroupList = message(
  "io.k8s.apimachinery.pkg.apis.meta.v1.APIGroupList",
  {
    ...typeMeta,
    groups: field(1, list(APIGroup).atomic(), "The groups.").required(),
  },
  { doc: "All API groups but the core group." },
);
export type APIGroupList = TypeOf<typeof APIGroupList>;

export const APIResource = message(
  "io.k8s.apimachinery.pkg.apis.meta.v1.APIResource",
  {
    name: field(1, string(), "The resource's plural name, as in paths; `pods/log` for a subresource.").required(),
    namespaced: field(2, bool(), "Whether its objects are in namespaces.").required(),
    kind: field(3, string(), "The kind that is read and written.").required(),
    verbs: field(
      4,
      list(string()).named(),
      "What can be done with it: get, list, watch, create, update, patch, delete, deletecollection.",
    ).required(),
    shortNames: field(5, list(string()).atomic(), "Short names that kubectl knows."),
    singularName: field(6, string(), "The singular name; empty for subresources.").required(),
    categories: field(7, list(string()).atomic(), "Names, such as `all`, for several resources together."),
    group: field(8, string(), "The group of the kind, where it is not that of the list."),
    version: field(9, string(), "The version of the kind, where it is not that of the list."),
    storageVersionHash: field(
      10,
      string(),
      "Stands for the version that objects are stored in; only to be compared for equality.",
    ),
  },
  { doc: "A resource or subresource that is served." },
);
export type APIResource = TypeOf<typeof APIResource>;

export const APIResourceList = message(
  "io.k8s.apimachinery.pkg.apis.meta.v1.APIResourceList",
  {
    ...typeMeta,
    groupVersion: field(1, string(), "Group and version, `group/version`, or `v1` for the core group.").required(),
    resources: field(2, list(APIResource).atomic(), "The resources and subresources.").required(),
  },
  { doc: "The resources of one version of a group." },
);
export type APIResourceList = TypeOf<typeof APIResourceList>;

export const APIVersions = message(
  "io.k8s.apimachinery.pkg.apis.meta.v1.APIVersions",
  {
    ...typeMeta,
    versions: field(1, list(string()).atomic(), "The versions that are served.").required(),
    serverAddressByClientCIDRs: field(
      2,
      list(ServerAddressByClientCIDR).atomic(),
      "The server's addresses, by the client's. The first range that fits is the one to use.",
    ).required(),
  },
  { doc: "The versions of the core group." },
);
export type APIVersions = TypeOf<typeof APIVersions>;
