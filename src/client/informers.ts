/** One informer for each kind and selector, shared by all who ask; a kind's objects are in memory once. */
import type { Kind, KubeObject } from "../machinery/kind.ts";
import type { Informer, InformerOptions, Informers } from "./client.ts";
import { ListWatchInformer } from "./informer.ts";
import type { InformerPorts } from "./informer.ts";

/** As {@link Informers}, with what the controller runtime needs besides. */
export interface SharedInformers extends Informers {
  of<T extends KubeObject>(kind: Kind<T>, options?: InformerOptions<T>): SharedInformer<T>;
  /** Stops one and forgets it, such as when its CustomResourceDefinition is gone. */
  drop(kind: Kind): void;
}

export interface SharedInformer<T extends KubeObject> extends Informer<T> {
  readonly size: number;
  until(reached: () => boolean): Promise<void>;
}

export function createInformers(ports: InformerPorts): SharedInformers {
  return new InformerSet(ports);
}

class InformerSet implements SharedInformers {
  private readonly ports: InformerPorts;
  private readonly informers = new Map<string, ListWatchInformer<KubeObject>>();

  constructor(ports: InformerPorts) {
    this.ports = ports;
  }

  of<T extends KubeObject>(kind: Kind<T>, options: InformerOptions<T> = {}): SharedInformer<T> {
    const key = keyOfInformer(kind, options);
    let informer = this.informers.get(key) as ListWatchInformer<T> | undefined;
    if (informer === undefined) {
      informer = new ListWatchInformer<T>(kind, options, this.ports);
      this.informers.set(key, informer as unknown as ListWatchInformer<KubeObject>);
      informer.start();
    } else if (options.indices !== undefined) {
      informer.addIndices(options.indices);
    }
    return informer;
  }

  drop(kind: Kind): void {
    const key = keyOfInformer(kind, {});
    this.informers.get(key)?.stop();
    this.informers.delete(key);
  }

  async synced(): Promise<void> {
    await Promise.all([...this.informers.values()].map((informer) => informer.synced));
  }

  stop(): void {
    for (const informer of this.informers.values()) informer.stop();
    this.informers.clear();
  }
}

function keyOfInformer(kind: Kind, { namespace, labelSelector, fieldSelector }: InformerOptions<never>): string {
  return [kind.group, kind.version, kind.names.plural, namespace, labelSelector, fieldSelector].join("|");
}
