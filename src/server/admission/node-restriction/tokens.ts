/** Tokens of service accounts: a kubelet asks for a pod of its own, and for whom the pod's volumes say. */
import type { TokenRequest } from "../../../api/authentication/index.ts";
import type { Pod } from "../../../api/core/index.ts";
import { notFound, unknownError } from "../../../machinery/errors.ts";
import { aggregated, quote } from "../../../machinery/go-text.ts";
import type { Store } from "../../../store/store.ts";
import type { NodeRequest } from "./node-restriction.ts";
import { podNamed } from "./pods.ts";

export async function checkToken(request: NodeRequest): Promise<void> {
  const { operation, subresource, namespace, object, node, store, refuse } = request;
  if (operation !== "CREATE" || subresource !== "token") return;
  const { spec } = object as unknown as Partial<TokenRequest>;
  const { apiVersion, kind, name, uid } = spec?.boundObjectRef ?? {};
  if (apiVersion !== "v1" || kind !== "Pod" || !name) return refuse("node requested token not bound to a pod");
  if (!uid) refuse("node requested token with a pod binding without a uid");
  const pod = podNamed(store, namespace, name);
  if (uid !== pod.metadata.uid) {
    const why = `the UID in the bound object reference (${uid}) does not match the UID in record.`;
    refuse(`${why} The object might have been deleted and then recreated`);
  }
  if (pod.spec.nodeName !== node) refuse("node requested token bound to a pod scheduled on a different node");
  const audiences = spec?.audiences ?? [];
  if (audiences.length > 1) refuse("node may only request 0 or 1 audiences");
  await checkAudience(request, pod, audiences[0] ?? "");
}

async function checkAudience(request: NodeRequest, pod: Pod, audience: string): Promise<void> {
  const { store, authorizer, user, namespace = "", name, refuse } = request;
  if (isWanted(store, pod, audience)) return;
  const verb = "request-serviceaccounts-token-audience";
  const asked = { user, verb, group: "", version: "v1", resource: audience, namespace, name };
  if ((await authorizer.authorize(asked)).verdict === "allow") return;
  const why = `${user.username} is not authorized to request tokens for this audience`;
  refuse(`audience ${quote(audience)} not found in pod spec volume, ${why}`);
}

/** Whether a volume of the pod brings such a token, or one of its CSI drivers wants one. Throws where none does and not all can be found. */
function isWanted(store: Store, pod: Pod, audience: string): boolean {
  const errors: string[] = [];
  for (const volume of pod.spec.volumes ?? []) {
    const projected = volume.projected?.sources ?? [];
    if (projected.some(({ serviceAccountToken: token }) => token && (token.audience ?? "") === audience)) return true;
    try {
      const driver = driverOf(store, pod, volume);
      if (driver && audiencesOf(store, driver).includes(audience)) return true;
    } catch (error) {
      errors.push((error as Error).message);
    }
  }
  if (errors.length > 0) throw unknownError(`error validating audience ${quote(audience)}: ${aggregated(errors)}`);
  return false;
}

type Volume = NonNullable<Pod["spec"]["volumes"]>[number];

/** The CSI driver of a volume, or of the one its claim is bound to. */
function driverOf(store: Store, { metadata }: Pod, volume: Volume): string | undefined {
  const { ephemeral, persistentVolumeClaim, csi } = volume;
  const claim = ephemeral?.volumeClaimTemplate ? `${metadata.name}-${volume.name}` : persistentVolumeClaim?.claimName;
  if (claim === undefined) return csi?.driver;
  const key = `/core/persistentvolumeclaims/${metadata.namespace}/${claim}`;
  const { spec } = objectAt<{ volumeName?: string }>(store, key, "persistentvolumeclaim", claim);
  const name = spec?.volumeName ?? "";
  if (name === "") return undefined;
  return objectAt<{ csi?: { driver: string } }>(store, `/core/persistentvolumes/${name}`, "persistentvolume", name).spec
    ?.csi?.driver;
}

function audiencesOf(store: Store, driver: string): string[] {
  const key = `/storage.k8s.io/csidrivers/${driver}`;
  type Spec = { tokenRequests?: readonly { audience: string }[] };
  const { spec } = objectAt<Spec>(store, key, "csidriver", driver, "storage.k8s.io");
  return (spec?.tokenRequests ?? []).map(({ audience }) => audience);
}

function objectAt<Spec>(store: Store, key: string, resource: string, name: string, group = ""): { spec?: Spec } {
  const found = store.head(key)?.object as { spec?: Spec } | undefined;
  if (found === undefined) throw notFound({ group, resource }, name);
  return found;
}
