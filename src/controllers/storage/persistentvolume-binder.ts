/**
 * Brings claims and volumes together: each claim gets the volume it names or the best that is free. Where there is none,
 * whoever provisions its storage class is told to make one, or what is missing is told of the claim.
 *
 * A binding is written in four steps, of which each may be the last one before a crash: the volume names the claim, its
 * phase says so, the claim names the volume, its phase says so. A round does what is left of them.
 */
import { PersistentVolume, PersistentVolumeClaim, Pod } from "../../api/core/index.ts";
import { defaultClassOf } from "../../api/storage/default-class.ts";
import { StorageClass } from "../../api/storage/index.ts";
import type { KubeObject } from "../../machinery/kind.ts";
import type { Cache } from "../runtime/cache.ts";
import { defineController, right, tellsEvents, watch } from "../runtime/controller.ts";
import type { Changed, ObjectKey, Outcome, ReconcileContext } from "../runtime/controller.ts";
import { equivalent } from "../runtime/equivalent.ts";
import { normal, warning } from "../runtime/plan.ts";
import type { Told } from "../runtime/plan.ts";
import { claimsOf } from "../../api/core/claims-of.ts";
import {
  BIND_COMPLETED,
  BOUND_BY_CONTROLLER,
  PROVISIONERS,
  SELECTED_NODE,
  bestVolume,
  classOf,
  hasClass,
  isFor,
  unfit,
} from "../../api/core/volume-binding.ts";

/** A claim without a volume is looked at this often, and what it lacks told again, milliseconds. */
const LOOK_AGAIN = 15_000;

export const persistentVolumeBinder = defineController<PersistentVolumeClaim>({
  name: "persistentvolume-binder-controller",
  account: "persistent-volume-binder",
  component: "persistentvolume-controller",
  kind: PersistentVolumeClaim,
  watches: [
    watch(PersistentVolume, claimsOfVolume),
    watch(StorageClass, ({ object }, cache) =>
      unbound(cache, (claim) => !hasClass(claim) || classOf(claim) === object.metadata.name),
    ),
    watch(Pod, () => []),
  ],
  rbac: [
    right("get list update watch", "core", "persistentvolumes persistentvolumeclaims"),
    right("update", "core", "persistentvolumes/status persistentvolumeclaims/status"),
    right("get list watch", "core", "pods"),
    right("get list watch", "storage.k8s.io", "storageclasses"),
    tellsEvents,
  ],
  reconcile,
});

/** The one it names; of a volume that is free, all that wait. */
function* claimsOfVolume({ object, previous }: Changed<PersistentVolume>, cache: Cache): Iterable<string> {
  for (const state of [object, previous]) {
    const { namespace, name } = state?.spec.claimRef ?? {};
    if (name) yield `${namespace}/${name}`;
  }
  const { name } = object.metadata;
  const free = object.spec.claimRef === undefined;
  yield* unbound(cache, (claim) => claim.spec.volumeName === name || (free && classOf(claim) === classOf(object)));
}

function* unbound(cache: Cache, wanted: (claim: PersistentVolumeClaim) => boolean): Iterable<string> {
  for (const claim of cache.of(PersistentVolumeClaim).list()) {
    if (!isComplete(claim) && wanted(claim)) yield `${claim.metadata.namespace}/${claim.metadata.name}`;
  }
}

const isComplete = ({ metadata }: PersistentVolumeClaim): boolean => has(metadata, BIND_COMPLETED);
const has = ({ annotations }: KubeObject["metadata"], name: string): boolean => annotations?.[name] !== undefined;

async function reconcile({ name, namespace }: ObjectKey, context: ReconcileContext): Promise<Outcome | void> {
  const claim = context.cache.get(PersistentVolumeClaim, name, namespace);
  if (claim === undefined || claim.metadata.deletionTimestamp !== undefined) return;
  if (isComplete(claim)) return keep(claim, context);
  const told = claim.spec.volumeName ? await bindNamed(claim, context) : await bindBest(claim, context);
  if (told === undefined) return;
  context.events.event(claim, told.type, told.reason, told.message);
  await phase(claim, "Pending", context);
  return { recheckAt: context.now + LOOK_AGAIN };
}

/** A bound claim: its volume is there and its own, or its data is lost. */
async function keep(claim: PersistentVolumeClaim, context: ReconcileContext): Promise<void> {
  const { volumeName } = claim.spec;
  if (!volumeName) {
    return lose(
      claim,
      "ClaimLost",
      "Bound claim has lost reference to PersistentVolume. Data on the volume is lost!",
      context,
    );
  }
  const volume = context.cache.get(PersistentVolume, volumeName);
  if (volume === undefined) {
    return lose(claim, "ClaimLost", "Bound claim has lost its PersistentVolume. Data on the volume is lost!", context);
  }
  const { claimRef } = volume.spec;
  if (claimRef === undefined || claimRef.uid === claim.metadata.uid) return bind(claim, volume, context);
  const message = "Two claims are bound to the same volume, this one is bound incorrectly";
  return lose(claim, "ClaimMisbound", message, context);
}

async function lose(
  claim: PersistentVolumeClaim,
  reason: string,
  message: string,
  context: ReconcileContext,
): Promise<void> {
  if (claim.status.phase === "Lost") return;
  context.events.event(claim, "Warning", reason, message);
  await phase(claim, "Lost", context);
}

/** Its author has chosen the volume. */
async function bindNamed(claim: PersistentVolumeClaim, context: ReconcileContext): Promise<Told | undefined> {
  const volume = context.cache.get(PersistentVolume, claim.spec.volumeName!);
  // Its coming wakes the claim.
  if (volume === undefined) return undefined;
  if (volume.spec.claimRef !== undefined && !isFor(volume, claim)) {
    return warning("FailedBinding", `volume "${volume.metadata.name}" already bound to a different claim.`);
  }
  const why = unfit(volume, claim);
  if (why !== undefined && volume.spec.claimRef === undefined) {
    return warning("VolumeMismatch", `Cannot bind to requested volume "${volume.metadata.name}": ${why}`);
  }
  await bind(claim, volume, context);
  return undefined;
}

