// Protects: programs are told apart without configuration, names are stable, bounded and safe to print, and no word of a command line but the program's name leaves.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { programName, type ProcessIdentity } from '../../src/collectors/program-name.ts';

const nameOf = (comm: string, commandLine: readonly string[] = [], executable = ''): string =>
  programName({ comm, commandLine, executable });

/** Command line, with single blanks between its words -> name. The kernel's name is the runtime's. */
const runtimes: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  node: {
    node: 'node',
    'node /srv/sync.js': 'sync.js',
    '/usr/bin/node --max-old-space-size=4096 --inspect sync.js --token SECRET': 'sync.js',
    'node -r dotenv/config sync.js': 'sync.js',
    'node --require dotenv/config --import ./trace.mjs sync.js': 'sync.js',
    'node --require=dotenv/config -C dev --env-file .env --title shop sync.js': 'sync.js',
    'node --trace-warnings --no-deprecation --enable-source-maps -- sync.js': 'sync.js',
    'node inspect sync.js': 'sync.js',
    'node -e SECRET': 'node',
    'node --eval SECRET': 'node',
    'node --eval=SECRET': 'node',
    'node -r dotenv/config -pe SECRET sync.js': 'node',
    'node -p SECRET': 'node',
    'node - SECRET': 'node',
    'node --test SECRET': 'node',
    'node .': 'node',
    'node /dev/stdin': 'node',
    'node /usr/lib/node_modules/.bin/nodemon sync.js': 'nodemon',
    'node ./cli/': 'cli',
  },
  bun: {
    'bun run /srv/sync.ts SECRET': 'sync.ts',
    'bun --preload ./trace.ts sync.ts': 'sync.ts',
    'bun -e SECRET': 'bun',
    'bun exec SECRET': 'bun',
  },
  deno: {
    'deno run -A --allow-net=10.0.0.1 sync.ts': 'sync.ts',
    'deno run --config deno.json -r sync.ts SECRET': 'sync.ts',
    'deno run https://user:SECRET@example.org/sync.ts?token=SECRET': 'sync.ts',
    'deno run https://user:SECRET@example.org/main.ts': 'main.ts',
    'deno serve file:///srv/shop/main.ts': 'shop/main.ts',
    'deno eval SECRET': 'deno',
    'deno task dev': 'deno',
  },
  python3: {
    python3: 'python3',
    'python3 -m http.server 8000': 'http.server',
    'python3 -mhttp.server 8000': 'http.server',
    'python3 -um gunicorn app:app': 'gunicorn',
    'python3 -I -X dev -W ignore -m flask run': 'flask',
    'python3 -u -O -X dev -W ignore sync.py --password SECRET': 'sync.py',
    'python3 -Wignore -Xdev -uW ignore sync.py': 'sync.py',
    '/usr/bin/python3 /usr/local/bin/uvicorn main:app': 'uvicorn',
    'python3 -c SECRET': 'python3',
    'python3 -uc SECRET SECRET': 'python3',
    'python3 -cSECRET': 'python3',
    'python3 - SECRET': 'python3',
    'python3 -V': 'python3',
    'python3 /srv/shop': 'shop',
  },
  'python3.11': { 'python3.11 sync.py': 'sync.py' },
  'python3.13t': { 'python3.13t sync.py': 'sync.py' },
  'python3-dbg': { 'python3-dbg sync.py': 'sync.py' },
  python: { 'python sync.py -m SECRET': 'sync.py' },
  'pypy3.10': { 'pypy3.10 sync.py': 'sync.py' },
  java: {
    java: 'java',
    'java -jar /opt/jenkins.war --argumentsRealm.passwd.admin=SECRET': 'jenkins.war',
    'java -Xmx1g -Dpassword=SECRET -XX:+UseG1GC -jar x.jar SECRET': 'x.jar',
    'java -cp a.jar:b.jar org.acme.shop.Main SECRET': 'org.acme.shop.Main',
    'java --class-path a.jar --add-opens java.base/java.lang=ALL-UNNAMED kafka.Kafka': 'kafka.Kafka',
    'java -p mods --module shop/org.acme.Shop SECRET': 'org.acme.Shop',
    'java --module=shop/org.acme.Shop SECRET': 'org.acme.Shop',
    'java -p mods -m shop SECRET': 'shop',
    'java @/etc/app.args org.acme.Shop': 'org.acme.Shop',
    'java -mx512m -ea -javaagent:/opt/a.jar=key=SECRET org.acme.Shop': 'org.acme.Shop',
    'java Hello.java': 'Hello.java',
    'java -version': 'java',
    'java -jar': 'java',
  },
  jsvc: {
    'jsvc.exec -java-home /usr/lib/jvm -user tomcat -cp a.jar -outfile SYSLOG -pidfile /run/p -Dx=y org.apache.catalina.startup.Bootstrap start':
      'org.apache.catalina.startup.Bootstrap',
  },
  ruby: {
    'ruby -I lib -r json -W0 sync.rb SECRET': 'sync.rb',
    'ruby bin/rails server': 'rails',
    'ruby /usr/local/bin/bundle exec rackup config.ru': 'rackup',
    'ruby -ne SECRET': 'ruby',
    'ruby -rjson -e SECRET': 'ruby',
  },
  bundle: { '/usr/bin/ruby /usr/local/bin/bundle exec sidekiq': 'sidekiq' },
  perl: {
    'perl -w /opt/sync.pl SECRET': 'sync.pl',
    'perl -I lib -T -MCarp sync.pl': 'sync.pl',
    'perl -e SECRET': 'perl',
    'perl -MIO::Socket -lane SECRET': 'perl',
    'perl -E SECRET SECRET': 'perl',
  },
  php: {
    'php -S 0.0.0.0:80': 'php',
    'php -S 0.0.0.0:80 -t public router.php': 'router.php',
    'php -d mysqli.default_pw=SECRET -c /etc sync.php': 'sync.php',
    'php -dx=SECRET artisan queue:work': 'artisan',
    'php -f sync.php SECRET': 'sync.php',
    'php -r SECRET SECRET': 'php',
    'php -nr SECRET': 'php',
    'php -- SECRET': 'php',
  },
  'php8.2': { 'php8.2 artisan': 'artisan' },
  sh: {
    sh: 'sh',
    'sh -c SECRET': 'sh',
    'sh -ec SECRET SECRET': 'sh',
    'sh run.sh SECRET': 'run.sh',
    'sh -s SECRET': 'sh',
  },
  bash: {
    '-bash': 'bash',
    'bash -l': 'bash',
    'bash --login -i': 'bash',
    'bash /opt/run.sh SECRET': 'run.sh',
    'bash -euxo pipefail /opt/run.sh': 'run.sh',
    'bash --rcfile /etc/rc -O extglob +o posix +x -C run.sh SECRET': 'run.sh',
    'bash -lc SECRET': 'bash',
    'bash /dev/fd/63 SECRET': 'bash',
    'bash /proc/self/fd/3': 'bash',
    'bash -- run.sh': 'run.sh',
  },
  fish: { 'fish -C SECRET sync.fish': 'sync.fish', 'fish -c SECRET': 'fish' },
  busybox: {
    'busybox httpd -f': 'httpd',
    'busybox sh run.sh': 'run.sh',
    'busybox sh -c SECRET': 'busybox',
  },
  dotnet: {
    'dotnet Shop.dll SECRET': 'Shop.dll',
    'dotnet exec --runtimeconfig a.json --depsfile b.json /srv/Shop.dll': 'Shop.dll',
    'dotnet run --project SECRET': 'dotnet',
    'dotnet build': 'dotnet',
  },
  mono: { 'mono --debug --config a.cfg Shop.exe': 'Shop.exe' },
  'beam.smp': {
    'beam.smp -W w -MBas ageffcbf -A 128 -- -root /usr/lib/erlang -progname erl -- -home /var/lib/rabbitmq -- -noshell -noinput -s rabbit boot -boot start_sasl -setcookie SECRET':
      'rabbit',
    'beam.smp -- -root /srv/shop -progname erl -- -noshell -s elixir start_cli -mode embedded -setcookie SECRET -sname shop -extra --no-halt':
      'shop',
    'beam.smp -- -root /usr/lib/erlang -progname erl -- -noshell -s elixir start_cli -extra /usr/bin/mix phx.server':
      'mix',
    'beam.smp -- -root /usr/lib/erlang -setcookie SECRET': 'beam.smp',
  },
  R: {
    '/usr/lib/R/bin/exec/R --no-echo --no-restore --file=sync.R --args SECRET': 'sync.R',
    '/usr/lib/R/bin/exec/R --no-echo -e SECRET': 'R',
    '/usr/lib/R/bin/exec/R --args SECRET': 'R',
  },
  julia: { 'julia -t 4 --project=. sync.jl': 'sync.jl', 'julia -e SECRET': 'julia' },
  'lua5.4': { 'lua5.4 -l socket -e SECRET sync.lua': 'sync.lua' },
  tclsh8: { 'tclsh8 -encoding utf-8 sync.tcl': 'sync.tcl' },
  guile: { 'guile -L lib -s sync.scm SECRET': 'sync.scm', 'guile -c SECRET': 'guile' },
};

