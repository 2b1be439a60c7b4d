/**
 * Which key of the store is which key of the database: upstream's layout, so that others can read the database and a
 * reference API server can take it over.
 *
 * Worked example: `/core/pods/default/web` is `/registry/pods/default/web`, `/apps/deployments/…` is
 * `/registry/deployments/…`, and custom resources lie below their group: `/registry/example.com/widgets/…`.
 */
export interface KeyLayout {
  /** All keys of the database begin with it; ends in a slash. */
  readonly prefix: string;
  toDatabase(key: string): string;
  /** Undefined for keys that hold no object of ours, such as those a reference server keeps for itself. */
  fromDatabase(key: string): string | undefined;
}

/** What all keys begin with where nothing else is said. */
export const REGISTRY = "/registry";

/** Places that do not follow from the resource's name. */
const SPECIAL: Readonly<Record<string, string>> = {
  "core/replicationcontrollers": "controllers",
  "core/endpoints": "services/endpoints",
  "core/nodes": "minions",
  "core/services": "services/specs",
  "networking.k8s.io/ingresses": "ingress",
};
/** Built-in groups whose resources lie below the group nevertheless: they began as custom ones. */
const BELOW_GROUP = new Set(["apiextensions.k8s.io", "apiregistration.k8s.io"]);
/** A group of ours that has no dot: what the server keeps beside its objects. */
const OWN_GROUP = "tiphys";

/** `builtin`: where the built-in kinds are stored, as `Kind.storage`. */
export function registryLayout(
  builtin: Iterable<{ readonly group: string; readonly resource: string }>,
  prefix = REGISTRY,
): KeyLayout {
  const places = new Map<string, string>();
  const resources = new Map<string, string>();
  for (const { group, resource } of builtin) {
    if (BELOW_GROUP.has(group)) continue;
    const name = `${group}/${resource}`;
    const place = SPECIAL[name] ?? resource;
    const other = resources.get(place);
    if (other !== undefined && other !== name) throw new Error(`${name} and ${other} would both be stored at ${place}`);
    places.set(name, place);
    resources.set(place, name);
  }
  return {
    prefix: `${prefix}/`,
    toDatabase(key) {
      const end = key.indexOf("/", key.indexOf("/", 1) + 1);
      const place = places.get(key.slice(1, end));
      return place === undefined ? prefix + key : `${prefix}/${place}${key.slice(end)}`;
    },
    fromDatabase(key) {
      if (!key.startsWith(`${prefix}/`)) return undefined;
      const rest = key.slice(prefix.length);
      const first = rest.indexOf("/", 1);
      if (first === -1) return undefined;
      const head = rest.slice(1, first);
      if (head.includes(".") || head === OWN_GROUP) return rest;
      const second = rest.indexOf("/", first + 1);
      const two = second === -1 ? undefined : resources.get(rest.slice(1, second));
      if (two !== undefined) return `/${two}${rest.slice(second)}`;
      const one = resources.get(head);
      return one === undefined ? undefined : `/${one}${rest.slice(first)}`;
    },
  };
}
