/** Which container a process is in, told by the paths of its control groups: /proc/PID/cgroup, printed by proc_cgroup_show() in kernel/cgroup/cgroup.c. */

export interface Container {
  /** The id that its runtime gave it, or the name where it goes by names; '' for none. */
  readonly container: string;
  /** The uid of its Kubernetes pod; '' for none. */
  readonly pod: string;
}

/** docker, containerd, cri-o and podman, whatever words stand before and behind the id. */
const containerId = /(?<![\da-f])[\da-f]{64}(?![\da-f])/g;
/** As kubelet writes it, or with the underscores of systemd; of static pods it has no hyphens. */
const podUid =
  /(?:^|[-/])pod([\da-f]{8}[-_][\da-f]{4}[-_][\da-f]{4}[-_][\da-f]{4}[-_][\da-f]{12}|[\da-f]{32})(?![\da-f])/;
/** Those that go by names: systemd-nspawn as a service or a scope, and lxc before and since version 4. */
const names = [
  /\/systemd-nspawn@([^/]+)\.service(?:\/|$)/,
  /\/machine-([^/]+)\.scope(?:\/|$)/,
  /\/lxc\.payload\.([^/]+)/,
  /\/lxc\/([^/]+)/,
];
/** systemd writes a character of a unit's name so where a path, or a hyphen in it, would mean another thing. */
const escaped = /\\x([0-7][\da-f])/g;

/** Of nested containers the innermost counts. @param cgroups `0::/system.slice/docker-0123….scope`, a line for each hierarchy */
export const containerOf = (cgroups: string): Container => {
  for (const line of cgroups.split('\n')) {
    const path = line.slice(line.indexOf(':', line.indexOf(':') + 1) + 1);
    const container = path.match(containerId)?.at(-1) ?? nameIn(path);
    if (container !== undefined) return { container, pod: podIn(path) };
  }
  return { container: '', pod: '' };
};

const nameIn = (path: string): string | undefined => {
  for (const name of names) {
    const found = name.exec(path)?.[1];
    if (found !== undefined)
      return found.replace(escaped, (_, code: string) => String.fromCharCode(parseInt(code, 16)));
  }
  return undefined;
};

const podIn = (path: string): string => podUid.exec(path)?.[1]?.replaceAll('_', '-') ?? '';
