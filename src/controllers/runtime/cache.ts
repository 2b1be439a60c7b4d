/** What a controller sees of the cluster: the informers' objects, and who owns whom. */
import type { SharedInformer, SharedInformers } from "../../client/informers.ts";
import type { Kind, KubeObject } from "../../machinery/kind.ts";
import { controllerOf } from "./owners.ts";

const BY_CONTROLLER = "controller";

/** Indices every informer of an owned kind has: the controller's uid, or the namespace's orphans. */
const indices = {
  [BY_CONTROLLER]: (object: KubeObject): readonly string[] => {
    const reference = controllerOf(object);
    return [reference === undefined ? `orphans/${object.metadata.namespace ?? ""}` : reference.uid];
  },
};

export class Cache {
  private readonly informers: SharedInformers;
  private readonly used = new Map<Kind, SharedInformer<KubeObject>>();

  constructor(informers: SharedInformers) {
    this.informers = informers;
  }

  /** The informer of a kind; started on first use, which belongs into the controller's start, not into a round. */
  of<T extends KubeObject>(kind: Kind<T>): SharedInformer<T> {
    let informer = this.used.get(kind as unknown as Kind) as SharedInformer<T> | undefined;
    if (informer === undefined) {
      informer = this.informers.of(kind);
      this.used.set(kind as unknown as Kind, informer as unknown as SharedInformer<KubeObject>);
    }
    return informer;
  }

  /** As {@link of}, with the index that `controlledBy` and `orphans` need. */
  ofOwned<T extends KubeObject>(kind: Kind<T>): SharedInformer<T> {
    const informer = this.informers.of(kind, { indices });
    this.used.set(kind as unknown as Kind, informer as unknown as SharedInformer<KubeObject>);
    return informer;
  }

  /** An index of the caller's own; `name` must be the same function for all who use it. */
  indexed<T extends KubeObject>(
    kind: Kind<T>,
    name: string,
    values: (object: T) => readonly string[],
  ): SharedInformer<T> {
    const informer = this.informers.of(kind, { indices: { [name]: values } });
    this.used.set(kind as unknown as Kind, informer as unknown as SharedInformer<KubeObject>);
    return informer;
  }

  /** The informer, if this controller looks at the kind at all. */
  known(kind: Kind): SharedInformer<KubeObject> | undefined {
    return this.used.get(kind);
  }

  get<T extends KubeObject>(kind: Kind<T>, name: string, namespace?: string): T | undefined {
    return this.of(kind).get(name, namespace);
  }

  controlledBy<T extends KubeObject>(kind: Kind<T>, owner: KubeObject): readonly T[] {
    return this.of(kind).byIndex(BY_CONTROLLER, owner.metadata.uid);
  }

  orphans<T extends KubeObject>(kind: Kind<T>, namespace: string | undefined): readonly T[] {
    return this.of(kind).byIndex(BY_CONTROLLER, `orphans/${namespace ?? ""}`);
  }

  /** What an owner may claim: what it controls, and what nobody does. */
  claimable<T extends KubeObject>(kind: Kind<T>, owner: KubeObject): readonly T[] {
    const orphans = this.orphans(kind, owner.metadata.namespace);
    const controlled = this.controlledBy(kind, owner);
    return orphans.length === 0 ? controlled : [...controlled, ...orphans];
  }

  async synced(): Promise<void> {
    await Promise.all([...this.used.values()].map((informer) => informer.synced));
  }
}
