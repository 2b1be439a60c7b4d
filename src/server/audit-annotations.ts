/**
 * What admission notes of one request for whoever audits: policies' annotations, failures that a binding only wants noted,
 * what webhooks say beside their verdict. A request that writes carries them into the revision's record; of one that
 * does not, the log tells them with the request's Audit-Id.
 */
import { byteLength, cutBytes } from "../machinery/go-text.ts";
import { isQualifiedName } from "../machinery/names.ts";

/** Upstream's longest value of a policy's annotation, in bytes. */
const LONGEST_VALUE = 10 * 1024;
const MOST = 100;
/** Bytes that all of them have in a revision's record, beside the notes of whoever wrote it. */
const LONGEST_IN_RECORD = 2 * 1024;

export class AuditAnnotations {
  readonly #values = new Map<string, string>();

  /** The first value of a key stays. A key that is none, `prefix/name`, is left out, as upstream does. */
  add(key: string, value: string): void {
    if (this.#values.has(key) || this.#values.size >= MOST) return;
    if (!key.includes("/") || isQualifiedName(key).length > 0) return;
    this.#values.set(key, cutBytes(value, LONGEST_VALUE));
  }

  all(): Readonly<Record<string, string>> {
    return Object.fromEntries(this.#values);
  }

  /** Cut to what a record has room for. */
  forRecord(): Readonly<Record<string, string>> {
    let left = LONGEST_IN_RECORD;
    const kept: Record<string, string> = {};
    for (const [key, value] of this.#values) {
      left -= byteLength(key);
      if (left <= 0) break;
      kept[key] = cutBytes(value, left);
      left -= byteLength(kept[key]);
    }
    return kept;
  }
}