for (const [comm, commandLines] of Object.entries(runtimes)) {
  test(`what ${comm} runs is the program, and nothing else of its command line is told`, () => {
    for (const [commandLine, name] of Object.entries(commandLines)) {
      assert.equal(nameOf(comm, commandLine.split(' ')), name, commandLine);
      assert.doesNotMatch(name, /SECRET/);
    }
  });
}

test('a program that is no runtime keeps the name that the kernel has for it, whatever its arguments are', () => {
  for (const comm of [
    'sshd',
    'nginx',
    'postgres',
    'php-fpm8.2',
    'chrome',
    'Web Content',
    'nodetool',
    'shrpx',
  ]) {
    assert.equal(nameOf(comm, [`/usr/sbin/${comm}`, '-c', '/etc/SECRET', '/srv/sync.js']), comm);
  }
  assert.equal(nameOf('nginx', ['nginx: master process /usr/sbin/nginx'], '/usr/sbin/nginx'), 'nginx');
  assert.equal(nameOf('postgres', ['postgres: shop orders 10.0.0.7(41234) idle']), 'postgres');
  assert.equal(nameOf('uvicorn', ['/usr/bin/python3', '/usr/local/bin/uvicorn', 'main:app']), 'uvicorn');
});

test('a name that a program gave itself is its name, whatever it is', () => {
  assert.equal(nameOf('gunicorn: maste', ['gunicorn: master [app:app]']), 'gunicorn: maste');
  assert.equal(nameOf('next-server (v1', ['next-server (v14.2.3)'], '/usr/bin/node'), 'next-server (v1');
  assert.equal(nameOf('a (b) c', ['a (b) c', 'SECRET'], '/usr/bin/python3'), 'a (b) c');
  assert.equal(nameOf('  sp  ', ['python3'], '/usr/bin/python3'), '  sp  ');
  assert.equal(nameOf('tmux: server', ['tmux']), 'tmux: server');
  assert.equal(nameOf('(sd-pam)', ['(sd-pam)']), '(sd-pam)');
});

