/** Which secrets a persistent volume needs on the node that mounts it. */

interface SecretReference {
  readonly name?: string;
  readonly namespace?: string;
}

interface WithSecret {
  readonly secretRef?: SecretReference;
}

const WITH_SECRETS = ["cephfs", "cinder", "flexVolume", "iscsi", "rbd", "scaleIO", "storageos"] as const;

/** As much of a persistent volume as matters here. */
export interface ClaimedVolume {
  readonly spec?: Readonly<Partial<Record<(typeof WITH_SECRETS)[number], WithSecret>>> & {
    readonly claimRef?: SecretReference;
    readonly azureFile?: { readonly secretName?: string; readonly secretNamespace?: string };
    readonly csi?: Readonly<
      Partial<Record<"nodePublishSecretRef" | "nodeStageSecretRef" | "nodeExpandSecretRef", SecretReference>>
    >;
  };
}

/** A reference that says no namespace means the claim's. */
export function hasSecret({ spec = {} }: ClaimedVolume, namespace: string, name: string): boolean {
  const { azureFile, csi, claimRef } = spec;
  const named: readonly (SecretReference | undefined)[] = [
    azureFile && { name: azureFile.secretName ?? "", namespace: azureFile.secretNamespace ?? "" },
    ...WITH_SECRETS.map((kind) => spec[kind]?.secretRef),
    csi?.nodePublishSecretRef,
    csi?.nodeStageSecretRef,
    csi?.nodeExpandSecretRef,
  ];
  return named.some((each) => each?.name === name && (each.namespace || claimRef?.namespace) === namespace);
}
