/**
 * Objects as upstream keeps them in etcd with JSON storage: the whole object with its type in front, without the revision,
 * and a newline. What a reference server wrote as protobuf is read, too.
 */
import { fromJson, toJson } from "../../machinery/exact-json.ts";
import type { Draft, Kind, KubeObject } from "../../machinery/kind.ts";
import { apiVersionOf } from "../../machinery/scheme.ts";
import type { Scheme } from "../../machinery/scheme.ts";
import { decodeObjectMessage } from "../../machinery/schema/kind-codec.ts";
import { openEnvelope } from "../../machinery/schema/protobuf-envelope.ts";
import { refuseEncrypted } from "../../store/encryption/transformer.ts";
import type { SharedCodec } from "../../store/shared-entry.ts";

const encoder = new TextEncoder();
const decoder = new TextDecoder();
/** The first byte of `k8s…`: no JSON begins with it. */
const K = 0x6b;

export function sharedCodec(scheme: Scheme): SharedCodec {
  return {
    encode: (object) => encoder.encode(jsonOf(object as KubeObject)),
    decode(bytes, key, revision) {
      refuseEncrypted(bytes, key);
      try {
        const object = inStorageVersion(scheme, key, parse(scheme, bytes));
        stamp(object, revision);
        return object;
      } catch (error) {
        throw new Error(`what the database has at ${key} cannot be read: ${(error as Error).message}`, {
          cause: error,
        });
      }
    },
    stamp: (object, revision) => stamp(object as Draft<KubeObject>, revision),
  };
}

function jsonOf({ apiVersion, kind, metadata, ...rest }: KubeObject): string {
  return `${toJson({ kind, apiVersion, metadata: { ...metadata, resourceVersion: undefined }, ...rest })}\n`;
}

/** What has no kind (see the node ports) is of this server only and has no revision. */
function stamp(object: Draft<KubeObject>, revision: number): void {
  if (object.kind !== undefined) object.metadata.resourceVersion = String(revision);
}

function parse(scheme: Scheme, bytes: Uint8Array): Draft<KubeObject> {
  if (bytes[0] !== K) return fromJson(decoder.decode(bytes)) as Draft<KubeObject>;
  const { apiVersion, kind: name, raw } = openEnvelope(bytes);
  const kind = scheme.byApiVersion(apiVersion, name);
  if (kind === undefined) throw new Error(`no kind ${name} is known in ${apiVersion}`);
  return decodeObjectMessage(kind, raw);
}

/** Others may store another version of the same kind. */
function inStorageVersion(scheme: Scheme, key: string, object: Draft<KubeObject>): Draft<KubeObject> {
  const [, group, resource] = key.split("/");
  const stored = scheme.stored({ group: group!, resource: resource! });
  // Custom resources are converted when they are read, some of them by a webhook.
  if (stored === undefined || stored.schema.custom || object.apiVersion === undefined) return object;
  const wanted = apiVersionOf(stored);
  if (object.apiVersion === wanted) return object;
  const kind: Kind | undefined = scheme.byApiVersion(object.apiVersion, object.kind);
  if (kind?.convert !== undefined) return kind.convert.toStorage(object);
  object.apiVersion = wanted;
  object.kind = stored.kind;
  return object;
}
