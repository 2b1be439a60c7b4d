/** The built-in kinds that subresources speak of, as the scheme has them. */
import { internalError, unknownResource } from "../../machinery/errors.ts";
import type { Kind } from "../../machinery/kind.ts";
import type { ApiResponse } from "../../machinery/door.ts";
import type { AdmissionAttributes } from "../admission/admission.ts";
import type { Exchange } from "../exchange.ts";
import type { Parts } from "../parts.ts";
import { resourceOf } from "../resource.ts";
import type { Resource } from "../resource.ts";
import { admit, runPlugins } from "../stages/admission.ts";
import { answerPlain } from "../respond.ts";
import type { Draft, KubeObject } from "../../machinery/kind.ts";

export function kindOf({ scheme }: Parts, apiVersion: string, kind: string): Kind {
  const found = scheme.byApiVersion(apiVersion, kind);
  if (found === undefined) throw internalError(`no kind ${kind} in ${apiVersion}`);
  return found;
}

/** Throws 404 where the server does not serve it. */
export function resourceNamed({ scheme }: Parts, group: string, version: string, plural: string): Resource {
  const kind = scheme.byResource(group, version, plural);
  if (kind === undefined) throw unknownResource();
  return resourceOf(kind);
}

/** Lets all admission plugins see the creation of something that is not stored itself. */
export async function admitCreation(
  exchange: Exchange,
  kind: Kind,
  object: Draft<KubeObject>,
  dryRun = false,
  operation: "CREATE" | "CONNECT" = "CREATE",
): Promise<void> {
  const validate = await beginCreation(exchange, kind, object, dryRun, operation);
  await validate();
}

/** Lets those see it that may change it; what it returns lets those see it that may only refuse. */
export async function beginCreation(
  exchange: Exchange,
  kind: Kind,
  object: Draft<KubeObject>,
  dryRun: boolean,
  operation: "CREATE" | "CONNECT" = "CREATE",
): Promise<() => void | Promise<void>> {
  const { info, parts, user } = exchange;
  const attributes: AdmissionAttributes = {
    operation,
    kind,
    group: info.group,
    version: info.version,
    resource: info.resource,
    ...(info.subresource !== "" && { subresource: info.subresource }),
    ...(info.namespace !== "" && { namespace: info.namespace }),
    name: info.name,
    object,
    previous: undefined,
    user,
    dryRun,
    options: { kind: "CreateOptions", apiVersion: "meta.k8s.io/v1" },
    warn: (text) => exchange.warn(text),
    annotate: (key, value) => exchange.annotate(key, value),
  };
  await admit(parts.admission, attributes);
  return () => runPlugins(parts.admission, attributes, "validate");
}

/** The short success that binding and eviction answer. */
export function created(exchange: Exchange): ApiResponse {
  return answerPlain(exchange, { kind: "Status", apiVersion: "v1", metadata: {}, status: "Success", code: 201 }, 201);
}