async function bindBest(claim: PersistentVolumeClaim, context: ReconcileContext): Promise<Told | undefined> {
  const { cache } = context;
  const name = classOf(claim);
  const kind = name === "" ? undefined : cache.get(StorageClass, name);
  const waits = kind?.volumeBindingMode === "WaitForFirstConsumer" && !has(claim.metadata, SELECTED_NODE);
  const volumes = cache.of(PersistentVolume).list();
  const volume = bestVolume(claim, waits ? [...volumes].filter((one) => isFor(one, claim)) : volumes);
  if (volume !== undefined) {
    await bind(claim, volume, context);
    return undefined;
  }
  if (!hasClass(claim) && (await takeDefault(claim, context))) return undefined;
  if (waits) return waitsFor(claim, cache);
  if (name === "") {
    return normal("FailedBinding", "no persistent volumes available for this claim and no storage class is set");
  }
  if (kind === undefined) return warning("ProvisioningFailed", `storageclass.storage.k8s.io "${name}" not found`);
  if (kind.provisioner.startsWith("kubernetes.io/")) {
    return warning("ProvisioningFailed", `no volume plugin matched name: ${kind.provisioner}`);
  }
  await ask(claim, kind.provisioner, context);
  return normal(
    "ExternalProvisioning",
    `Waiting for a volume to be created either by the external provisioner '${kind.provisioner}' or manually by the system ` +
      "administrator. If volume creation is delayed, please verify that the provisioner is running and correctly registered.",
  );
}

/** A class that was made the default after the claim came is its class too. */
async function takeDefault(claim: PersistentVolumeClaim, { cache, client }: ReconcileContext): Promise<boolean> {
  const found = defaultClassOf(cache.of(StorageClass).list());
  if (found === undefined) return false;
  const spec = { ...claim.spec, storageClassName: found.metadata.name };
  await client.update(PersistentVolumeClaim, { ...claim, spec });
  return true;
}

function waitsFor({ metadata }: PersistentVolumeClaim, cache: Cache): Told {
  const pods: string[] = [];
  for (const pod of cache.of(Pod).list(metadata.namespace)) {
    if (!pod.spec.nodeName && claimsOf(pod).includes(metadata.name)) pods.push(pod.metadata.name);
  }
  if (pods.length === 0) {
    return normal("WaitForFirstConsumer", "waiting for first consumer to be created before binding");
  }
  const who = `${pods.length === 1 ? "pod" : "pods"} ${pods.join(",")}`;
  return normal("WaitForPodScheduled", `waiting for ${who} to be scheduled`);
}

/** By this the provisioner knows that the claim is for it. */
async function ask(claim: PersistentVolumeClaim, provisioner: string, { client }: ReconcileContext): Promise<void> {
  if (PROVISIONERS.every((name) => claim.metadata.annotations?.[name] === provisioner)) return;
  const marks = Object.fromEntries(PROVISIONERS.map((name) => [name, provisioner]));
  await client.update(PersistentVolumeClaim, marked(claim, marks));
}

async function bind(claim: PersistentVolumeClaim, volume: PersistentVolume, context: ReconcileContext): Promise<void> {
  const { client } = context;
  const { namespace, name, uid, resourceVersion } = claim.metadata;
  const before = volume.spec.claimRef;
  if (before?.uid !== uid) {
    const claimRef = { kind: "PersistentVolumeClaim", apiVersion: "v1", namespace, name, uid, resourceVersion };
    const chosen = before === undefined ? marked(volume, { [BOUND_BY_CONTROLLER]: "yes" }) : volume;
    volume = await client.update(PersistentVolume, { ...chosen, spec: { ...volume.spec, claimRef } });
  }
  if (volume.status.phase !== "Bound") {
    const status = { ...volume.status, phase: "Bound" } as PersistentVolume["status"];
    await client.update(PersistentVolume, { ...volume, status }, { subresource: "status" });
  }
  if (claim.spec.volumeName !== volume.metadata.name || !isComplete(claim)) {
    const chosen: Record<string, string> = claim.spec.volumeName ? {} : { [BOUND_BY_CONTROLLER]: "yes" };
    const next = marked(claim, { ...chosen, [BIND_COMPLETED]: "yes" });
    const spec = { ...claim.spec, volumeName: volume.metadata.name };
    claim = await client.update(PersistentVolumeClaim, { ...next, spec });
  }
  await phase(claim, "Bound", context, volume);
}

/** Of a bound claim also what it got. */
async function phase(
  claim: PersistentVolumeClaim,
  to: "Pending" | "Bound" | "Lost",
  { client }: ReconcileContext,
  volume?: PersistentVolume,
): Promise<void> {
  const { accessModes: _, capacity: __, ...rest } = claim.status;
  const got =
    volume === undefined
      ? {}
      : {
          accessModes: volume.spec.accessModes,
          capacity:
            claim.status.phase === "Bound" && claim.status.capacity ? claim.status.capacity : volume.spec.capacity,
        };
  const status = { ...rest, phase: to, ...got } as PersistentVolumeClaim["status"];
  if (equivalent(status, claim.status)) return;
  await client.update(PersistentVolumeClaim, { ...claim, status }, { subresource: "status" });
}

function marked<T extends KubeObject>(object: T, marks: Readonly<Record<string, string>>): T {
  return { ...object, metadata: { ...object.metadata, annotations: { ...object.metadata.annotations, ...marks } } };
}
