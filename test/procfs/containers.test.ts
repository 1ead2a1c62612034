// Protects: a container goes by the id or name that its runtime gave it, whichever runtime and version of control groups it is.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { containerOf } from '../../src/procfs/containers.ts';

const id = '4f2a9c1b77de'.padEnd(64, '0a1b2c3d');
const other = '00ff'.padEnd(64, 'e');
const uid = '6d9ae6b2-0f3c-4a37-9a3e-2b7f0c5c1a11';

describe('of the control groups of', () => {
  const cases: readonly (readonly [what: string, cgroups: string, container: string, pod: string])[] = [
    ['docker by systemd', `0::/system.slice/docker-${id}.scope\n`, id, ''],
    ['docker by itself', `12:cpuset:/docker/${id}\n0::/\n`, id, ''],
    ['docker in docker', `0::/docker/${id}/docker/${other}\n`, other, ''],
    [
      'containerd and kubelet by systemd',
      `0::/kubepods.slice/kubepods-burstable.slice/kubepods-burstable-pod${uid.replaceAll('-', '_')}.slice/cri-containerd-${id}.scope\n`,
      id,
      uid,
    ],
    ['containerd and kubelet by itself', `11:memory:/kubepods/besteffort/pod${uid}/${id}\n`, id, uid],
    [
      'containerd below its own service',
      `4:pids:/system.slice/containerd.service/kubepods-pod${uid}.slice:cri-containerd:${id}\n`,
      id,
      uid,
    ],
    [
      'a static pod',
      `0::/kubepods/pod0123456789abcdef0123456789abcdef/${id}\n`,
      id,
      '0123456789abcdef0123456789abcdef',
    ],
    [
      'cri-o',
      `0::/kubepods.slice/kubepods-pod${uid.replaceAll('-', '_')}.slice/crio-${id}.scope/container\n`,
      id,
      uid,
    ],
    ['podman', `0::/machine.slice/libpod-${id}.scope/container\n`, id, ''],
    [
      'podman of a user',
      `0::/user.slice/user-1000.slice/user@1000.service/user.slice/libpod-${id}.scope\n`,
      id,
      '',
    ],
    ['what is seen from another control group', `0::/../../kubepods/pod${uid}/${id}\n`, id, uid],
    ['systemd-nspawn as a service', '0::/machine.slice/systemd-nspawn@web.service/payload\n', 'web', ''],
    ['systemd-nspawn as a scope', '0::/machine.slice/machine-my\\x2dweb.scope/payload\n', 'my-web', ''],
    ['lxc', '0::/lxc.payload.db-1/init.scope\n', 'db-1', ''],
    ['lxc before version 4', '10:memory:/lxc/db-1/init.scope\n', 'db-1', ''],
    ['init', '0::/init.scope\n', '', ''],
    ['a service', '0::/system.slice/ssh.service\n', '', ''],
    ['a service whose name is nearly an id', `0::/system.slice/x-${id}f.service\n`, '', ''],
    ['what cannot be read', '', '', ''],
    ['what is no line of control groups', 'docker\n\0\n::::', '', ''],
  ];
  for (const [what, cgroups, container, pod] of cases) {
    test(what, () => {
      assert.deepEqual(containerOf(cgroups), { container, pod });
    });
  }
});
