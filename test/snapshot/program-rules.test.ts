// Protects: the rules of the configuration name exactly the processes that they describe, by all that the kernel tells of them.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ProcessDescription } from '../../src/procfs/program.ts';
import { programRules, type ProgramRule } from '../../src/snapshot/program-rules.ts';

const anything: ProgramRule = {
  program: 'it',
  comm: '',
  executable: '',
  command_line: '',
  user: '',
  unit: '',
};

const shop: ProcessDescription = {
  comm: 'python3',
  commandLine: ['python3', '-m', 'shop', '--port=80'],
  executable: '/usr/bin/python3.11',
  uid: 33,
  cgroups: '0::/system.slice/shop.service\n',
};

const nameOf = (rules: readonly Partial<ProgramRule>[], process: Partial<ProcessDescription> = {}) =>
  programRules(
    rules.map(rule => ({ ...anything, ...rule })),
    uid => (uid === 33 ? 'www-data' : String(uid)),
  )({ ...shop, ...process });

const matches = (rule: Partial<ProgramRule>, process: Partial<ProcessDescription> = {}): boolean =>
  nameOf([rule], process) === 'it';

test('without rules nothing has a name by them', () => {
  assert.equal(nameOf([]), undefined);
});

test('every trait can be matched, each as a whole', () => {
  const whole: readonly Partial<ProgramRule>[] = [
    { comm: 'python3' },
    { executable: '/usr/bin/python.*' },
    { command_line: 'python3 -m shop .*' },
    { user: 'www-data' },
    { user: '33' },
    { unit: 'shop\\.service' },
    { comm: 'perl|python3' },
  ];
  for (const rule of whole) assert.ok(matches(rule), JSON.stringify(rule));
  const part: readonly Partial<ProgramRule>[] = [
    { comm: 'python' },
    { executable: 'python3.11' },
    { command_line: 'shop' },
    { user: 'www' },
    { user: '3' },
    { unit: 'shop' },
    { comm: 'py|perl' },
  ];
  for (const rule of part) assert.ok(!matches(rule), JSON.stringify(rule));
});

test('all expressions of a rule must match, and the first rule that fits counts', () => {
  assert.ok(matches({ comm: 'python3', user: 'www-data', unit: 'shop.*' }));
  assert.ok(!matches({ comm: 'python3', user: 'root' }));
  const rules = [
    { program: 'a', user: 'root' },
    { program: 'b', comm: 'py.*' },
    { program: 'c', comm: 'python3' },
  ];
  assert.equal(nameOf(rules), 'b');
});

test('what cannot be read matches nothing that asks for something', () => {
  const unread = { comm: '', commandLine: [], executable: '', uid: undefined, cgroups: '' };
  for (const trait of ['comm', 'executable', 'command_line', 'user', 'unit']) {
    assert.ok(!matches({ [trait]: '.+' }, unread), trait);
  }
  assert.ok(!matches({ user: '.*' }, unread));
});

test('a dot matches the line ends that words may hold, and the padding of a title is none of it', () => {
  assert.ok(matches({ command_line: 'sh -c .*shop.*' }, { commandLine: ['sh', '-c', 'cd /\nshop\nend'] }));
  assert.ok(matches({ command_line: 'nginx: worker' }, { commandLine: ['nginx: worker', '', '', ''] }));
});

test('an expression cannot use the name of a rule as a template', () => {
  assert.equal(nameOf([{ program: '$1', comm: '(.*)' }]), '$1');
});

const id = '0123456789abcdef'.repeat(4);
const other = 'f'.repeat(64);

/** Lines of /proc/PID/cgroup, units that choose the process, and units that do not. */
const units: Readonly<
  Record<string, readonly [text: string, chosenBy: readonly string[], notBy: readonly string[]]>
> = {
  'a service of version 2': [
    '0::/system.slice/nginx.service\n',
    ['nginx.service', 'system.slice'],
    ['nginx', 'system.slice/nginx.service', other],
  ],
  'an instance and a program of a user': [
    '0::/user.slice/user-1000.slice/user@1000.service/app.slice/app-firefox-123.scope\n',
    ['app-firefox-123.scope', 'user@1000.service', 'user-1000.slice', 'app.slice'],
    ['app-firefox'],
  ],
  'a service of version 1, in several lines': [
    '12:cpu,cpuacct:/\n5:memory:/system.slice/nginx.service\n1:name=systemd:/system.slice/nginx.service\n0::/\n',
    ['nginx.service'],
    ['memory', 'name=systemd', ''],
  ],
  'docker under systemd': [
    `0::/system.slice/docker-${id}.scope\n`,
    [id, `docker-${id}.scope`],
    ['docker', other],
  ],
  'docker of version 1': [`4:memory:/docker/${id}\n1:name=systemd:/docker/${id}\n`, [id, 'docker'], [other]],
  'containerd in kubernetes': [
    `0::/kubepods.slice/kubepods-burstable.slice/kubepods-burstable-pod1f_2e.slice/cri-containerd-${id}.scope\n`,
    [id, `cri-containerd-${id}.scope`, 'kubepods-burstable-pod1f_2e.slice', 'kubepods.slice'],
    ['pod1f_2e'],
  ],
  'containerd in kubernetes, without systemd': [
    `5:pids:/kubepods/burstable/pod1f-2e/${id}\n`,
    [id, 'pod1f-2e'],
    [other],
  ],
  'a container that the runtime names with colons': [
    `0::/system.slice/kubepods-pod1f.slice:cri-containerd:${id}\n`,
    [id],
    [other],
  ],
  podman: [
    `0::/machine.slice/libpod-${id}.scope/container\n`,
    [id, `libpod-${id}.scope`, 'container'],
    ['libpod'],
  ],
  'a machine of systemd-nspawn, as systemd writes it and as it is': [
    '0::/machine.slice/machine-shop\\x2dweb.scope/payload/system.slice/nginx.service\n',
    ['machine-shop-web.scope', 'machine-shop\\x2dweb.scope', 'nginx.service'],
    ['shop-web'],
  ],
  'a control group beside that of the reader': [
    '0::/../../system.slice/nginx.service\n',
    ['nginx.service'],
    ['..'],
  ],
  'a control group that was removed': ['0::/system.slice/nginx.service (deleted)\n', ['nginx.service'], []],
  'more digits than an id has': [`0::/a${id}\n`, [`a${id}`], [id]],
  'no control group': ['0::/\n', [], ['', '/']],
};

for (const [what, [cgroups, chosenBy, notBy]] of Object.entries(units)) {
  test(`a unit chooses ${what}`, () => {
    const literal = (unit: string): string => unit.replace(/[\\.$^*+?()[\]{}|/]/g, '\\$&');
    for (const unit of chosenBy) assert.ok(matches({ unit: literal(unit) }, { cgroups }), unit);
    // An empty expression is none at all.
    for (const unit of notBy) assert.ok(!matches({ unit: `(?:${literal(unit)})` }, { cgroups }), unit);
  });
}

test('the beginning of an id chooses a container', () => {
  assert.ok(matches({ unit: '0123456789ab.*' }, { cgroups: `0::/system.slice/docker-${id}.scope\n` }));
});
