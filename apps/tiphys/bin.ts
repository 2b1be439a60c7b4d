#!/usr/bin/env node
/** The `tiphys` command's first file: small enough for any Node to read, so that an old one can be told so. */
import module from "node:module";

const OLDEST_NODE = 24;

if (Number(process.versions.node.split(".")[0]) < OLDEST_NODE) {
  process.stderr.write(
    `tiphys: this is Node ${process.versions.node}; Tiphys needs Node ${OLDEST_NODE} or later (npm install -g node@${OLDEST_NODE})\n`,
  );
  process.exit(1);
}
module.enableCompileCache();
const { main } = await import("./main.ts");
await main(process.argv.slice(2));
