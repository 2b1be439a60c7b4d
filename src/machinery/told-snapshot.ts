/**
 * A snapshot of a cluster as `GET /tiphys/v1/snapshot` sends it: JSON, a line each. First what it is, then an object a line in the
 * order of their keys, last that it is complete.
 *
 *     {"kind":"Snapshot","apiVersion":"tiphys/v1","revision":231,"time":"…","cluster":"…","version":"v1.36.0","objects":120}
 *     {"key":"/core/pods/default/web","object":{"kind":"Pod",…}}
 *     {"kind":"SnapshotEnd","objects":120}
 *
 * Files that `tiphys snapshot save` writes hold the same lines; those of the cluster's keys, if wanted, stand before the end.
 */
export interface SnapshotHead {
  readonly kind: "Snapshot";
  readonly apiVersion: "tiphys/v1";
  readonly revision: number;
  /** When it was taken, RFC 3339. */
  readonly time: string;
  /** The uid of the namespace kube-system, by which a cluster is commonly known; empty where there is none. */
  readonly cluster: string;
  /** The Kubernetes that took it. */
  readonly version: string;
  readonly objects: number;
}

export interface SnapshotObject {
  /** As in the store: `/<group>/<resource>/<namespace>/<name>`. */
  readonly key: string;
  readonly object: object;
}

/** A file of the cluster's keys. */
export interface SnapshotKeyFile {
  /** Such as `ca.key`. */
  readonly file: string;
  readonly text: string;
}

export interface SnapshotEnd {
  readonly kind: "SnapshotEnd";
  readonly objects: number;
}

export type SnapshotLine = SnapshotHead | SnapshotObject | SnapshotKeyFile | SnapshotEnd;