test('a title over the command line of a runtime tells the program', () => {
  assert.equal(nameOf('ruby', ['puma 6.4.0 (tcp://0.0.0.0:3000) [shop]', '', '']), 'puma');
  assert.equal(nameOf('ruby', ['puma: cluster worker 0: 4711 [shop]']), 'puma');
  assert.equal(nameOf('ruby', ['unicorn master -c SECRET']), 'unicorn');
  assert.equal(nameOf('bundle', ['sidekiq 7.1.0 shop [0 of 5 busy]']), 'sidekiq');
  assert.equal(nameOf('python3', ['[celeryd: celery@h:MainProcess] -active-']), 'celeryd');
  assert.equal(nameOf('node /srv/shop/', ['node /srv/shop/sync.js', '']), 'sync.js');
  assert.equal(nameOf('node /srv/shop/', ['node /srv/shop/sync.js SECRET']), 'sync.js');
  assert.equal(nameOf('node', ['/opt/my tools/node']), 'node');
});

test('npm says what it was told to run, which may hold anything', () => {
  assert.equal(nameOf('npm exec tsc -p', ['npm exec tsc -p SECRET'], '/usr/bin/node'), 'npm');
  assert.equal(nameOf('npm start', ['npm start', '', ''], '/usr/bin/node'), 'npm');
});

test('the name of a thread, of a descriptor or of nothing gives way to that of the executable', () => {
  assert.equal(nameOf('MainThread', ['node', '/srv/sync.js'], '/usr/bin/node'), 'sync.js');
  assert.equal(nameOf('node-MainThread', ['node', '/srv/sync.js'], '/usr/bin/node'), 'sync.js');
  assert.equal(nameOf('MainThread', ['node', '-e', 'SECRET'], '/usr/bin/node'), 'node');
  assert.equal(nameOf('MainThread', ['node', '/srv/sync.js']), 'sync.js');
  assert.equal(nameOf('MainThread', ['/opt/steam/steam'], '/opt/steam/steam'), 'steam');
  assert.equal(nameOf('MainThread'), 'MainThread');
  assert.equal(nameOf('exe', ['docker-untar'], '/usr/bin/dockerd'), 'dockerd');
  assert.equal(nameOf('3', ['runc', 'init'], '/usr/bin/runc'), 'runc');
  assert.equal(nameOf('main', ['main'], '/srv/shop'), 'shop');
});

