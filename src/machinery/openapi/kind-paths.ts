/** The paths of a kind and their operations, told from the kind alone. */
import type { Kind, Subresource } from "../kind.ts";
import { listSchema } from "../define-kind.ts";
import { DeleteOptions } from "../meta/options.ts";
import { Status } from "../meta/status.ts";
import { WatchEvent } from "../meta/watch-event.ts";
import type { GroupVersionKind } from "./definitions.ts";
import { JSON_YAML, PROTOBUF, capitalized, groupName, rootOf } from "./operation.ts";
import type { Operation, Parameter, Path } from "./operation.ts";
import {
  DELETING,
  LISTING,
  NAMESPACE,
  PATCHING,
  PATH,
  PRETTY,
  SELECTION,
  WRITING,
  inPath,
  queryOf,
} from "./parameters.ts";

const STREAMS = ["application/json;stream=watch", `${PROTOBUF};stream=watch`];
const PATCHES = ["application/json-patch+json", "application/merge-patch+json"];

/** Finds the kind that a subresource speaks. */
export type FindKind = (wanted: GroupVersionKind) => Kind | undefined;

/** All paths of a kind that has an endpoint. */
export function pathsOf(kind: Kind, find: FindKind): Path[] {
  return new KindPaths(kind, find).all();
}

/** The words that differ between cluster-scoped and namespaced kinds, said once. */
class KindPaths {
  private readonly kind: Kind;
  private readonly find: FindKind;
  private readonly version: string;
  private readonly tag: string;
  private readonly scope: string;
  private readonly base: string;
  private readonly scoped: readonly Parameter[];
  private readonly types: readonly string[];

  constructor(kind: Kind, find: FindKind) {
    this.kind = kind;
    this.find = find;
    const group = groupName(kind.group);
    const namespaced = kind.scope === "Namespaced";
    this.version = capitalized(group) + capitalized(kind.version);
    this.tag = `${group}_${kind.version}`;
    this.scope = namespaced ? "Namespaced" : "";
    this.base = `${namespaced ? "/namespaces/{namespace}" : ""}/${kind.names.plural}`;
    this.scoped = namespaced ? [NAMESPACE] : [];
    this.types = kind.schema.custom === true ? JSON_YAML : [...JSON_YAML, PROTOBUF];
  }

  all(): Path[] {
    const { kind } = this;
    const root = rootOf(kind);
    const item = `${this.base}/{name}`;
    const paths: Path[] = [
      { path: root + this.base, operations: this.collection() },
      { path: root + item, operations: this.item() },
    ];
    if (this.scope !== "" && kind.verbs.includes("list")) {
      const id = `list${this.version}${kind.kind}ForAllNamespaces`;
      paths.push({ path: `${root}/${kind.names.plural}`, operations: [this.list(id, [], " in all namespaces")] });
    }
    for (const [name, sub] of Object.entries(kind.subresources))
      paths.push(...this.subresource(root + item, name, sub));
    // Watching by a path of its own is an old way, which is told of the server's own kinds alone.
    if (kind.verbs.includes("watch") && kind.schema.custom !== true) paths.push(...this.watches(root, item));
    return paths.filter(({ operations }) => operations.length > 0);
  }

  private operation(part: Partial<Operation> & Pick<Operation, "method" | "id" | "action" | "doc">): Operation {
    const { group, version, kind } = this.kind;
    return {
      tag: this.tag,
      kind: { group, version, kind },
      parameters: [],
      consumes: this.kind.schema.custom === true ? JSON_YAML : ["*/*"],
      produces: this.types,
      codes: [200],
      answer: this.kind.schema,
      ...part,
    };
  }

  private list(id: string, scoped: readonly Parameter[], where = this.where()): Operation {
    const streams = this.kind.schema.custom === true ? [] : STREAMS;
    const parameters = [...scoped, ...PRETTY, ...LISTING];
    const produces = [...this.types, ...streams];
    const answer = listSchema(this.kind);
    const doc = `Lists the objects of the kind ${this.kind.kind}${where}, or watches them.`;
    return this.operation({ method: "get", id, doc, action: "list", parameters, produces, answer });
  }

