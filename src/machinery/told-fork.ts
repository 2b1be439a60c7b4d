/**
 * A fork of a running cluster as `/tiphys/v1/forks` tells it: a cluster of its own, in memory, that began with everything the other one
 * had and goes its own way.
 */
export interface ToldFork {
  readonly name: string;
  /** Where its API server listens. Whoever may do something in the cluster may do it there, with the same credentials. */
  readonly server: string;
  /** The revision at which it left the cluster. */
  readonly revision: number;
  /** When, RFC 3339. */
  readonly created: string;
  /** What runs in it: of kube-controller-manager, kube-scheduler and kubelet (simulated nodes). */
  readonly components: readonly string[];
}

export interface ForkList {
  readonly kind: "ForkList";
  readonly apiVersion: "tiphys/v1";
  readonly items: readonly ToldFork[];
}

/** The body of a POST: what shall run in the fork. */
export interface ForkRequest {
  readonly name: string;
  /** Default: all. */
  readonly components?: readonly string[];
  /** Which controllers: as upstream's `--controllers`; default: all. */
  readonly controllers?: readonly string[];
}

/** What a reset did: the answer to `POST /tiphys/v1/reset`. */
export interface ToldReset {
  readonly kind: "Reset";
  readonly apiVersion: "tiphys/v1";
  /** Whose state it took. */
  readonly to: number;
  /** The newest revision afterwards. */
  readonly revision: number;
  /** The one before: a reset to it undoes this one. */
  readonly before: number;
  readonly objects: number;
}