test('a process without a name is called by its executable or its command, and is never nobody', () => {
  assert.equal(nameOf('', ['/opt/agent'], '/opt/real-agent'), 'real-agent');
  assert.equal(nameOf('', ['/opt/agent']), 'agent');
  assert.equal(nameOf('', ['-bash']), 'bash');
  assert.equal(nameOf('', ['/usr/bin/python3', '/srv/sync.py']), 'sync.py');
  assert.equal(nameOf(' \n', []), '(unnamed)');
  assert.equal(nameOf(''), '(unnamed)');
  assert.equal(nameOf('', ['']), '(unnamed)');
});

test('a name that the kernel has cut is whole again where the executable or the command has it whole', () => {
  const cut = 'prometheus-node';
  assert.equal(nameOf(cut, [], '/usr/bin/prometheus-node-exporter'), 'prometheus-node-exporter');
  assert.equal(nameOf(cut, ['/usr/bin/prometheus-node-exporter']), 'prometheus-node-exporter');
  assert.equal(nameOf(cut, ['/bin/sh', '-e', '/opt/prometheus-node-start.sh']), 'prometheus-node-start.sh');
  assert.equal(nameOf(cut, ['x'], '/usr/bin/other-program'), cut);
  assert.equal(nameOf(cut, ['prometheus-node SECRET'], '/usr/bin/x'), cut);
  assert.equal(nameOf('Plex Media Serv', [], '/usr/lib/plex/Plex Media Server'), 'Plex Media Server');
  assert.equal(nameOf('systemd', [], '/usr/lib/systemd/systemd-journald'), 'systemd');
});

test('a file of which every project has one comes with the folder of the project', () => {
  const named = (path: string): string => nameOf('node', ['node', path]);
  assert.equal(named('/srv/shop/index.js'), 'shop/index.js');
  assert.equal(named('/srv/shop/dist/main.js'), 'shop/main.js');
  assert.equal(named('../shop/./server.mjs'), 'shop/server.mjs');
  assert.equal(named('/srv/shop/bin/www'), 'shop/www');
  assert.equal(named('/srv/shop/worker.js'), 'worker.js');
  assert.equal(named('/index.js'), 'index.js');
  assert.equal(named('./dist/index.js'), 'index.js');
  assert.equal(named('index.js'), 'index.js');
  assert.equal(nameOf('python3', ['python3', '/srv/shop/manage.py', 'runserver']), 'shop/manage.py');
  assert.equal(nameOf('python3', ['python3', '/opt/tool/__main__.py']), 'tool/__main__.py');
  assert.equal(nameOf('java', ['java', '-jar', '/srv/shop/app.jar']), 'shop/app.jar');
});

test('programs of one name in different places share it', () => {
  assert.equal(nameOf('sh', ['sh', '/srv/shop/run.sh']), nameOf('sh', ['sh', '/srv/blog/run.sh']));
});

test('the name of the remainder is a name like others', () => {
  assert.equal(nameOf('other'), 'other');
});

test('whatever cannot be seen or forges what is printed shows as what it is', () => {
  assert.equal(nameOf('a\nb'), 'a\\u{a}b');
  assert.equal(nameOf('\u001b[31mred'), '\\u{1b}[31mred');
  assert.equal(nameOf('evil\u202egnp'), 'evil\\u{202e}gnp');
  assert.equal(nameOf('x\u200by\u2028'), 'x\\u{200b}y\\u{2028}');
  assert.equal(nameOf('python3', ['python3', '/srv/na\u0000ïve "q".py']), 'na\\u{0}ïve "q".py');
  assert.equal(nameOf('日本語'), '日本語');
});

test('a name has at most 64 characters and ends between two of them', () => {
  assert.equal(nameOf('node', ['node', 'x'.repeat(100)]), 'x'.repeat(64));
  assert.equal(nameOf('node', ['node', `${'x'.repeat(63)}😀😀`]), `${'x'.repeat(63)}😀`);
});

test('any process has a name that can be printed', () => {
  const text = fc.string({ unit: 'binary', maxLength: 20 });
  const comm = fc.oneof(text, fc.constantFrom(...Object.keys(runtimes), '', 'MainThread', 'npm start'));
  const process: fc.Arbitrary<ProcessIdentity> = fc.record({
    comm,
    executable: text,
    commandLine: fc.array(fc.oneof(text, fc.constantFrom('-m', '-c', '-jar', '--', '-', '')), {
      maxLength: 6,
    }),
  });
  fc.assert(
    fc.property(process, identity => {
      const name = programName(identity);
      assert.match(name, /^[^\p{C}\p{Zl}\p{Zp}]{1,64}$/u);
    }),
  );
});
