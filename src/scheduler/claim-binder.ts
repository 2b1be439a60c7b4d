/**
 * Gets the claims of a pod bound on the node that was found for it, before the pod itself is: a volume that is there is
 * given to its claim, a provisioner hears of the node by the claim, and the controller of volumes does the rest.
 */
import { claimsOf } from "../api/core/claims-of.ts";
import { PersistentVolume, PersistentVolumeClaim } from "../api/core/index.ts";
import type { Pod } from "../api/core/index.ts";
import { BOUND_BY_CONTROLLER, SELECTED_NODE } from "../api/core/volume-binding.ts";
import type { Client } from "../client/index.ts";
import type { Clock } from "../machinery/clock.ts";
import type { NodeState } from "./node-state.ts";
import { isBound } from "./volumes.ts";
import type { Choice, OpenClaim, Volumes } from "./volumes.ts";

/** Then another node is looked for, milliseconds. */
const LONGEST = 600_000;

export class ClaimBinder {
  readonly #volumes: Volumes;
  readonly #client: Client;
  readonly #clock: Clock;
  readonly #waiting = new Set<() => void>();

  constructor(volumes: Volumes, client: Client, clock: Clock) {
    this.#volumes = volumes;
    this.#client = client;
    this.#clock = clock;
  }

  /** A claim is another than before. */
  changed(): void {
    for (const look of this.#waiting) look();
  }

  /** Promises the pod its volumes at once; resolves when they are bound. Undefined where there is nothing to wait for. */
  bind({ metadata, spec }: Pod, { name, node }: NodeState): Promise<void> | undefined {
    const keys = spec.volumes === undefined ? [] : claimsOf({ metadata, spec } as Pod);
    const open = keys
      .map((key) => `${metadata.namespace}/${key}`)
      .flatMap((key): OpenClaim[] => {
        const claim = this.#volumes.claims.get(key);
        const waits = claim === undefined || isBound(claim) ? undefined : this.#volumes.open(claim);
        return waits === undefined ? [] : [waits];
      });
    if (open.length === 0) return undefined;
    const choices = this.#volumes.choose(open, node) ?? [];
    this.#volumes.promise(choices);
    return this.#carryOut(choices, name).finally(() => this.#volumes.release(choices));
  }

  async #carryOut(choices: readonly Choice[], node: string): Promise<void> {
    await Promise.all(choices.map((choice) => this.#ask(choice, node)));
    await this.#until(() => choices.every((choice) => this.#isDone(choice)));
  }

  async #ask({ claim, volume }: Choice, node: string): Promise<void> {
    const { namespace, name, uid, resourceVersion } = claim.metadata;
    if (volume === undefined) {
      const body = { metadata: { uid, annotations: { [SELECTED_NODE]: node } } };
      await this.#client.patch(PersistentVolumeClaim, name, namespace, { type: "merge", body });
      return;
    }
    const claimRef = { kind: "PersistentVolumeClaim", apiVersion: "v1", namespace, name, uid, resourceVersion };
    const annotations = { ...volume.metadata.annotations, [BOUND_BY_CONTROLLER]: "yes" };
    const metadata = { ...volume.metadata, annotations };
    await this.#client.update(PersistentVolume, { ...volume, metadata, spec: { ...volume.spec, claimRef } });
  }

  /** Throws where the claim will not be bound on this node. */
  #isDone({ claim }: Choice): boolean {
    const { namespace, name, uid } = claim.metadata;
    const now = this.#volumes.claims.get(`${namespace}/${name}`);
    if (now?.metadata.uid !== uid) throw new Error(`persistentvolumeclaim "${name}" is gone`);
    return isBound(now);
  }

  #until(done: () => boolean): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const look = (): void => {
      try {
        if (done()) resolve();
      } catch (error) {
        reject(error);
      }
    };
    const cancel = this.#clock.after(LONGEST, () => reject(new Error("context deadline exceeded")));
    this.#waiting.add(look);
    look();
    return promise.finally(() => {
      cancel();
      this.#waiting.delete(look);
    });
  }
}
