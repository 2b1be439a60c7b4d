/** Rules on VolumeAttachments. */
import type { FieldError, Path } from "../../machinery/field-errors.ts";
import { forbidden, immutable, invalid, path, required, tooLong } from "../../machinery/field-errors.ts";
import { byteLength } from "../../machinery/go-text.ts";
import { isDNS1123Subdomain } from "../../machinery/names.ts";
import type { MessageSchema } from "../../machinery/schema/schema.ts";
import { checkVolumeSpec } from "../core/persistent-volume.validation.ts";
import { checkCSIDriverName } from "../core/volume-sources.validation.ts";
import { goStruct } from "../go-struct.ts";
import type { Errors } from "../rules.ts";
import { add, same } from "../rules.ts";
import { VolumeAttachmentSpec } from "./volume-attachment.ts";
import type { VolumeAttachmentSource, VolumeAttachmentStatus, VolumeError } from "./volume-attachment.ts";

interface AttachmentParts {
  readonly spec: VolumeAttachmentSpec;
  readonly status: VolumeAttachmentStatus;
}

const SPEC = path("spec");
const METADATA_SIZE = 256 * 1024;
const MESSAGE_LIMIT = 1024;

export function validateVolumeAttachment({ spec, status }: AttachmentParts): FieldError[] {
  const errors: Errors = [];
  checkCSIDriverName(errors, SPEC.child("attacher"), spec.attacher);
  checkSource(errors, SPEC.child("source"), spec.source);
  add(errors, SPEC.child("nodeName"), spec.nodeName, isDNS1123Subdomain(spec.nodeName));
  checkMetadata(errors, path("status", "attachmentMetadata"), status.attachmentMetadata ?? {});
  for (const name of ["attachError", "detachError"] as const) {
    if (status[name] !== undefined) checkError(errors, path("status", name), status[name]);
  }
  const { persistentVolumeName: name } = spec.source;
  if (name !== undefined) add(errors, SPEC.child("source", "persistentVolumeName"), name, isDNS1123Subdomain(name));
  return errors;
}

function checkError(errors: Errors, at: Path, { message = "", errorCode = 0 }: VolumeError): void {
  // Upstream tells another limit than it holds the message to.
  if (byteLength(message) > MESSAGE_LIMIT) errors.push(tooLong(at.child("message"), METADATA_SIZE));
  if (errorCode < 0) {
    errors.push(invalid(at.child("errorCode"), errorCode, "must be between 0 and 2147483647, inclusive"));
  }
}

function checkSource(errors: Errors, at: Path, source: VolumeAttachmentSource): void {
  const { persistentVolumeName: name, inlineVolumeSpec: inline } = source;
  const text = "must specify exactly one of inlineVolumeSpec and persistentVolumeName";
  if (name === undefined && inline === undefined) errors.push(required(at, text));
  else if (name !== undefined && inline !== undefined) errors.push(forbidden(at, text));
  else if (name === "") {
    errors.push(required(at.child("persistentVolumeName"), "must specify non empty persistentVolumeName"));
  } else if (inline !== undefined) checkVolumeSpec(errors, at.child("inlineVolumeSpec"), inline);
}

function checkMetadata(errors: Errors, at: Path, metadata: Readonly<Record<string, string>>): void {
  let size = 0;
  for (const key in metadata) size += byteLength(key) + byteLength(metadata[key]!);
  if (size > METADATA_SIZE) errors.push(tooLong(at, METADATA_SIZE));
}

export function validateVolumeAttachmentUpdate({ spec }: AttachmentParts, before: AttachmentParts): FieldError[] {
  if (same(spec, before.spec)) return [];
  return [immutable(SPEC, goStruct(VolumeAttachmentSpec as MessageSchema, spec))];
}
