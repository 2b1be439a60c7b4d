/** Rules on volumes that put several sources into one directory. */
import type { Path } from "../../machinery/field-errors.ts";
import { forbidden, invalid, notSupported, required } from "../../machinery/field-errors.ts";
import { checkLabelSelector } from "../label-selector.validation.ts";
import type { Errors } from "../rules.ts";
import { present } from "../rules.ts";
import { checkKeyToPath, checkLocalFreePath } from "./paths.validation.ts";
import { checkDownwardFile } from "./field-references.validation.ts";
import type {
  ClusterTrustBundleProjection,
  PodCertificateProjection,
  ProjectedVolumeSource,
  ServiceAccountTokenProjection,
  VolumeProjection,
} from "./projected-volume.ts";

/** Two sources may not write the same file. */
interface Files {
  readonly at: Path;
  readonly taken: Set<string>;
}

export function checkProjections(errors: Errors, at: Path, { sources }: ProjectedVolumeSource): void {
  const files: Files = { at, taken: new Set() };
  (sources ?? []).forEach((source, index) => checkProjection(errors, at.child("sources").index(index), source, files));
}

/** In upstream's order. A source that says nothing is none of its business. */
function checkProjection(errors: Errors, at: Path, source: VolumeProjection, files: Files): void {
  const { secret, configMap, downwardAPI, serviceAccountToken, clusterTrustBundle, podCertificate } = source;
  let count = 0;
  const here = (name: keyof VolumeProjection): Path => {
    count++;
    return at.child(name);
  };
  if (secret !== undefined) checkKeyed(errors, here("secret"), secret, files);
  if (configMap !== undefined) checkKeyed(errors, here("configMap"), configMap, files);
  if (downwardAPI !== undefined) {
    const place = here("downwardAPI");
    for (const file of downwardAPI.items ?? []) {
      // Upstream does not say which file it is.
      checkDownwardFile(errors, place, file);
      take(errors, files, file.path, file.path);
    }
  }
  if (serviceAccountToken !== undefined) {
    checkToken(errors, here("serviceAccountToken"), serviceAccountToken, files.at);
  }
  if (clusterTrustBundle !== undefined) {
    checkTrustBundle(errors, here("clusterTrustBundle"), clusterTrustBundle, files);
  }
  if (podCertificate !== undefined) checkCertificate(errors, here("podCertificate"), podCertificate, files);
  if (count > 1) errors.push(forbidden(at, "may not specify more than 1 volume type per source"));
}

type Keyed = NonNullable<VolumeProjection["secret"] | VolumeProjection["configMap"]>;

function checkKeyed(errors: Errors, at: Path, { name, items }: Keyed, files: Files): void {
  present(errors, at, "name", name);
  items?.forEach((item, index) => {
    checkKeyToPath(errors, at.child("items").index(index), item);
    take(errors, files, item.path, name);
  });
}

function take(errors: Errors, { at, taken }: Files, path: string, shown: string): void {
  if (path === "") return;
  if (taken.has(path)) errors.push(invalid(at, shown, "conflicting duplicate paths"));
  taken.add(path);
}

/** Upstream looks for the path in the volume, not in its source. */
function checkToken(
  errors: Errors,
  at: Path,
  { expirationSeconds, path }: ServiceAccountTokenProjection,
  volume: Path,
): void {
  if (expirationSeconds < 600) {
    const text = "may not specify a duration less than 10 minutes";
    errors.push(invalid(at.child("expirationSeconds"), expirationSeconds, text));
  }
  if (expirationSeconds > 2 ** 32) {
    const text = "may not specify a duration larger than 2^32 seconds";
    errors.push(invalid(at.child("expirationSeconds"), expirationSeconds, text));
  }
  if (path === "") errors.push(required(volume.child("path")));
  else checkLocalFreePath(errors, volume.child("path"), path);
}

function checkTrustBundle(errors: Errors, at: Path, source: ClusterTrustBundleProjection, files: Files): void {
  const { name = "", signerName = "", labelSelector, path } = source;
  if (signerName !== "" && name !== "") {
    errors.push(invalid(at, shown(source), "only one of name and signerName may be used"));
  } else if (signerName === "" && name === "") {
    errors.push(required(at, "either name or signerName must be specified"));
  }
  if (name !== "" && labelSelector !== undefined) {
    errors.push(invalid(at.child("labelSelector"), labelSelector, "labelSelector must be unset if name is specified"));
  }
  checkLabelSelector(errors, at.child("labelSelector"), labelSelector);
  present(errors, at, "path", path);
  checkLocalFreePath(errors, at.child("path"), path);
  take(errors, files, path, path);
}

/** As Go prints the struct. */
function shown({ name, signerName, labelSelector, optional, path }: ClusterTrustBundleProjection): object {
  return {
    Name: name ?? null,
    SignerName: signerName ?? null,
    LabelSelector: labelSelector ?? null,
    Optional: optional ?? null,
    Path: path,
  };
}

const KEY_TYPES = ["RSA3072", "RSA4096", "ECDSAP256", "ECDSAP384", "ECDSAP521", "ED25519"];
const HOUR = 3600;
const LONGEST = 91 * 24 * HOUR;

function checkCertificate(errors: Errors, at: Path, source: PodCertificateProjection, files: Files): void {
  const { signerName = "", keyType, maxExpirationSeconds } = source;
  const slash = signerName.indexOf("/");
  if (signerName === "") errors.push(required(at.child("signerName")));
  else if (slash < 0) {
    const text = "must be a fully qualified domain and path of the form 'example.com/signer-name'";
    errors.push(invalid(at.child("signerName"), signerName, text));
  }
  if (!KEY_TYPES.includes(keyType ?? "")) errors.push(notSupported(at.child("keyType"), keyType ?? "", KEY_TYPES));
  if (maxExpirationSeconds !== undefined) {
    if (maxExpirationSeconds < HOUR) {
      const text = "if provided, maxExpirationSeconds must be >= 3600";
      errors.push(invalid(at.child("maxExpirationSeconds"), maxExpirationSeconds, text));
    } else if (maxExpirationSeconds > LONGEST) {
      const text = `if provided, maxExpirationSeconds must be <= ${LONGEST}`;
      errors.push(invalid(at.child("maxExpirationSeconds"), maxExpirationSeconds, text));
    }
  }
  let paths = 0;
  for (const name of ["credentialBundlePath", "keyPath", "certificateChainPath"] as const) {
    const path = source[name] ?? "";
    if (path === "") continue;
    paths++;
    checkLocalFreePath(errors, at.child(name), path);
    take(errors, files, path, path);
  }
  if (paths === 0) {
    errors.push(required(at, "specify at least one of credentialBundlePath, keyPath, and certificateChainPath"));
  }
}
