import { chmod, mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { runDoctor } from '../../daemon/cli/doctor/doctor.js';
import type { Symptom } from '../../daemon/cli/doctor/symptom.js';
import { approveSite } from '../../daemon/demo/site.js';
import { openStore } from '../../daemon/store/sqlite/open.js';
import { writeChannelTest } from '../../daemon/watchdog/channel-tests.js';
import { selfSignedCertificate } from '../support/certificate.js';
import { undocumentedMembers } from '../support/json-doc.js';
import { createTestDatabase, type TestDatabase } from '../support/postgres.js';
import { waitFor } from '../support/wait.js';
import { prepareWatchedSite, type WatchedSite } from '../support/watched-site.js';
import { fakeTerminal } from '../unit/cli/fake-terminal.js';

let database: TestDatabase;
let watched: WatchedSite;
let role: string;
/** How far the clock of the machine that looks is ahead, in milliseconds. */
let aheadMs = 0;

const DAY_MS = 86_400_000;

beforeAll(async () => {
  database = await createTestDatabase();
  watched = await prepareWatchedSite(database);
  role = new URL((await readFile(secret(), 'utf8')).trim()).username;
  await approveSite(watched.site, watched.site.approvers, 'first');
  openStore(join(watched.directory, 'state')).close();
  for (const channel of ['ops', 'oncall'] as const) provenNow(channel, true);
});

afterAll(async () => {
  await watched?.close();
  await database?.drop();
});

const inSite = (...path: readonly string[]) => join(watched.directory, ...path);
const secret = () => inSite('secrets', 'cas_url');

function provenNow(channel: 'ops' | 'oncall', delivered: boolean): void {
  const kind = channel === 'ops' ? 'slack' : 'email';
  const reason = delivered ? null : 'the server refuses our login (535)';
  writeChannelTest(inSite('state'), { channel, kind, atMs: Date.now(), delivered, reason });
}

async function looked(): Promise<{ exit: number; symptoms: readonly Symptom[] }> {
  const terminal = fakeTerminal();
  const clock = () => Date.now() + aheadMs;
  const context = { terminal, env: {}, configFile: watched.site.configFile, clock };
  const exit = await runDoctor(context, undefined, { json: true });
  const printed: { exit: number; symptoms: Symptom[] } = JSON.parse(terminal.lines.join('\n'));
  expect(printed.exit).toBe(exit);
  expect(undocumentedMembers('doctor', printed)).toEqual([]);
  return printed;
}

/** Replaces text of the configuration. Returns what puts it back. */
async function configured(change: (text: string) => string): Promise<() => Promise<void>> {
  const { configFile } = watched.site;
  const before = await readFile(configFile, 'utf8');
  await writeFile(configFile, change(before));
  return () => writeFile(configFile, before);
}

async function moded(path: string, mode: number, back: number): Promise<() => Promise<void>> {
  await chmod(path, mode);
  return () => chmod(path, back);
}

interface Breakage {
  /** Breaks one thing. Returns what mends it. */
  readonly breaks: () => Promise<() => unknown>;
  readonly level: Symptom['level'];
  readonly found: RegExp;
  readonly remedy: RegExp;
}

const BREAKAGES: Readonly<Record<string, Breakage>> = {
  'a column that the role may not read': {
    breaks: async () => {
      await database.query(`revoke select (login) on public.cas_user from ${role}`);
      return () => database.query(`grant select (login) on public.cas_user to ${role}`);
    },
    level: 'broken',
    found: /the role may not read column "login" of public\.cas_user/,
    remedy: /^GRANT SELECT \("login"\) ON TABLE "public"\."cas_user" TO "/,
  },
  'a table that is not there': {
    breaks: async () => {
      await database.query('alter table public.person rename to persons_of_old');
      return () => database.query('alter table public.persons_of_old rename to person');
    },
    level: 'broken',
    found: /the table public\.person does not exist/,
    remedy: /^correct that name in the configuration/,
  },
  'a password that the server does not take': {
    breaks: async () => {
      const before = await readFile(secret(), 'utf8');
      await writeFile(secret(), before.replace(/:[^:@/]*@/, ':not-it@'));
      return () => writeFile(secret(), before);
    },
    level: 'broken',
    found: /the server refused the login/,
    remedy: /give it a password, and put that one into the url of source cas/,
  },
  'triggers that are switched off': {
    breaks: async () => {
      await database.query('alter table public.terminal disable trigger user');
      return () =>
        database.query(
          ['insert', 'delete', 'update', 'truncate']
            .map((event) => `alter table public.terminal enable always trigger tillwarden_${event}`)
            .join('; '),
        );
    },
    level: 'weak',
    found: /public\.terminal: triggers switched off: tillwarden_insert, /,
    remedy: /^tillwarden sql --site prague-1/,
  },
  'a role that may write': {
    breaks: async () => {
      await database.query(`grant update on public.terminal to ${role}`);
      return () => database.query(`revoke update on public.terminal from ${role}`);
    },
    level: 'broken',
    found: /SOURCE_ROLE_DANGEROUS: .*may UPDATE on public\.terminal/,
    remedy: /^$/,
  },
  'a database that does not answer': {
    breaks: async () => {
      const before = await readFile(secret(), 'utf8');
      await writeFile(secret(), before.replace(/:\d+\//, ':1/'));
      return () => writeFile(secret(), before);
    },
    level: 'broken',
    found: /127\.0\.0\.1:1: the connection failed \(ECONNREFUSED\): nothing listens there/,
    remedy: /correct the url of source cas/,
  },
  'a secret that others may read': {
    breaks: () => moded(secret(), 0o644, 0o600),
    level: 'broken',
    found: /url_file: found .*cas_url.* with mode 0644/,
    remedy: /: chmod 600 \/\S+\/cas_url$/m,
  },
  'a configuration that everybody may write': {
    breaks: () => moded(watched.site.configFile, 0o666, 0o644),
    level: 'broken',
    found: /everybody may write .*tillwarden\.yaml/,
    remedy: /^chmod o-w /,
  },
  'a state that others may look into': {
    breaks: () => moded(inSite('state'), 0o755, 0o700),
    level: 'weak',
    found: /others than its owner may look into .*state \(mode 0755\)/,
    remedy: /^chmod 700 /,
  },
  'a shared folder in which the next person cannot sign': {
    breaks: async () => {
      await mkdir(inSite('baselines.d', 'prague-1', 'pending'), { mode: 0o755 });
      await chmod(inSite('baselines.d'), 0o2775);
      return async () => {
        await chmod(inSite('baselines.d'), 0o700);
        await rm(inSite('baselines.d', 'prague-1', 'pending'), { recursive: true });
      };
    },
    level: 'broken',
    found: /is shared by a group that may not write in 2 folders below: the next person cannot sign/,
    remedy: /^find .* -type d -exec chmod g\+ws/,
  },
  'a signed folder in a git repository that may change line ends': {
    breaks: async () => {
      await mkdir(inSite('.git'));
      return () => rm(inSite('.git'), { recursive: true });
    },
    level: 'weak',
    found: /trust lies in a git repository that may change line ends/,
    remedy: /^echo '\* -text' > .*\.gitattributes'?$/,
  },
  'a state that cannot be read, so that nobody knows what arrived': {
    breaks: async () => {
      await rename(inSite('state', 'state.sqlite'), inSite('state', 'away'));
      await mkdir(inSite('state', 'state.sqlite'));
      return async () => {
        await rm(inSite('state', 'state.sqlite'), { recursive: true });
        await rename(inSite('state', 'away'), inSite('state', 'state.sqlite'));
      };
    },
    level: 'unknown',
    found: /whether anything arrives through ops and oncall is not known: the state in .* cannot be read/,
    remedy: /^$/,
  },
  'a pinned trust root that is gone': {
    breaks: async () => {
      await rename(inSite('trust'), inSite('trust.away'));
      return () => rename(inSite('trust.away'), inSite('trust'));
    },
    level: 'broken',
    found: /there is no .*trust, the folder of trust/,
    remedy: /trust\.directory/,
  },
  'a baseline that has expired': {
    breaks: async () => {
      aheadMs = 100 * DAY_MS;
      return () => {
        aheadMs = 0;
      };
    },
    level: 'weak',
    found: /prague-1: baseline 1 expired 10 days ago|prague-1: baseline 1 expired 9 days ago/,
    remedy: /^tillwarden approve prague-1 --renew --config /,
  },
  'clocks that are apart': {
    breaks: async () => {
      aheadMs = 90_000;
      return () => {
        aheadMs = 0;
      };
    },
    level: 'weak',
    found: /its clock and ours are (?:89|90|91) seconds apart/,
    remedy: /NTP/,
  },
  'a channel whose last test did not arrive': {
    breaks: async () => {
      provenNow('oncall', false);
      return () => provenNow('oncall', true);
    },
    level: 'broken',
    found: /oncall \(email\): its last test did not arrive: the server refuses our login \(535\)/,
    remedy: /^tillwarden notify test oncall --config \S+tillwarden\.yaml'?$/,
  },
  'a certificate of the API that has expired': {
    breaks: async () => {
      const { cert, key } = selfSignedCertificate();
      await writeFile(inSite('api.pem'), cert);
      await writeFile(inSite('secrets', 'api_key'), key, { mode: 0o600 });
      aheadMs = 1000 * DAY_MS;
      const back = await configured(
        (text) =>
          `${text}api:\n  tls: { certificateFile: ./api.pem, key_file: ./secrets/api_key }\n  people: [{ name: anna, scopes: [read], tokenDigest: "sha256:${'0'.repeat(64)}" }]\n`,
      );
      return () => {
        aheadMs = 0;
        return back();
      };
    },
    level: 'broken',
    found: /the certificate of the API expired \d+ days ago/,
    remedy: /put a new one in its place/,
  },
  'a daemon that does not run': {
    breaks: () => configured((text) => text.replace('http: { port: 0 }', 'http: { port: 1 }')),
    level: 'broken',
    found: /no daemon answers at 127\.0\.0\.1:1: nothing is watched/,
    remedy: /^tillwarden run --config /,
  },
};

const EXITS = { broken: 78, unknown: 11, weak: 10, good: 0 } as const;

describe('tillwarden doctor', () => {
  test('finds nothing broken at a site that is set up, and shows what it looked at', async () => {
    const { exit, symptoms } = await looked();
    expect(symptoms.filter(({ level }) => level === 'broken')).toEqual([]);
    // The port of this daemon is chosen at its start, and there is no heartbeat.
    expect(symptoms.filter(({ level }) => level !== 'good')).toHaveLength(2);
    expect(exit).toBe(11);
    const found = symptoms.map((one) => one.found).join('\n');
    expect(found).toMatch(/PostgreSQL \d+\.\d+ answers, and lets in /);
    expect(found).toMatch(/reads admin_users \(12\), .*sensor_cas \(\d+\)/);
    expect(found).toContain('a change there is heard at once');
  });

  test.each(Object.entries(BREAKAGES))('finds %s, and says what to do', async (_name, breakage) => {
    const { breaks, level, found, remedy } = breakage;
    const mend = await breaks();
    try {
      const { exit, symptoms } = await looked();
      const one = symptoms.find((symptom) => found.test(symptom.found));
      expect({ one, all: symptoms.filter((symptom) => symptom.level !== 'good') }).toMatchObject({
        one: { level },
      });
      expect(one?.statement ?? one?.command ?? one?.advice ?? '').toMatch(remedy);
      const worst = symptoms.some((symptom) => symptom.level === 'broken') ? 'broken' : 'unknown';
      expect(exit).toBe(EXITS[worst]);
      if (level === 'broken') expect(worst).toBe('broken');
    } finally {
      await mend();
    }
  });

  test('says of a wrong column or table once what is wrong with it', async () => {
    for (const [wrong, right] of [
      ['cas_user rename login to log_in', 'cas_user rename log_in to login'],
      ['person rename to persons_of_old', 'persons_of_old rename to person'],
    ]) {
      await database.query(`alter table public.${wrong}`);
      try {
        const broken = (await looked()).symptoms.filter(({ level }) => level === 'broken');
        expect(broken.map(({ advice }) => advice)).toEqual([expect.stringMatching(/^correct that name/)]);
      } finally {
        await database.query(`alter table public.${right}`);
      }
    }
  });

  test('has the first baseline signed before the daemon is started', async () => {
    const mend = await configured((text) => text.replace('http: { port: 0 }', 'http: { port: 1 }'));
    await rename(inSite('baselines.d'), inSite('baselines.away'));
    await mkdir(inSite('baselines.d'));
    try {
      const broken = (await looked()).symptoms.filter(({ level }) => level === 'broken');
      expect(broken.map(({ command }) => command?.replace(/ --config .*/, ''))).toEqual([
        'tillwarden approve prague-1',
        'tillwarden run',
      ]);
      expect(broken[1]?.advice).toMatch(/^sign the first baseline of prague-1 before/);
    } finally {
      await rm(inSite('baselines.d'), { recursive: true });
      await rename(inSite('baselines.away'), inSite('baselines.d'));
      await mend();
    }
    const { symptoms } = await looked();
    expect(symptoms.filter(({ level }) => level === 'broken')).toEqual([]);
  });

  test('says of each source in one line that all is well, and of what is not everything', async () => {
    const lines = async (options: { readonly verbose?: boolean }) => {
      const terminal = fakeTerminal();
      const context = { terminal, env: {}, configFile: watched.site.configFile, clock: Date.now };
      await runDoctor(context, undefined, options);
      return terminal.lines;
    };
    const folded = await lines({});
    expect(folded.filter((line) => line.includes('prague-1/cas'))).toEqual([
      expect.stringMatching(
        /^good {5}prague-1\/cas: PostgreSQL \S+, clock, (?:connections, )?reads \d+ collections, hears changes$/,
      ),
    ]);
    expect(folded.filter((line) => line.startsWith('good')).length).toBeLessThanOrEqual(8);
    // How many connections are open may be another number at each look, while those of the one before are ended.
    await waitFor(
      async () => {
        const [short, verbose, { symptoms }] = [
          await lines({}),
          await lines({ verbose: true }),
          await looked(),
        ];
        for (const { level, found } of symptoms) {
          const isSaid = (line: string) => line.endsWith(found);
          expect([found, verbose.some(isSaid)]).toEqual([found, true]);
          if (level !== 'good') expect([found, short.some(isSaid)]).toEqual([found, true]);
        }
        return true;
      },
      { what: 'three looks that find the same' },
    );
  });

  test('never prints a secret, whatever is broken', async () => {
    const password = new URL((await readFile(secret(), 'utf8')).trim()).password;
    const terminal = fakeTerminal();
    await runDoctor(
      { terminal, env: {}, configFile: watched.site.configFile, clock: Date.now },
      undefined,
      {},
    );
    expect(terminal.lines.join('\n')).not.toContain(password);
    expect(terminal.lines.at(-1)).toMatch(/^1 unknown, 1 weak, \d+ good \(--verbose names each\)$/);
  });
});
