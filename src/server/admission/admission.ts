import type { UserInfo } from "../../machinery/door.ts";
import type { Draft, Kind, KubeObject } from "../../machinery/kind.ts";
import type { Reinvocation } from "./reinvocation.ts";

/**
 * One admission plugin. First all `admit`s in order (they may change the draft), then all `validate`s (they may not).
 * A plugin refuses by throwing a StatusError; `forbidden` in most cases.
 */
export interface AdmissionPlugin {
  readonly name: string;
  /** Cheap test, so that a request only meets the plugins it concerns. */
  handles(attributes: AdmissionAttributes): boolean;
  admit?(attributes: AdmissionAttributes): void | Promise<void>;
  validate?(attributes: AdmissionAttributes): void | Promise<void>;
}

export interface AdmissionAttributes {
  readonly operation: "CREATE" | "UPDATE" | "DELETE" | "CONNECT";
  readonly kind: Kind;
  readonly group: string;
  readonly version: string;
  readonly resource: string;
  readonly subresource?: string | undefined;
  readonly namespace?: string | undefined;
  /** Empty while a generated name is not made yet. */
  readonly name: string;
  /** The new object, still private to this request; undefined for DELETE. */
  readonly object: Draft<KubeObject> | undefined;
  /** The object before; undefined for CREATE. */
  readonly previous: KubeObject | undefined;
  readonly user: UserInfo;
  readonly dryRun: boolean;
  /** The options object of the verb (CreateOptions, …) as the client gave it. */
  readonly options?: unknown;
  /** Adds a `Warning: 299` to the answer. */
  warn(text: string): void;
  /** Notes something for whoever audits: `prefix/name` and a value. */
  annotate(key: string, value: string): void;
  /** Made by the first plugin that may want a second round. */
  reinvocation?: Reinvocation;
}

/** What a refusal calls the object: by what its name will begin with, where it is still to be made. */
export const toldName = ({ name, object }: Pick<AdmissionAttributes, "name" | "object">): string =>
  name || (object?.metadata.generateName ?? "");
