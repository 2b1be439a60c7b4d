import { VirtualClock } from "../../machinery/testing/virtual-clock.ts";
import { runtimeContract } from "../runtime.contract.ts";
import { SimFiles } from "./sim-files.ts";
import { SimRuntime } from "./sim-runtime.ts";

runtimeContract("simulated runtime", async () => {
  const clock = new VirtualClock();
  const files = new SimFiles();
  let last = 0;
  const runtime = new SimRuntime({ clock, files, name: "contract", address: () => `10.0.0.${++last}` });
  return {
    runtime,
    image: "registry.k8s.io/busybox:1",
    logDirectory: "/logs",
    readLog: async (path) => new TextDecoder().decode(files.get(path)),
    async settle(work) {
      const done = work.then(() => true);
      await clock.advance(60_000);
      await done;
      return work;
    },
    annotations: { "sim.tiphys.dev/log": "from the container" },
    async close() {},
  };
});
