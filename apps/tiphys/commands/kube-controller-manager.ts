/** `tiphys kube-controller-manager`: the controllers alone, against any API server. */
import { readFileSync } from "node:fs";
import { systemClock, systemRandom } from "../../../adapters/clock/system-clock.ts";
import { signerOf } from "../../../adapters/keys/cluster-keys.ts";
import type { CertificateAuthority } from "../../../src/controllers/certificates/authority.ts";
import { controllersFor, type NodeNetworks } from "../../../src/controllers/index.ts";
import { parseCIDR } from "../../../src/machinery/ip.ts";
import { chosen } from "../chosen-controllers.ts";
import { type Invocation, UserError } from "../command.ts";
import { anonymousDoor, apiServerDoor, componentLog, runComponent } from "../component.ts";
import { runControllers } from "../controllers.ts";
import type { controllerManagerFlags } from "./component.commands.ts";

const NAME = "kube-controller-manager";

export async function kubeControllerManager({ values }: Invocation<typeof controllerManagerFlags>): Promise<number> {
  const log = await componentLog(values);
  const file = values["root-ca-file"];
  const settings = {
    rootCertificate: file ? readFileSync(file, "utf8") : undefined,
    certificates: signerFrom(values["cluster-signing-cert-file"], values["cluster-signing-key-file"]),
    nodeNetworks: values["allocate-node-cidrs"]
      ? networksFrom(values["cluster-cidr"], values["node-cidr-mask-size"])
      : undefined,
  };
  const only = chosen(
    values.controllers,
    controllersFor(settings).map(({ name }) => name),
  );
  const server = [NAME, values.kubeconfig, values.master] as const;
  const remote = apiServerDoor(...server);
  const anonymous = values["use-service-account-credentials"] ? anonymousDoor(...server) : undefined;
  return runComponent(NAME, remote, values, log, () =>
    runControllers({
      door: remote.door,
      clock: systemClock,
      random: systemRandom,
      log,
      settings,
      remote: { anonymous: anonymous?.door },
      only,
    }),
  ).finally(() => anonymous?.close());
}

function networksFrom(text: string, mask: number): NodeNetworks {
  const cluster = parseCIDR(text);
  if (cluster === undefined) {
    const given = text === "" ? "" : `; "${text}" is none`;
    throw new UserError(`--allocate-node-cidrs needs --cluster-cidr, such as 10.244.0.0/16${given}`);
  }
  const size = mask || (cluster.family === 4 ? 24 : 64);
  const bits = cluster.family === 4 ? 32 : 128;
  if (size < cluster.prefix || size > bits) {
    throw new UserError(
      `--node-cidr-mask-size ${size} must be from ${cluster.prefix}, as --cluster-cidr has, to ${bits}`,
    );
  }
  return { cluster, mask: size };
}

function signerFrom(cert: string, key: string): CertificateAuthority | undefined {
  if (!cert && !key) return undefined;
  if (!cert || !key) {
    throw new UserError("--cluster-signing-cert-file and --cluster-signing-key-file belong together: give both");
  }
  return signerOf({ cert: readFileSync(cert, "utf8"), key: readFileSync(key, "utf8") });
}
