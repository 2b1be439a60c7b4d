import { STATUS, defineKind } from "../../machinery/define-kind.ts";
import type { ObjectOf } from "../../machinery/define-kind.ts";
import { bool, field, int32, int64, list, message, string } from "../../machinery/schema/builders.ts";
import type { TypeOf } from "../../machinery/schema/schema.ts";
import { conditionFields } from "../conditions.ts";
import { webhookPlaceFields, webhookServiceFields } from "../admissionregistration/webhook.ts";
import { definitionWarnings } from "./custom-resource-definition.warnings.ts";
import { JSONSchemaProps } from "./json-schema-props.ts";
import { defaultColumns } from "../columns.ts";
import {
  beginDefinition,
  fillStoredVersions,
  noteStorageVersion,
  validateDefinition,
} from "./custom-resource-definition.validation.ts";

export const CustomResourceColumnDefinition = message(
  "io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1.CustomResourceColumnDefinition",
  {
    name: field(1, string(), "The column's head.").required(),
    type: field(2, string(), "`integer`, `number`, `string`, `boolean` or `date`.").required(),
    format: field(3, string(), "How it is to be shown, such as `date`; `name` marks the column with the name."),
    description: field(4, string(), "What is in it."),
    priority: field(5, int32(), "0 is always shown, higher numbers only with `-o wide`."),
    jsonPath: field(6, string(), "Where in the object the value is, such as `.spec.size`.").required(),
  },
  { doc: "A column of tables, as `kubectl get` shows them." },
);
export type CustomResourceColumnDefinition = TypeOf<typeof CustomResourceColumnDefinition>;

export const ConversionServiceReference = message(
  "io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1.ServiceReference",
  webhookServiceFields,
  { doc: "A Service that is called." },
);
export type ConversionServiceReference = TypeOf<typeof ConversionServiceReference>;

export const ConversionWebhookClientConfig = message(
  "io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1.WebhookClientConfig",
  {
    service: field(1, ConversionServiceReference, "A Service in the cluster; or `url`."),
    ...webhookPlaceFields,
  },
  { doc: "How to call a webhook: at a URL or through a Service." },
);
export type ConversionWebhookClientConfig = TypeOf<typeof ConversionWebhookClientConfig>;

export const WebhookConversion = message(
  "io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1.WebhookConversion",
  {
    clientConfig: field(2, ConversionWebhookClientConfig, "Where the webhook is, and how it is trusted."),
    conversionReviewVersions: field(
      3,
      list(string()).atomic(),
      "Versions of ConversionReview that it understands, best first.",
    ).required(),
  },
  { doc: "Who converts objects." },
);
export type WebhookConversion = TypeOf<typeof WebhookConversion>;

export const CustomResourceConversion = message(
  "io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1.CustomResourceConversion",
  {
    strategy: field(
      1,
      string().silentDefault("None"),
      "`None` (the default): only apiVersion changes; or `Webhook`.",
    ).required(),
    webhook: field(2, WebhookConversion, "Who is asked, for the strategy `Webhook`."),
  },
  { doc: "How objects get from one version to another." },
);
export type CustomResourceConversion = TypeOf<typeof CustomResourceConversion>;

export const CustomResourceDefinitionCondition = message(
  "io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1.CustomResourceDefinitionCondition",
  {
    ...conditionFields,
    observedGeneration: field(6, int64(), "The generation that the condition speaks of."),
  },
  { doc: "One thing that is true or not of the object now, and since when." },
);
export type CustomResourceDefinitionCondition = TypeOf<typeof CustomResourceDefinitionCondition>;

export const CustomResourceDefinitionNames = message(
  "io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1.CustomResourceDefinitionNames",
  {
    plural: field(1, string(), "The plural, in small letters: it stands in paths.").required(),
    singular: field(2, string(), "The singular. Default: the kind in small letters."),
    shortNames: field(3, list(string()).atomic(), "Shorter names for people, such as `po`."),
    kind: field(4, string(), "The kind, in CamelCase.").required(),
    listKind: field(5, string(), "The kind of lists. Default: the kind with `List` behind it."),
    categories: field(6, list(string()).atomic(), "Groups it is part of, such as `all` for `kubectl get all`."),
  },
  { doc: "What a resource is called." },
);
export type CustomResourceDefinitionNames = TypeOf<typeof CustomResourceDefinitionNames>;

export const CustomResourceValidation = message(
  "io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1.CustomResourceValidation",
  { openAPIV3Schema: field(1, JSONSchemaProps, "The schema; it must be structural.") },
  { doc: "What objects look like." },
);
export type CustomResourceValidation = TypeOf<typeof CustomResourceValidation>;

export const SelectableField = message(
  "io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1.SelectableField",
  {
    jsonPath: field(
      1,
      string(),
      "Where it is, such as `.spec.color`. No lists on the way; the value is a text, number or boolean.",
    ).required(),
  },
  { doc: "A field that lists and watches can select by." },
);
export type SelectableField = TypeOf<typeof SelectableField>;

