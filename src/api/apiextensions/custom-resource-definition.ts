import { STATUS, defineKind } from "../../machinery/define-kind.ts";
import type { ObjectOf } from "../../machinery/define-kind.ts";
import { bool, bytes, field, int32, int64, list, message, string, time } from "../../machinery/schema/builders.ts";
import type { TypeOf } from "../../machinery/schema/schema.ts";
import { JSONSchemaProps } from "./json-schema-props.ts";
import { defaultColumns } from "../columns.ts";
import {
  beginDefinition,
  noteStorageVersion,
  validateDefinition,
  validateDefinitionUpdate,
} from "./custom-resource-definition.validation.ts";

export const CustomResourceColumnDefinition = message(
  "io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1.CustomResourceColumnDefinition",
  {
    name: field(1, string()).required(),
    type: field(2, string()).required(),
    format: field(3, string()),
    description: field(4, string()),
    priority: field(5, int32()),
    jsonPath: field(6, string()).required(),
  },
);
export type CustomResourceColumnDefinition = TypeOf<typeof CustomResourceColumnDefinition>;

export const ConversionServiceReference = message(
  "io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1.ServiceReference",
  {
    namespace: field(1, string()).required(),
    name: field(2, string()).required(),
    path: field(3, string()).keepEmpty(),
    port: field(4, int32().silentDefault(443)).keepEmpty(),
  },
);
export type ConversionServiceReference = TypeOf<typeof ConversionServiceReference>;

export const ConversionWebhookClientConfig = message(
  "io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1.WebhookClientConfig",
  { service: field(1, ConversionServiceReference), caBundle: field(2, bytes()), url: field(3, string()).keepEmpty() },
);
export type ConversionWebhookClientConfig = TypeOf<typeof ConversionWebhookClientConfig>;

export const WebhookConversion = message("io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1.WebhookConversion", {
  clientConfig: field(2, ConversionWebhookClientConfig),
  conversionReviewVersions: field(3, list(string()).atomic()).required(),
});
export type WebhookConversion = TypeOf<typeof WebhookConversion>;

export const CustomResourceConversion = message(
  "io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1.CustomResourceConversion",
  { strategy: field(1, string().silentDefault("None")).required(), webhook: field(2, WebhookConversion) },
);
export type CustomResourceConversion = TypeOf<typeof CustomResourceConversion>;

export const CustomResourceDefinitionCondition = message(
  "io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1.CustomResourceDefinitionCondition",
  {
    type: field(1, string()).required(),
    status: field(2, string()).required(),
    lastTransitionTime: field(3, time()).orNull(),
    reason: field(4, string()),
    message: field(5, string()),
    observedGeneration: field(6, int64()),
  },
);
export type CustomResourceDefinitionCondition = TypeOf<typeof CustomResourceDefinitionCondition>;

export const CustomResourceDefinitionNames = message(
  "io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1.CustomResourceDefinitionNames",
  {
    plural: field(1, string()).required(),
    singular: field(2, string()),
    shortNames: field(3, list(string()).atomic()),
    kind: field(4, string()).required(),
    listKind: field(5, string()),
    categories: field(6, list(string()).atomic()),
  },
);
export type CustomResourceDefinitionNames = TypeOf<typeof CustomResourceDefinitionNames>;

export const CustomResourceValidation = message(
  "io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1.CustomResourceValidation",
  { openAPIV3Schema: field(1, JSONSchemaProps) },
);
export type CustomResourceValidation = TypeOf<typeof CustomResourceValidation>;

export const SelectableField = message("io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1.SelectableField", {
  jsonPath: field(1, string()).required(),
});
export type SelectableField = TypeOf<typeof SelectableField>;

export const CustomResourceSubresourceScale = message(
  "io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1.CustomResourceSubresourceScale",
  {
    specReplicasPath: field(1, string()).required(),
    statusReplicasPath: field(2, string()).required(),
    labelSelectorPath: field(3, string()).keepEmpty(),
  },
);
export type CustomResourceSubresourceScale = TypeOf<typeof CustomResourceSubresourceScale>;

export const CustomResourceSubresourceStatus = message(
  "io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1.CustomResourceSubresourceStatus",
  {},
);
export type CustomResourceSubresourceStatus = TypeOf<typeof CustomResourceSubresourceStatus>;

export const CustomResourceSubresources = message(
  "io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1.CustomResourceSubresources",
  { status: field(1, CustomResourceSubresourceStatus), scale: field(2, CustomResourceSubresourceScale) },
);
export type CustomResourceSubresources = TypeOf<typeof CustomResourceSubresources>;

export const CustomResourceDefinitionVersion = message(
  "io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1.CustomResourceDefinitionVersion",
  {
    name: field(1, string()).required(),
    served: field(2, bool()).required(),
    storage: field(3, bool()).required(),
    schema: field(4, CustomResourceValidation),
    subresources: field(5, CustomResourceSubresources),
    additionalPrinterColumns: field(6, list(CustomResourceColumnDefinition).atomic()),
    deprecated: field(7, bool()),
    deprecationWarning: field(8, string()).keepEmpty(),
    selectableFields: field(9, list(SelectableField).atomic()),
  },
);
export type CustomResourceDefinitionVersion = TypeOf<typeof CustomResourceDefinitionVersion>;

export const CustomResourceDefinitionSpec = message(
  "io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1.CustomResourceDefinitionSpec",
  {
    group: field(1, string()).required(),
    names: field(3, CustomResourceDefinitionNames).required(),
    scope: field(4, string()).required(),
    versions: field(7, list(CustomResourceDefinitionVersion).atomic()).required(),
    conversion: field(9, CustomResourceConversion).filled(),
    preserveUnknownFields: field(10, bool()),
  },
);
export type CustomResourceDefinitionSpec = TypeOf<typeof CustomResourceDefinitionSpec>;

export const CustomResourceDefinitionStatus = message(
  "io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1.CustomResourceDefinitionStatus",
  {
    conditions: field(1, list(CustomResourceDefinitionCondition).mapKey("type")).orNull(),
    acceptedNames: field(2, CustomResourceDefinitionNames).always(),
    storedVersions: field(3, list(string()).atomic()).orNull(),
    observedGeneration: field(4, int64()),
  },
);
export type CustomResourceDefinitionStatus = TypeOf<typeof CustomResourceDefinitionStatus>;

export const CustomResourceDefinition = defineKind({
  group: "apiextensions.k8s.io",
  version: "v1",
  kind: "CustomResourceDefinition",
  definition: "io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1.CustomResourceDefinition",
  names: { plural: "customresourcedefinitions", short: ["crd", "crds"], categories: ["api-extensions"] },
  scope: "Cluster",
  doc: "Adds a kind to the API.",
  subresources: { ...STATUS },
  fields: {
    spec: field(2, CustomResourceDefinitionSpec).required(),
    status: field(3, CustomResourceDefinitionStatus).always(),
  },
  defaults({ spec: { names } }) {
    const kind = names.kind;
    if (kind !== "") {
      names.singular ||= kind.toLowerCase();
      names.listKind ||= `${kind}List`;
    }
  },
  columns: defaultColumns,
  allowUnconditionalUpdate: false,
  prepareForCreate: (draft) => beginDefinition(draft),
  prepareForUpdate: (draft) => noteStorageVersion(draft),
  validate: validateDefinition,
  validateUpdate: validateDefinitionUpdate,
});
export type CustomResourceDefinition = ObjectOf<typeof CustomResourceDefinition>;
