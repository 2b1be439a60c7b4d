/**
 * What a pod's containers find when they start: directories and a control group, volumes, environment, a hosts file, and
 * a place for their last words.
 */
import { hostNetworkHostsFile, hostsFile } from "../config/dns.ts";
import type { EnvSources } from "../config/env.ts";
import { environment } from "../config/env.ts";
import type { KubeletContext } from "../context.ts";
import type { PodNotes } from "../notes.ts";
import type { Mount } from "../runtime.ts";
import type { ContentSources } from "../volumes/content.ts";
import { containerMounts } from "../volumes/mounts.ts";
import { setUpVolumes } from "../volumes/volumes.ts";
import type { VolumePaths } from "../volumes/volumes.ts";
import type { LocalState } from "./local-state.ts";
import { podDirectory, podLogDirectory } from "./names.ts";
import { podCgroup, podCgroupLimits } from "./resources.ts";
import { currentSandbox } from "./situation.ts";
import type { Member } from "./spec.ts";

export class Furnishing {
  readonly #context: KubeletContext & { readonly notes: PodNotes };
  readonly #state: LocalState;
  #placed = false;
  #paths: VolumePaths | undefined;
  #hostsWritten: Promise<void> = Promise.resolve();

  constructor(state: LocalState, context: KubeletContext & { readonly notes: PodNotes }) {
    this.#state = state;
    this.#context = context;
  }

  /** All that containers share; what is there already is not made again. */
  async prepare(): Promise<void> {
    await Promise.all([this.#places(), this.#volumes()]);
  }

  /** The pod's own /etc/hosts, with the addresses that are known. Whoever has it mounted sees the new content. */
  hosts(): Promise<void> {
    const { host } = this.#context;
    if (!host.keepsFiles) return Promise.resolve();
    const write = async (): Promise<void> => host.files.writeFile(this.#hostsPath, await this.#hostsFile(), 0o644);
    // One after the other: the last one writes what is known by then.
    return (this.#hostsWritten = this.#hostsWritten.then(write, write));
  }

  get #hostsPath(): string {
    return `${podDirectory(this.#context.node.places, this.#state.pod.metadata.uid)}/etc-hosts`;
  }

  /** Volumes' contents are brought up to date; nothing is started. */
  async refreshVolumes(): Promise<void> {
    const { host, client, node } = this.#context;
    this.#paths = await setUpVolumes(this.#state.pod, this.#contentSources(), {
      host,
      client,
      places: node.places,
    });
  }

  /** The pod's directories and its control group; the runtime makes the group as well where it comes first. */
  async #places(): Promise<void> {
    if (this.#placed) return;
    const { host, node } = this.#context;
    const { pod, granted } = this.#state;
    const limits = podCgroupLimits(granted);
    await Promise.all([
      host.files.makeDirectory(podLogDirectory(node.places, pod), 0o755),
      host.files.makeDirectory(podDirectory(node.places, pod.metadata.uid), 0o750),
      host.cgroups.ensure(podCgroup(node.cgroupRoot, pod), limits),
      // A mount whose source is missing would be made a directory.
      this.hosts(),
    ]);
    this.#state.group = limits;
    this.#placed = true;
  }

  async #volumes(): Promise<void> {
    const { notes } = this.#context;
    const volumes = this.#state.pod.spec.volumes ?? [];
    if (this.#paths || volumes.length === 0) {
      this.#paths ??= new Map();
      return;
    }
    await notes.step("mount volumes", { volumes: volumes.map(({ name }) => name) }, () => this.refreshVolumes());
  }

  /** An empty file for a container's last words; a start that is tried again finds it there. */
  async terminationLog({ container }: Member, restarts: number): Promise<string> {
    const { host, node } = this.#context;
    const folder = `${podDirectory(node.places, this.#state.pod.metadata.uid)}/containers/${container.name}`;
    const path = `${folder}/${restarts}`;
    if (host.keepsFiles) {
      await host.files.makeDirectory(folder, 0o750);
      await host.files.writeFile(path, new Uint8Array(), 0o666);
    }
    return path;
  }

  /** What one container is made with. */
  async of(
    member: Member,
    terminationLog: string,
  ): Promise<{ readonly env: Awaited<ReturnType<typeof environment>>; readonly mounts: Mount[] }> {
    const { host } = this.#context;
    const { pod } = this.#state;
    const env = await environment(pod, member.container, this.#envSources());
    const subPaths = `${podDirectory(this.#context.node.places, pod.metadata.uid)}/volume-subpaths`;
    const inputs = { paths: this.#paths ?? new Map(), env, host, hostsFile: this.#hostsPath, subPaths, terminationLog };
    return { env, mounts: await containerMounts(pod, member, inputs) };
  }

  #envSources(): EnvSources {
    const { objects, services, node } = this.#context;
    const { metadata } = this.#state.pod;
    return {
      configMap: (name) => objects.configMap(metadata.namespace ?? "", name),
      secret: (name) => objects.secret(metadata.namespace ?? "", name),
      services,
      file: (volume, path) => this.#volumeFile(volume, path),
      podIPs: this.#podIPs(),
      hostIPs: node.hostIPs,
      node,
    };
  }

  #contentSources(): ContentSources {
    const { objects, tokens, node } = this.#context;
    return { objects, tokens, node, podIPs: this.#podIPs(), hostIPs: node.hostIPs };
  }

  #podIPs(): readonly string[] {
    if (this.#state.pod.spec.hostNetwork) return this.#context.node.hostIPs;
    return currentSandbox(this.#state.runtime)?.ips ?? [];
  }

  async #volumeFile(volume: string, path: string): Promise<string | undefined> {
    const folder = this.#paths?.get(volume);
    if (folder === undefined || path.split("/").includes("..")) return undefined;
    const bytes = await this.#context.host.files.readTail(`${folder}/${path}`, 64 * 1024);
    return bytes && new TextDecoder().decode(bytes);
  }

  async #hostsFile(): Promise<Uint8Array> {
    const { host, node } = this.#context;
    const { pod } = this.#state;
    const text = pod.spec.hostNetwork
      ? hostNetworkHostsFile(pod, new TextDecoder().decode(await host.files.readTail("/etc/hosts", 64 * 1024)))
      : hostsFile(pod, this.#podIPs(), node.clusterDns.domain);
    return new TextEncoder().encode(text);
  }
}
