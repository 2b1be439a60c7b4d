/**
 * A part of an object as upstream shows it in errors: its internal types have no JSON names, so fields come under
 * their Go names, all of them, empty or not. Only ever asked for when something is wrong.
 */
import { compareText } from "../machinery/go-text.ts";
import type { Field, MessageSchema, Schema } from "../machinery/schema/schema.ts";
import { GO_ORDER } from "./go-order.ts";

const WORDS: Readonly<Record<string, string>> = {
  api: "API",
  aws: "AWS",
  cel: "CEL",
  cephfs: "CephFS",
  cidr: "CIDR",
  cidrs: "CIDRs",
  csi: "CSI",
  dns: "DNS",
  fc: "FC",
  fs: "FS",
  gce: "GCE",
  gmsa: "GMSA",
  grpc: "GRPC",
  http: "HTTP",
  id: "ID",
  ip: "IP",
  iqn: "IQN",
  iscsi: "ISCSI",
  nfs: "NFS",
  os: "OS",
  pd: "PD",
  rbd: "RBD",
  se: "SE",
  ssl: "SSL",
  storageos: "StorageOS",
  tcp: "TCP",
  tty: "TTY",
  uid: "UID",
  url: "URL",
  wwids: "WWIDs",
};

const META = "io.k8s.apimachinery.pkg.apis.meta.";
/** Fields of a PodSpec that in Go are part of its security context. */
const IN_SECURITY_CONTEXT = ["hostNetwork", "hostPID", "hostIPC", "shareProcessNamespace", "hostUsers"];

/** What JSON of the Go struct would be; `undefined` is a nil pointer. */
export function goStruct(schema: MessageSchema, value: unknown): unknown {
  if (value === undefined || value === null) return null;
  if (schema.name.startsWith(META)) return inJson(schema, value as Fields);
  const short = schema.name.slice(schema.name.lastIndexOf(".") + 1);
  if (short === "PodSpec") return goPodSpec(schema, value as Fields);
  return goFields(short, schema.fields, value as Fields);
}

/** A part that has JSON names in Go, too: what is there, in the order of the fields. */
function inJson(schema: MessageSchema, value: Fields): Fields {
  const names = Object.keys(schema.fields).filter((name) => value[name] !== undefined);
  return Object.fromEntries(names.map((name) => [name, schemaValue(schema.fields[name]!.schema, value[name])]));
}

type Fields = Readonly<Record<string, unknown>>;
type FieldSchemas = Readonly<Record<string, Field>>;

function goFields(type: string, schemas: FieldSchemas, value: Fields): Fields {
  const order = GO_ORDER[type === "EphemeralContainer" ? "Container" : type]?.split(" ") ?? [];
  const names = [...order, ...Object.keys(schemas).filter((name) => !order.includes(name))];
  return Object.fromEntries(
    names.flatMap((name) => {
      const field = schemas[name];
      return field === undefined ? [] : [[goName(name), fieldValue(field, value[name])]];
    }),
  );
}

/** In Go a pod shares its node's namespaces by its security context, and has one name for its service account. */
function goPodSpec(schema: MessageSchema, value: Fields): Fields {
  const moved = Object.fromEntries(IN_SECURITY_CONTEXT.map((name) => [name, schema.fields[name]!]));
  const own = Object.fromEntries(
    Object.entries(schema.fields).filter(([name]) => name !== "serviceAccount" && !(name in moved)),
  );
  const context = own["securityContext"]!.schema as MessageSchema;
  const given = IN_SECURITY_CONTEXT.filter((name) => value[name] !== undefined);
  if (value["securityContext"] === undefined && given.length === 0) return goFields("PodSpec", own, value);
  const securityContext = {
    ...(value["securityContext"] as Fields | undefined),
    ...Object.fromEntries(given.map((name) => [name, value[name]])),
  };
  const shown = goFields("PodSecurityContext", { ...moved, ...context.fields }, securityContext);
  return { ...goFields("PodSpec", own, value), SecurityContext: shown };
}

/** The sources of a PersistentVolumeSpec, which in Go are a struct of their own. */
export function goSources(schema: MessageSchema, value: Fields): Fields {
  const sources = Object.entries(schema.fields).filter(([, { within }]) => within !== undefined);
  return goFields("PersistentVolumeSpec", Object.fromEntries(sources), value);
}

/** `apiGroup` becomes `APIGroup`, `minAvailable` `MinAvailable`. */
function goName(name: string): string {
  return name
    .split(/(?=[A-Z])/)
    .map((word, index) => WORDS[word.toLowerCase()] ?? (index === 0 ? word[0]!.toUpperCase() + word.slice(1) : word))
    .join("");
}

function fieldValue(field: Field, value: unknown): unknown {
  if (value !== undefined && value !== null) return schemaValue(field.schema, value);
  if (field.always === true && field.nullable !== true && field.schema.form === "message") {
    return goStruct(field.schema, {});
  }
  // Kept when empty means a pointer in Go.
  if (field.keepEmpty === true) return null;
  switch (field.schema.form) {
    case "string":
      return "";
    case "bool":
      return false;
    case "int32":
    case "int64":
    case "double":
      return 0;
    default:
      return null;
  }
}

function schemaValue(schema: Schema, value: unknown): unknown {
  if (schema.form === "message") return goStruct(schema, value);
  if (schema.form === "list") return (value as readonly unknown[]).map((item) => schemaValue(schema.item, item));
  if (schema.form !== "map") return value;
  return Object.fromEntries(
    Object.entries(value as object)
      .toSorted(([a], [b]) => compareText(a, b))
      .map(([key, item]) => [key, schemaValue(schema.value, item)]),
  );
}
