/** Custom resources for specs. */
import type { Caller, Json } from "./caller.ts";

const DEFINITIONS = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions";

export interface Definition extends AsyncDisposable {
  readonly name: string;
  readonly group: string;
  readonly version: string;
  readonly plural: string;
  readonly kind: string;
  /** Of the definition. */
  readonly path: string;
  /** Of the custom objects of all namespaces, in the first version. */
  readonly objects: string;
}

export interface Wanted {
  readonly schema?: Json;
  readonly versions?: readonly string[];
  /** Default: a group of its own. */
  readonly group?: string;
  readonly scope?: "Namespaced" | "Cluster";
  readonly labels?: Json;
}

/** A schema that takes everything. */
export const ANYTHING = { type: "object", "x-kubernetes-preserve-unknown-fields": true };

/** Makes a definition and waits until it is established; it goes at the end of `await using`. */
export async function define(rig: Caller, wanted: Wanted): Promise<Definition> {
  const { schema = ANYTHING, versions = ["v1"], scope = "Namespaced", labels } = wanted;
  const kind = rig.name("E2eTest").replace("-", "");
  const group = wanted.group ?? `${kind.toLowerCase()}.example.com`;
  const plural = `${kind.toLowerCase()}s`;
  const name = `${plural}.${group}`;
  await rig.post(DEFINITIONS, {
    apiVersion: "apiextensions.k8s.io/v1",
    kind: "CustomResourceDefinition",
    metadata: { name, labels },
    spec: {
      group,
      scope,
      names: { plural, singular: kind.toLowerCase(), kind, listKind: `${kind}List` },
      versions: versions.map((each, at) => ({
        name: each,
        served: true,
        storage: at === 0,
        schema: { openAPIV3Schema: schema },
      })),
    },
  });
  const path = `${DEFINITIONS}/${name}`;
  await rig.until(path, isEstablished);
  return {
    name,
    group,
    version: versions[0]!,
    plural,
    kind,
    path,
    objects: `/apis/${group}/${versions[0]}/${plural}`,
    async [Symbol.asyncDispose]() {
      await rig.call("DELETE", path);
    },
  };
}

const isEstablished = ({ status }: Json): boolean =>
  status?.conditions?.some((condition: Json) => condition.type === "Established" && condition.status === "True");
