import { defineKind } from "../../machinery/define-kind.ts";
import type { ObjectOf } from "../../machinery/define-kind.ts";
import { bool, field, list } from "../../machinery/schema/builders.ts";
import { LocalObjectReference, ObjectReference } from "./references.ts";
import { nameAndAge } from "../columns.ts";

const ENFORCE = "kubernetes.io/enforce-mountable-secrets";

export const ServiceAccount = defineKind({
  group: "",
  version: "v1",
  kind: "ServiceAccount",
  definition: "io.k8s.api.core.v1.ServiceAccount",
  names: { plural: "serviceaccounts", short: ["sa"] },
  scope: "Namespaced",
  metadataOnUpdate: ["change", "whole"],
  doc: "An identity for processes in pods, by which they speak to the API and are given rights.",
  subresources: {
    token: { verbs: ["create"], speaks: { group: "authentication.k8s.io", version: "v1", kind: "TokenRequest" } },
  },
  fields: {
    secrets: field(
      2,
      list(ObjectReference).mapKey("name").patch("merge", "name"),
      "Secrets that pods with this identity may use. Deprecated and only heeded with the annotation `kubernetes.io/enforce-mountable-secrets`: use namespaces to keep Secrets apart.",
    ),
    imagePullSecrets: field(
      3,
      list(LocalObjectReference).atomic(),
      "Secrets in the same namespace with credentials for pulling images, given to pods that name none.",
    ),
    automountServiceAccountToken: field(
      4,
      bool(),
      "Whether a token is mounted into pods with this identity; yes when it is absent. A pod may say otherwise.",
    ).keepEmpty(),
  },
  columns: nameAndAge,
  returnsDeleted: true,
  // Only the names of secrets count.
  prepareForCreate: keepSecretNames,
  prepareForUpdate: keepSecretNames,
  warnings({ metadata }, previous) {
    if (metadata.annotations?.[ENFORCE] === undefined || previous?.metadata.annotations?.[ENFORCE] !== undefined)
      return [];
    const text = "deprecated in v1.32+; prefer separate namespaces to isolate access to mounted secrets";
    return [`metadata.annotations[${ENFORCE}]: ${text}`];
  },
});
export type ServiceAccount = ObjectOf<typeof ServiceAccount>;

function keepSecretNames(draft: { secrets?: { name?: string }[] }): void {
  if (draft.secrets === undefined) return;
  draft.secrets = draft.secrets.map(({ name }) => (name === undefined ? {} : { name }));
}
