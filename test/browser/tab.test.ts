/** The core, bundled for a tab and run by a real browser: it takes a Deployment to three running pods. */
import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { createServer } from "node:http";
import type { Server } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { build } from "esbuild";
import { chromium } from "playwright-core";
import type { Browser } from "playwright-core";

const CHROMIUM = "/usr/bin/chromium";
const skip = existsSync(CHROMIUM) ? false : "no /usr/bin/chromium";
const page = join(import.meta.dirname, "../../apps/browser-tab");

let server: Server;
let browser: Browser;

before(async () => {
  if (skip) return;
  const bundle = await build({ entryPoints: [join(page, "main.ts")], bundle: true, format: "esm", write: false });
  const script = bundle.outputFiles[0]!.contents;
  const html = readFileSync(join(page, "index.html"));
  server = createServer(({ url }, response) => {
    const isScript = url === "/main.js";
    response.setHeader("content-type", isScript ? "text/javascript" : "text/html");
    response.end(isScript ? script : html);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const args = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"];
  browser = await chromium.launch({ executablePath: CHROMIUM, args });
});

after(async () => {
  await browser?.close();
  server?.close();
});

test("a Deployment made in a tab comes to three Ready pods, and loses one when scaled down", { skip }, async () => {
  const tab = await browser.newPage();
  const errors: string[] = [];
  tab.on("pageerror", (error) => errors.push(String(error)));
  await tab.goto(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`);
  await tab.getByText("is running in this tab").waitFor();
  await tab.getByRole("button").click();
  await tab.waitForFunction(() => document.querySelectorAll('tr[data-phase="Ready"]').length === 3);
  await tab.evaluate(async () => {
    const { client, Deployment } = window.tiphys;
    await client.patch(Deployment, "web", "default", { type: "merge", body: { spec: { replicas: 2 } } });
  });
  await tab.waitForFunction(() => document.querySelectorAll("tbody tr").length === 2);
  assert.deepEqual(errors, []);
  const picture = process.env["TIPHYS_TEST_PICTURE"];
  if (picture) await tab.screenshot({ path: picture });
});
