/** All that is served, in one document: what clients ask `/api` and `/apis` for by `as=APIGroupDiscoveryList`. */
import { field, list, message, string } from "../schema/builders.ts";
import { ListMeta } from "./list-meta.ts";
import { ObjectMeta } from "./object-meta.ts";
import { typeMeta } from "./type-meta.ts";

const ResponseKind = message("io.k8s.apimachinery.pkg.apis.meta.v1.GroupVersionKind", {
  group: field(1, string(), "The kind's group; empty where it is that of the resource.").required(),
  version: field(2, string(), "The kind's version; empty where it is that of the resource.").required(),
  kind: field(3, string(), "The kind's name.").required(),
});

const APISubresourceDiscovery = message("io.k8s.api.apidiscovery.v2.APISubresourceDiscovery", {
  subresource: field(1, string(), "The name, as in paths."),
  responseKind: field(2, ResponseKind, "The kind that is read and written."),
  verbs: field(4, list(string()), "What can be done with it."),
});

const APIResourceDiscovery = message("io.k8s.api.apidiscovery.v2.APIResourceDiscovery", {
  resource: field(1, string(), "The plural name, as in paths."),
  responseKind: field(2, ResponseKind, "The kind of its objects."),
  scope: field(3, string(), "Cluster or Namespaced."),
  singularResource: field(4, string(), "The singular name."),
  verbs: field(5, list(string()), "What can be done with it."),
  shortNames: field(6, list(string()), "Short names that kubectl knows."),
  categories: field(7, list(string()), "Names, such as `all`, for several resources together."),
  subresources: field(8, list(APISubresourceDiscovery), "What its objects have beside themselves."),
});

const APIVersionDiscovery = message("io.k8s.api.apidiscovery.v2.APIVersionDiscovery", {
  version: field(1, string(), "The version's name."),
  resources: field(2, list(APIResourceDiscovery), "What it has."),
  freshness: field(3, string(), "Current, or Stale where another server did not answer."),
});

const APIGroupDiscovery = message("io.k8s.api.apidiscovery.v2.APIGroupDiscovery", {
  metadata: field(1, ObjectMeta, "The group's name.").always(),
  versions: field(2, list(APIVersionDiscovery), "Its versions, the preferred one first."),
});

export const APIGroupDiscoveryList = message("io.k8s.api.apidiscovery.v2.APIGroupDiscoveryList", {
  ...typeMeta,
  metadata: field(1, ListMeta, "What holds for the list as a whole.").always(),
  items: field(2, list(APIGroupDiscovery), "The groups.").required(),
});
