/**
 * Which secrets a pod may use where its service account is annotated to say so: those that the account lists. What a pod uses
 * beyond them is told in upstream's words.
 */
import type { Container, EphemeralContainer, PodSpec, ServiceAccount } from "../../api/core/index.ts";

const ENFORCE = "kubernetes.io/enforce-mountable-secrets";
/** What Go reads as true. */
const TRUE: readonly (string | undefined)[] = ["1", "t", "T", "true", "TRUE", "True"];

export const isLimited = ({ metadata }: ServiceAccount): boolean => TRUE.includes(metadata.annotations?.[ENFORCE]);

/** The first that is not allowed; undefined where all are. */
export function unlistedSecret(spec: PodSpec, account: ServiceAccount): string | undefined {
  const listed = listedBy(account);
  const refusal = refusalBy(account);
  for (const { secret } of spec.volumes ?? []) {
    const { secretName = "" } = secret ?? {};
    if (secret !== undefined && !listed.has(secretName)) return refusal("volume with", secretName);
  }
  const found =
    ofContainers("init container", spec.initContainers, account) ?? ofContainers("container", spec.containers, account);
  if (found !== undefined) return found;
  const pulled = new Set(account.imagePullSecrets?.map(({ name }) => name));
  const index = (spec.imagePullSecrets ?? []).findIndex(({ name }) => !pulled.has(name));
  if (index < 0) return undefined;
  const { name = "" } = spec.imagePullSecrets![index]!;
  const reason = `is not allowed because service account ${account.metadata.name} does not reference that imagePullSecret`;
  return `imagePullSecrets[${index}].name="${name}" ${reason}`;
}

/** The same of the containers that are added to a pod that runs. */
export function unlistedEphemeralSecret(spec: PodSpec, account: ServiceAccount): string | undefined {
  return ofContainers("ephemeral container", spec.ephemeralContainers, account);
}

function ofContainers(
  what: string,
  containers: readonly (Container | EphemeralContainer)[] = [],
  account: ServiceAccount,
): string | undefined {
  const listed = listedBy(account);
  const refusal = refusalBy(account);
  for (const { name, env, envFrom } of containers) {
    for (const { name: variable, valueFrom } of env ?? []) {
      const secret = valueFrom?.secretKeyRef;
      if (secret === undefined || listed.has(secret.name ?? "")) continue;
      return refusal(`${what} ${name} with envVar ${variable} referencing`, secret.name ?? "");
    }
    for (const { secretRef } of envFrom ?? []) {
      if (secretRef === undefined || listed.has(secretRef.name ?? "")) continue;
      return refusal(`${what} ${name} with envFrom referencing`, secretRef.name ?? "");
    }
  }
  return undefined;
}

const listedBy = ({ secrets }: ServiceAccount): ReadonlySet<string | undefined> =>
  new Set(secrets?.map(({ name }) => name));

const refusalBy =
  ({ metadata }: ServiceAccount) =>
  (who: string, secret: string): string =>
    `${who} secret.secretName="${secret}" is not allowed because service account ${metadata.name} does not reference that secret`;