export const CustomResourceSubresourceScale = message(
  "io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1.CustomResourceSubresourceScale",
  {
    specReplicasPath: field(1, string(), "Where below `.spec` the wanted number stands.").required(),
    statusReplicasPath: field(2, string(), "Where below `.status` the number there is stands.").required(),
    labelSelectorPath: field(
      3,
      string(),
      "Where below `.status` or `.spec` the selector of the pods stands as text. Autoscalers need it.",
    ).keepEmpty(),
  },
  { doc: "How objects are scaled." },
);
export type CustomResourceSubresourceScale = TypeOf<typeof CustomResourceSubresourceScale>;

export const CustomResourceSubresourceStatus = message(
  "io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1.CustomResourceSubresourceStatus",
  {},
  {
    doc: "Being there, it gives objects the subresource `status`: each of the two paths then changes only its own part.",
  },
);
export type CustomResourceSubresourceStatus = TypeOf<typeof CustomResourceSubresourceStatus>;

export const CustomResourceSubresources = message(
  "io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1.CustomResourceSubresources",
  {
    status: field(1, CustomResourceSubresourceStatus, "Lets controllers write the status apart from the rest."),
    scale: field(2, CustomResourceSubresourceScale, "Makes them scalable."),
  },
  { doc: "Which subresources objects have." },
);
export type CustomResourceSubresources = TypeOf<typeof CustomResourceSubresources>;

export const CustomResourceDefinitionVersion = message(
  "io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1.CustomResourceDefinitionVersion",
  {
    name: field(1, string(), "Such as `v1` or `v2beta1`.").required(),
    served: field(2, bool(), "Whether it is served.").required(),
    storage: field(3, bool(), "Whether objects are stored in it.").required(),
    schema: field(4, CustomResourceValidation, "What objects look like."),
    subresources: field(5, CustomResourceSubresources, "Which subresources objects have."),
    additionalPrinterColumns: field(
      6,
      list(CustomResourceColumnDefinition).atomic(),
      "Columns of tables. Nothing said: the age.",
    ),
    deprecated: field(7, bool(), "True: clients that use it are warned."),
    deprecationWarning: field(8, string(), "What they are told, instead of the usual text.").keepEmpty(),
    selectableFields: field(
      9,
      list(SelectableField).atomic(),
      "Fields that lists and watches can select by. At most 8.",
    ),
  },
  { doc: "One version of a resource." },
);
export type CustomResourceDefinitionVersion = TypeOf<typeof CustomResourceDefinitionVersion>;

export const CustomResourceDefinitionSpec = message(
  "io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1.CustomResourceDefinitionSpec",
  {
    group: field(1, string(), "The API group. The definition's name is the plural, a dot and this.").required(),
    names: field(3, CustomResourceDefinitionNames, "What it is called.").required(),
    scope: field(4, string(), "`Namespaced` or `Cluster`. Cannot be changed.").required(),
    versions: field(
      7,
      list(CustomResourceDefinitionVersion).atomic(),
      "Its versions, of which exactly one is stored.",
    ).required(),
    conversion: field(9, CustomResourceConversion, "How objects get from one version to another.").filled(),
    preserveUnknownFields: field(10, bool(), "Out of use; must be false. Fields without a schema are dropped."),
  },
  { doc: "What a resource is called and what its objects look like." },
);
export type CustomResourceDefinitionSpec = TypeOf<typeof CustomResourceDefinitionSpec>;

export const CustomResourceDefinitionStatus = message(
  "io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1.CustomResourceDefinitionStatus",
  {
    conditions: field(
      1,
      list(CustomResourceDefinitionCondition).mapKey("type"),
      "States such as `Established`, `NamesAccepted` and `Terminating`.",
    ).orNull(),
    acceptedNames: field(
      2,
      CustomResourceDefinitionNames,
      "The names it is served by; others may have had some before.",
    ).always(),
    storedVersions: field(
      3,
      list(string()).atomic(),
      "Versions that objects may be stored in; none of these can be taken out of the spec.",
    ).orNull(),
    observedGeneration: field(4, int64(), "The generation that was looked at."),
  },
  { doc: "Whether a resource is served." },
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
    spec: field(
      2,
      CustomResourceDefinitionSpec,
      "What the resource is called and what its objects look like.",
    ).required(),
    status: field(3, CustomResourceDefinitionStatus, "Whether it is served, and by which names.").always(),
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
  prepareForUpdate: (draft, _previous, { subresource }) =>
    subresource === "status" ? fillStoredVersions(draft) : noteStorageVersion(draft),
  plainFinalizers: true,
  validate: validateDefinition,
  warnings: definitionWarnings,
});
export type CustomResourceDefinition = ObjectOf<typeof CustomResourceDefinition>;
