/** Files of one volume that are written over each other, or where another one's directory should be. */
import { quote } from "../../machinery/go-text.ts";
import type { Volume } from "./volume.ts";

interface File {
  readonly path: string;
  /** What it comes from, where a volume puts several things together. */
  readonly from?: string;
}

type Source = NonNullable<NonNullable<Volume["projected"]>["sources"]>[number];

export function overlapWarnings(out: string[], { name, configMap, secret, downwardAPI, projected }: Volume): void {
  const warn = (kind: string, files: readonly File[]): void => {
    for (const text of overlaps(files)) out.push(`volume ${quote(name)} (${kind}): overlapping paths: ${text}`);
  };
  warn(`ConfigMap ${quote(configMap?.name ?? "")}`, configMap?.items ?? []);
  warn(`Secret ${quote(secret?.secretName ?? "")}`, secret?.items ?? []);
  warn("DownwardAPI", downwardAPI?.items ?? []);
  const sources = projected?.sources ?? [];
  for (const source of sources) {
    if (Object.keys(source).length === 0) out.push(`volume ${quote(name)} (Projected) has no sources provided`);
  }
  warn("Projected", sources.flatMap(filesOf));
}

function filesOf(source: Source): readonly File[] {
  const { configMap, secret, downwardAPI, serviceAccountToken, clusterTrustBundle, podCertificate } = source;
  const from = (text: string, items: readonly { readonly path: string }[] = []): File[] =>
    items.map(({ path }) => ({ path, from: text }));
  if (configMap?.items !== undefined) return from(`ConfigMap ${quote(configMap.name ?? "")}`, configMap.items);
  if (secret?.items !== undefined) return from(`Secret ${quote(secret.name ?? "")}`, secret.items);
  if (downwardAPI?.items !== undefined) return from("DownwardAPI", downwardAPI.items);
  if (serviceAccountToken !== undefined) return from("ServiceAccountToken", [serviceAccountToken]);
  if (clusterTrustBundle !== undefined) {
    const { name, signerName = "" } = clusterTrustBundle;
    return from(`ClusterTrustBundle ${quote(name ?? signerName)}`, [clusterTrustBundle]);
  }
  const { certificateChainPath = "", keyPath = "", credentialBundlePath = "" } = podCertificate ?? {};
  return [
    ...from("PodCertificate chain", [{ path: certificateChainPath }]),
    ...from("PodCertificate key", [{ path: keyPath }]),
    ...from("PodCertificate credential bundle", [{ path: credentialBundlePath }]),
  ];
}

/** Each file with all that were before it. */
function overlaps(files: readonly File[]): string[] {
  const placed = files
    .map(({ path, from }) => ({ path: path.replace(/\/+$/, ""), from }))
    .filter(({ path }) => path !== "");
  const within = (inner: string, outer: string): boolean => `${inner}/`.startsWith(`${outer}/`);
  return placed.flatMap((file, index) =>
    placed
      .slice(0, index)
      .filter(({ path }) => within(path, file.path) || within(file.path, path))
      .map((other) => `${shown(file)} with ${shown(other)}`),
  );
}

const shown = ({ path, from }: File): string => (from === undefined ? quote(path) : `${quote(path)} (${from})`);
