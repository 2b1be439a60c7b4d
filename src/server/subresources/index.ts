/** What answers for resources and subresources that do not go the usual way, a file for each. */
import { installDefinitions } from "../custom-resources/definitions.ts";
import type { Parts } from "../parts.ts";
import { installBinding } from "./binding.ts";
import { installApiServices } from "./api-services.ts";
import { installConnect } from "./connect.ts";
import { installEviction } from "./eviction.ts";
import { installNamespaces } from "./namespaces.ts";
import { installProxy } from "./proxy.ts";
import { installReviews } from "./reviews.ts";
import { installScale } from "./scale.ts";
import { installServices } from "../services/allocation.ts";
import { installToken } from "./token.ts";

/** Returns how to stop what runs beside the requests. */
export function installSubresources(parts: Parts): () => void {
  const { routes } = parts;
  installServices(parts);
  installScale(routes);
  installBinding(routes);
  installEviction(routes);
  installReviews(routes);
  installToken(routes);
  installConnect(routes);
  installProxy(routes);
  installApiServices(routes);
  installNamespaces(routes);
  return installDefinitions(parts);
}
