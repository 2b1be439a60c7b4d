/** A cluster in a browser tab: no server at all. The page shows its pods and offers it as `window.tiphys`. */
import { browserClock, browserKeys, browserRandom } from "../../adapters/browser/platform.ts";
import { Deployment, Pod } from "../../src/api/index.ts";
import type { Client } from "../../src/client/index.ts";
import { assemble } from "../library/cluster.ts";

declare global {
  interface Window {
    tiphys: { client: Client; Deployment: typeof Deployment; Pod: typeof Pod };
  }
}

const status = document.querySelector("#status")!;
const table = document.querySelector("#pods")!;

const began = performance.now();
const { client } = await assemble({ clock: browserClock, random: browserRandom, keys: await browserKeys(), nodes: 3 });
window.tiphys = { client, Deployment, Pod };
status.textContent = `a cluster of 3 nodes is running in this tab, ready after ${Math.round(performance.now() - began)} ms`;

/** Keeps the table as the cluster is. */
async function show(): Promise<void> {
  const rows = new Map<string, HTMLTableRowElement>();
  const list = await client.list(Pod);
  const draw = (type: string, pod: Pod): void => {
    const key = `${pod.metadata.namespace}/${pod.metadata.name}`;
    const row = rows.get(key) ?? document.createElement("tr");
    if (type === "DELETED") return void (row.remove(), rows.delete(key));
    const ready = pod.status.conditions?.some((condition) => condition.type === "Ready" && condition.status === "True");
    const cells = [key, ready ? "Ready" : (pod.status.phase ?? "Pending"), pod.spec.nodeName ?? ""];
    row.replaceChildren(...cells.map((text) => Object.assign(document.createElement("td"), { textContent: text })));
    row.dataset["phase"] = ready ? "Ready" : pod.status.phase;
    if (!rows.has(key)) table.append(row);
    rows.set(key, row);
    return undefined;
  };
  for (const pod of list.items) draw("ADDED", pod);
  for await (const events of client.watch(Pod, { resourceVersion: list.metadata.resourceVersion })) {
    for (const { type, object } of events) draw(type, object);
  }
}

document.querySelector("form")!.addEventListener("submit", (submitted) => {
  submitted.preventDefault();
  const fields = new FormData(submitted.target as HTMLFormElement);
  const name = String(fields.get("name"));
  const labels = { app: name };
  const containers = [{ name: "main", image: String(fields.get("image")) }];
  client
    .create(Deployment, {
      metadata: { name, namespace: "default" },
      spec: {
        replicas: Number(fields.get("replicas")),
        selector: { matchLabels: labels },
        template: { metadata: { labels }, spec: { containers } },
      },
    })
    .catch((error: unknown) => {
      status.textContent = String(error);
    });
});

await show();