  private where(): string {
    return this.scope === "" ? "" : " in a namespace";
  }

  /** What an operation on one object is about: the object itself, or a part of it. */
  private one(part = ""): string {
    const object = `the ${this.kind.kind} of this name`;
    return part === "" ? object : `\`${part}\` of ${object}`;
  }

  private collection(): Operation[] {
    const { verbs, kind } = this.kind;
    const shared = [...this.scoped, ...PRETTY];
    const operations: Operation[] = [];
    if (verbs.includes("list")) operations.push(this.list(`list${this.version}${this.scope}${kind}`, this.scoped));
    if (verbs.includes("create"))
      operations.push(
        this.create(
          `create${this.version}${this.scope}${kind}`,
          this.kind,
          shared,
          `Creates an object of the kind ${kind}.`,
        ),
      );
    if (verbs.includes("deletecollection")) {
      operations.push(
        this.operation({
          method: "delete",
          id: `delete${this.version}Collection${this.scope}${kind}`,
          doc: `Deletes all objects of the kind ${kind}${this.where()} that are selected.`,
          action: "deletecollection",
          parameters: [...shared, ...SELECTION, ...DELETING],
          body: { schema: DeleteOptions, required: false },
          answer: Status,
        }),
      );
    }
    return operations;
  }

  private create(id: string, spoken: Kind, shared: readonly Parameter[], doc: string): Operation {
    return this.operation({
      method: "post",
      id,
      doc,
      action: "post",
      kind: { group: spoken.group, version: spoken.version, kind: spoken.kind },
      parameters: [...shared, ...WRITING],
      body: { schema: spoken.schema, required: true },
      codes: [200, 201, 202],
      answer: spoken.schema,
    });
  }

  private item(): Operation[] {
    const operations = this.readAndWrite(this.kind, this.kind.verbs, "");
    if (!this.kind.verbs.includes("delete")) return operations;
    const deletion = this.operation({
      method: "delete",
      id: `delete${this.version}${this.scope}${this.kind.kind}`,
      doc: `Deletes ${this.one()}.`,
      action: "delete",
      parameters: [...this.named(), ...PRETTY, ...DELETING],
      body: { schema: DeleteOptions, required: false },
      codes: [200, 202],
      answer: this.kind.returnsDeleted === true ? this.kind.schema : Status,
    });
    return [...operations, deletion];
  }

  private named(): Parameter[] {
    return [...this.scoped, inPath("name", `The name of the ${this.kind.kind}.`)];
  }

  /** get, put and patch of an object or a subresource. */
  private readAndWrite(spoken: Kind, verbs: readonly string[], part: string): Operation[] {
    const name = `${this.version}${this.scope}${this.kind.kind}${capitalized(part)}`;
    const one = this.one(part);
    const shared = [...this.named(), ...PRETTY];
    const kind = { group: spoken.group, version: spoken.version, kind: spoken.kind };
    const common = { kind, answer: spoken.schema };
    const operations: Operation[] = [];
    if (verbs.includes("get")) {
      operations.push(
        this.operation({
          ...common,
          method: "get",
          id: `read${name}`,
          doc: `Reads ${one}.`,
          action: "get",
          parameters: shared,
        }),
      );
    }
    const written = { ...common, codes: [200, 201] };
    if (verbs.includes("update")) {
      const body = { schema: spoken.schema, required: true };
      const parameters = [...shared, ...WRITING];
      operations.push(
        this.operation({
          ...written,
          method: "put",
          id: `replace${name}`,
          doc: `Replaces ${one}.`,
          action: "put",
          parameters,
          body,
        }),
      );
    }
    if (verbs.includes("patch")) {
      const strategic = spoken.schema.custom === true ? [] : ["application/strategic-merge-patch+json"];
      operations.push(
        this.operation({
          ...written,
          method: "patch",
          id: `patch${name}`,
          doc: `Changes some fields of ${one}, or applies a configuration to it.`,
          action: "patch",
          parameters: [...shared, ...PATCHING],
          body: { schema: "Patch", required: true },
          consumes: [...PATCHES, ...strategic, "application/apply-patch+yaml"],
        }),
      );
    }
    return operations;
  }

