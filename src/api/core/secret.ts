import { toBase64 } from "../../machinery/base64.ts";
import { defineKind } from "../../machinery/define-kind.ts";
import type { ObjectOf } from "../../machinery/define-kind.ts";
import { bool, bytes, field, map, string } from "../../machinery/schema/builders.ts";
import { ageColumn, nameColumn } from "../columns.ts";
import { secretWarnings, validateSecret, validateSecretUpdate } from "./secret.validation.ts";

export const Secret = defineKind({
  group: "",
  version: "v1",
  kind: "Secret",
  definition: "io.k8s.api.core.v1.Secret",
  names: { plural: "secrets" },
  scope: "Namespaced",
  doc: "Confidential data, such as passwords and keys, which pods read as files or environment variables. At most 1 MiB.",
  fields: {
    data: field(
      2,
      map(bytes()),
      "The values in base64, by key. Keys have letters, digits, dashes, underscores and dots.",
    ),
    type: field(
      3,
      string().silentDefault("Opaque"),
      "What the data is for, such as `kubernetes.io/tls`; some types need certain keys. Opaque by default; cannot be changed.",
    ),
    stringData: field(
      4,
      map(string()),
      "Values as plain text, by key, for writing only: they are put into `data`, over what is there, and never given back.",
    ),
    immutable: field(
      5,
      bool(),
      "When true the data cannot change any more, nor can this be taken back: only deleted. Saves the kubelets watching it.",
    ).keepEmpty(),
  },
  defaults: moveStringData,
  columns: [
    nameColumn,
    {
      name: "Type",
      type: "string",
      doc: "Used to facilitate programmatic handling of secret data. More info: https://kubernetes.io/docs/concepts/configuration/secret/#secret-types",
      value: ({ type }) => type,
    },
    {
      name: "Data",
      type: "string",
      doc: "Data contains the secret data. Each key must consist of alphanumeric characters, '-', '_' or '.'. The serialized form of the secret data is a base64 encoded string, representing the arbitrary (possibly non-string) data value here. Described in https://tools.ietf.org/html/rfc4648#section-4",
      value: ({ data }) => Object.keys(data ?? {}).length,
    },
    ageColumn,
  ],
  metadataOnUpdate: ["change", "whole"],
  changesFirst: true,
  validate: validateSecret,
  validateUpdate: validateSecretUpdate,
  warnings: secretWarnings,
  selectableFields: { type: ({ type }) => type },
});
export type Secret = ObjectOf<typeof Secret>;

const encoder = new TextEncoder();

/** `stringData` is for writing only: it ends up in `data`, and wins over it. */
function moveStringData(draft: { data?: Record<string, string>; stringData?: Record<string, string> }): void {
  if (draft.stringData === undefined) return;
  const moved = Object.entries(draft.stringData).map(([key, text]) => [key, toBase64(encoder.encode(text))]);
  draft.data = { ...draft.data, ...(Object.fromEntries(moved) as Record<string, string>) };
  delete draft.stringData;
}
