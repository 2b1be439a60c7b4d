/**
 * Image names as pods write them: `nginx` is `docker.io/library/nginx:latest`.
 *
 * Worked example: `reg.io:5000/team/app@sha256:…` has the registry `reg.io:5000`, the path `team/app` and a digest, so
 * no tag is added.
 */
export interface ImageReference {
  /** Host and port, `docker.io` where none is written. */
  readonly registry: string;
  /** Without registry; `library/` added where Docker Hub needs it. */
  readonly path: string;
  readonly tag?: string;
  readonly digest?: string;
}

const REFERENCE =
  /^(?:((?:[a-zA-Z0-9](?:[a-zA-Z0-9-]*[a-zA-Z0-9])?)(?:\.[a-zA-Z0-9](?:[a-zA-Z0-9-]*[a-zA-Z0-9])?)*(?::[0-9]+)?|\[[0-9a-fA-F:]+\](?::[0-9]+)?)\/)?([a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*(?:\/[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*)*)(?::([\w][\w.-]{0,127}))?(?:@([A-Za-z][A-Za-z0-9]*(?:[-_+.][A-Za-z][A-Za-z0-9]*)*:[0-9a-fA-F]{32,}))?$/;

/** Undefined where the text is no image name. */
export function parseImage(text: string): ImageReference | undefined {
  const match = REFERENCE.exec(text);
  if (!match) return undefined;
  let registry = match[1];
  let path = match[2]!;
  // A first part without dot, port and `localhost` is part of the path.
  if (registry !== undefined && !/[.:]/.test(registry) && registry !== "localhost") {
    if (registry !== registry.toLowerCase()) return undefined;
    path = `${registry}/${path}`;
    registry = undefined;
  }
  if (registry === undefined || registry === "index.docker.io") registry = "docker.io";
  if (registry === "docker.io" && !path.includes("/")) path = `library/${path}`;
  return { registry, path, tag: match[3], digest: match[4] };
}

/** The name with `:latest` where it has neither tag nor digest; undefined where it is no name. */
export function withTag(text: string): string | undefined {
  const reference = parseImage(text);
  if (!reference) return undefined;
  return reference.tag || reference.digest ? text : `${text}:latest`;
}

/** What the API gives a container that names no policy. */
export function defaultPullPolicy(image: string): "Always" | "IfNotPresent" {
  const reference = parseImage(image);
  return !reference?.digest && (reference?.tag ?? "latest") === "latest" ? "Always" : "IfNotPresent";
}
