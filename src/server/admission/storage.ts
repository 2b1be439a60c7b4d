/** Storage objects: finalizers that keep what is in use, and the default storage class. */
import type { PersistentVolumeClaim } from "../../api/core/index.ts";
import { defaultClassOf } from "../../api/storage/default-class.ts";
import type { StorageClass } from "../../api/storage/index.ts";
import { forbidden, resourceText } from "../../machinery/errors.ts";
import type { Draft } from "../../machinery/kind.ts";
import { compareQuantity } from "../../machinery/quantity.ts";
import type { Store } from "../../store/store.ts";
import type { AdmissionAttributes, AdmissionPlugin } from "./admission.ts";

const FINALIZERS: Readonly<Record<string, string>> = {
  persistentvolumeclaims: "kubernetes.io/pvc-protection",
  persistentvolumes: "kubernetes.io/pv-protection",
};

const creates = ({ operation, group, subresource }: AdmissionAttributes): boolean =>
  operation === "CREATE" && group === "" && !subresource;

/** A claim, volume or class is not gone while it is used: its finalizer is there from the start. */
export const storageObjectInUseProtection: AdmissionPlugin = {
  name: "StorageObjectInUseProtection",
  handles: (attributes) =>
    attributes.operation === "CREATE" && !attributes.subresource && resourceText(attributes) in FINALIZERS,
  admit({ object, ...attributes }) {
    const finalizer = FINALIZERS[resourceText(attributes)]!;
    const { metadata } = object!;
    if (!metadata.finalizers?.includes(finalizer)) (metadata.finalizers ??= []).push(finalizer);
  },
};

const CLASSES = "/storage.k8s.io/storageclasses/";

/** A claim without a class gets the default one; of several defaults the newest. */
export function defaultStorageClass(store: Store): AdmissionPlugin {
  return {
    name: "DefaultStorageClass",
    handles: (attributes) => creates(attributes) && attributes.resource === "persistentvolumeclaims",
    admit({ object }) {
      const claim = object as unknown as Draft<PersistentVolumeClaim>;
      if (claim.spec.storageClassName !== undefined) return;
      if (claim.metadata.annotations?.["volume.beta.kubernetes.io/storage-class"] !== undefined) return;
      const found = newestDefault(store);
      if (found) claim.spec.storageClassName = found.metadata.name;
    },
  };
}

function newestDefault(store: Store): StorageClass | undefined {
  return defaultClassOf([...store.snapshot().range(CLASSES)].map(({ object }) => object as StorageClass));
}

/** A bound claim grows only where its class says that its volumes can. */
export function persistentVolumeClaimResize(store: Store): AdmissionPlugin {
  return {
    name: "PersistentVolumeClaimResize",
    handles: ({ operation, group, resource, subresource }) =>
      operation === "UPDATE" && group === "" && resource === "persistentvolumeclaims" && !subresource,
    validate({ object, previous, name, group, resource }) {
      const next = object as unknown as PersistentVolumeClaim;
      const before = previous as unknown as PersistentVolumeClaim;
      const from = before.spec.resources?.requests?.["storage"];
      const to = next.spec.resources?.requests?.["storage"];
      if (from === undefined || to === undefined || compareQuantity(to, from) <= 0) return;
      const refuse = (why: string): never => {
        throw forbidden({ group, resource }, name, why);
      };
      if (before.status?.phase !== "Bound") refuse("Only bound persistent volume claims can be expanded");
      const className = next.spec.storageClassName;
      const found = className ? (store.head(CLASSES + className)?.object as StorageClass | undefined) : undefined;
      if (!found?.allowVolumeExpansion) {
        refuse(
          "only dynamically provisioned pvc can be resized and the storageclass that provisions the pvc must support resize",
        );
      }
    },
  };
}