  private subresource(item: string, name: string, sub: Subresource): Path[] {
    const path = `${item}/${name}`;
    const suffix = capitalized(name);
    const spoken = sub.speaks === undefined ? this.kind : this.find(sub.speaks);
    if (spoken === undefined) return [];
    if (spoken.kind.endsWith("Options")) return this.connect(path, suffix, spoken, sub.verbs);
    if (name === "log") return [{ path, operations: [this.log(suffix)] }];
    const operations = this.readAndWrite(spoken, sub.verbs, name);
    if (sub.verbs.includes("create")) {
      const id = `create${this.version}${this.scope}${this.kind.kind}${suffix}`;
      operations.push(this.create(id, spoken, [...this.named(), ...PRETTY], `Creates ${this.one(name)}.`));
    }
    return [{ path, operations }];
  }

  private log(suffix: string): Operation {
    const options = this.find({ group: "", version: "v1", kind: "PodLogOptions" });
    return this.operation({
      method: "get",
      id: `read${this.version}${this.scope}${this.kind.kind}${suffix}`,
      doc: "Reads what a container of the Pod of this name has written.",
      action: "get",
      parameters: [...this.named(), ...PRETTY, ...(options === undefined ? [] : queryOf(options.schema))],
      produces: ["text/plain", ...this.types],
      answer: "string",
    });
  }

  /** Streams: each method the subresource takes; a proxy takes any, and a path behind it. */
  private connect(path: string, suffix: string, options: Kind, verbs: readonly string[]): Path[] {
    const proxy = verbs.includes("delete");
    const methods = proxy ? ["get", "put", "post", "delete", "options", "head", "patch"] : ["get", "post"];
    const { group, version, kind } = options;
    const operations = (end: string, more: readonly Parameter[]): Operation[] =>
      methods.map((method) =>
        this.operation({
          method,
          id: `connect${this.version}${capitalized(method)}${this.scope}${this.kind.kind}${suffix}${end}`,
          doc: `Connects ${method.toUpperCase()} requests to ${this.one(suffix.toLowerCase())}.`,
          action: "connect",
          kind: { group, version, kind },
          parameters: [...this.named(), ...queryOf(options.schema), ...more],
          consumes: ["*/*"],
          produces: ["*/*"],
          answer: "string",
        }),
      );
    const plain = { path, operations: operations("", []) };
    return proxy ? [plain, { path: `${path}/{path}`, operations: operations("WithPath", [PATH]) }] : [plain];
  }

  private watches(root: string, item: string): Path[] {
    const { kind } = this.kind;
    const watch = (path: string, id: string, action: string, scoped: readonly Parameter[]): Path => {
      const streams = this.kind.schema.custom === true ? [] : STREAMS;
      const parameters = [...scoped, ...PRETTY, ...LISTING];
      const produces = [...this.types, ...streams];
      const what = action === "watch" ? this.one() : `objects of the kind ${kind}`;
      const doc = `Watches ${what}. Deprecated: lists do so with the parameter \`watch\`.`;
      const operation = this.operation({ method: "get", id, doc, action, parameters, produces, answer: WatchEvent });
      return { path: `${root}/watch${path}`, operations: [operation] };
    };
    const name = `watch${this.version}${this.scope}${kind}`;
    const paths = [watch(this.base, `${name}List`, "watchlist", this.scoped), watch(item, name, "watch", this.named())];
    if (this.scope === "") return paths;
    const all = `watch${this.version}${kind}ListForAllNamespaces`;
    return [...paths, watch(`/${this.kind.names.plural}`, all, "watchlist", [])];
  }
}
