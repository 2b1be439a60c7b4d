/**
 * OpenAPI documents. They follow from the kinds and are large, so each is made when first asked for, and kept until the
 * kinds change.
 */
import type { ApiResponse } from "../../machinery/door.ts";
import { openApiV2, openApiV3, openApiV3Names } from "../../machinery/openapi/documents.ts";
import { sha256Hex } from "../../machinery/sha256.ts";
import type { Scheme } from "../../machinery/scheme.ts";
import type { Aggregation } from "../aggregation/aggregation.ts";
import { mergedOpenApi } from "../aggregation/documents.ts";
import { proxied } from "../aggregation/proxy.ts";
import { encodeText } from "../encoding/json.ts";
import type { Exchange } from "../exchange.ts";
import type { Parts } from "../parts.ts";
import { pageNotFound, respond } from "../respond.ts";

interface Document {
  readonly bytes: Uint8Array;
  readonly hash: string;
}

export class OpenApi {
  readonly #scheme: Scheme;
  readonly #aggregation: Aggregation;
  #generation = -1;
  #aggregated = -1;
  readonly #documents = new Map<string, Document | undefined>();

  constructor(scheme: Scheme, aggregation: Aggregation) {
    this.#scheme = scheme;
    this.#aggregation = aggregation;
  }

  install({ routes }: Parts): void {
    routes.path("/openapi/v2", (exchange) =>
      this.#answer(exchange, "v2", () =>
        mergedOpenApi(openApiV2(this.#scheme.kinds()), this.#aggregation.extensions()),
      ),
    );
    routes.path("/openapi/v3", () => this.#index());
    routes.path("/openapi/v3/", () => this.#index());
    routes.tree("/openapi/v3/", (exchange) => this.#document(exchange));
  }

  #index(): ApiResponse {
    const paths: Record<string, { serverRelativeURL: string }> = {};
    for (const name of openApiV3Names(this.#scheme.kinds())) {
      const document = this.#v3(name);
      if (document !== undefined) paths[name] = { serverRelativeURL: `/openapi/v3/${name}?hash=${document.hash}` };
    }
    for (const { name, openApiV3 } of this.#aggregation.extensions()) {
      if (openApiV3 !== undefined) paths[`apis/${name}`] = { serverRelativeURL: openApiV3 };
    }
    const bytes = encodeText(JSON.stringify({ paths }));
    return respond(200, "text/plain; charset=utf-8", { form: "bytes", bytes });
  }

  #document(exchange: Exchange): ApiResponse | Promise<ApiResponse> {
    const name = exchange.info.path.slice("/openapi/v3/".length).replace(/\/$/, "");
    const [root, group = "", version = ""] = name.split("/");
    const extension = root === "apis" ? this.#aggregation.extension(group, version) : undefined;
    if (extension !== undefined) return proxied(exchange, extension);
    return this.#answer(exchange, name, () => openApiV3(this.#scheme.kinds(), name));
  }

  #v3(name: string): Document | undefined {
    return this.#made(name, () => openApiV3(this.#scheme.kinds(), name));
  }

  #made(name: string, make: () => object | undefined): Document | undefined {
    if (this.#generation !== this.#scheme.generation || this.#aggregated !== this.#aggregation.generation) {
      this.#documents.clear();
      this.#generation = this.#scheme.generation;
      this.#aggregated = this.#aggregation.generation;
    }
    if (!this.#documents.has(name)) {
      const document = make();
      const bytes = document === undefined ? undefined : encodeText(JSON.stringify(document));
      // Names come from clients: only what exists is kept.
      if (bytes === undefined) return undefined;
      this.#documents.set(name, { bytes, hash: sha256Hex(bytes) });
    }
    return this.#documents.get(name);
  }

  #answer(exchange: Exchange, name: string, make: () => object | undefined): ApiResponse {
    const document = this.#made(name, make);
    if (document === undefined) return pageNotFound();
    const etag = `"${document.hash}"`;
    const headers = { etag, vary: "Accept" };
    if (exchange.request.headers["if-none-match"] === etag) return { status: 304, headers, body: { form: "none" } };
    const response = respond(200, "application/json", { form: "bytes", bytes: document.bytes });
    // A URL that names the hash never answers anything else.
    const isPinned = exchange.query.get("hash") === document.hash;
    return {
      ...response,
      headers: { ...response.headers, ...headers, ...(isPinned && { "cache-control": "public, immutable" }) },
    };
  }
}
