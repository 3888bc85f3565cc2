import { execFileSync } from 'node:child_process';
import { generateKeyPairSync } from 'node:crypto';
import {
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import {
  installBaseline,
  installTrustRoot,
  NAMESPACES,
  type PinnedHead,
  type Proposal,
  parseStatement,
  proposeRoot,
  recordsFile,
  rootFile,
  type SignedDocument,
  sha256Hex,
  signatureFile,
  signWithKey,
  statementBytes,
  type TrustRoot,
  type VerifiedBaseline,
  type VerifiedTrust,
  verifyChain,
  verifyTrust,
} from '../../../baselines/index.js';
import { trustNews } from '../../../daemon/policy/trust-news.js';
import type { RememberedBaseline } from '../../../daemon/store/store.js';
import { createYardstick } from '../../../daemon/yardstick/yardstick.js';
import {
  type Approver,
  admins,
  collection,
  NOW_MS,
  propose,
  rootDocument,
  SITE,
  signatures,
  signed,
  terminals,
  trustRoot,
} from '../baselines/scene.js';

const DAY_MS = 86_400_000;
let folder: string;
let remembered: RememberedBaseline | null;
let nowMs: number;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'yardstick '));
  remembered = null;
  nowMs = NOW_MS;
});
afterEach(() => {
  rmSync(folder, { recursive: true });
});

/** A daemon that starts now: nothing in memory, its own copies and what the store remembers on disk. */
function started() {
  const read = createYardstick({
    trustDirectory: join(folder, 'trust'),
    baselinesDirectory: join(folder, 'baselines'),
    keptDirectory: join(folder, 'kept'),
    pin: sha256Hex(rootDocument.bytes),
    sites: [SITE],
    remembered: () => remembered,
    clock: () => nowMs,
  });
  return async () => {
    const { trust, sites } = await read();
    const own = sites.get(SITE);
    if (own === undefined) throw new Error('the site was not read');
    if (own.adopted && own.inForce) {
      remembered = { version: own.inForce.version, digest: own.inForce.digest };
    }
    const problems = own.problems.map(({ code, severity }) => `${severity} ${code}`);
    return { trust, ...own, problems };
  };
}

/** The documents people made so far, as they lie on disk. */
class People {
  readonly roots: SignedDocument[] = [rootDocument];
  readonly #documents: SignedDocument[] = [];
  readonly #records = new Map<string, Uint8Array>();

  trust(): VerifiedTrust {
    return verifyTrust(this.roots, sha256Hex(rootDocument.bytes));
  }

  head(): VerifiedBaseline | null {
    return verifyChain({
      trust: this.trust(),
      site: SITE,
      documents: this.#documents,
      records: (digest) => this.#records.get(digest),
      nowMs,
    }).head;
  }

  async approve(collections = [admins, terminals], signers: readonly Approver[] = ['anna', 'ben']) {
    const proposal: Proposal = propose(this.head(), collections);
    const document = signed(proposal, signers);
    this.#documents.push(document);
    for (const [digest, bytes] of proposal.records) this.#records.set(digest, bytes);
    await installBaseline(join(folder, 'baselines'), SITE, document, proposal.records);
    return proposal;
  }

  /** The next root, with the head of the moment pinned. */
  async rotate(over: Partial<TrustRoot>, signers: readonly Approver[] = ['anna', 'ben']) {
    const trust = this.trust();
    const head = this.head();
    const heads: PinnedHead[] =
      head === null ? [] : [{ site: SITE, version: head.version, statement: head.digest }];
    const { bytes, root } = proposeRoot(trust, {
      ...trust.root,
      heads,
      createdMs: nowMs,
      expiresMs: nowMs + 365 * DAY_MS,
      ...over,
    });
    const file = rootFile(root.version);
    const document = { file, bytes, signatures: signatures(file, bytes, signers, NAMESPACES.root) };
    this.roots.push(document);
    await installTrustRoot(join(folder, 'trust'), document);
  }
}

async function founded(): Promise<People> {
  const people = new People();
  await installTrustRoot(join(folder, 'trust'), rootDocument);
  await people.approve();
  return people;
}

const person = (name: string): TrustRoot['people'][number] => {
  const found = trustRoot.people.find((one) => one.name === name);
  if (found === undefined) throw new Error('nobody of that name');
  return found;
};
const more = (...names: string[]) =>
  collection(
    'terminals',
    'terminal',
    ['Praha', ...names].map((name, i) => [`BT30000${i + 1}`, name] as const),
  );

describe('a daemon that was off for three rotations', () => {
  test('catches up: every root in between is walked and told, and so is what changed since', async () => {
    const people = await founded();
    expect(await started()()).toMatchObject({ adopted: true, previous: null, problems: [] });
    const known = people.trust().digest;

    const owners = { ...person('dan'), roles: ['owner', 'tech'] };
    await people.rotate({ people: [person('anna'), person('ben'), owners] });
    await people.approve([admins, more('Brno')], ['dan']);
    await people.rotate({ people: [person('ben'), owners] }, ['ben', 'dan']);
    await people.approve([admins, more('Brno', 'Plzeň')], ['dan']);
    await people.rotate({ rules: [{ kinds: ['root'], threshold: 1, roles: ['owner'] }] }, ['ben', 'dan']);

    const now = await started()();
    expect(now).toMatchObject({
      inForce: { version: 3 },
      previous: { version: 1 },
      adopted: true,
      problems: [],
    });
    expect(now.previous?.collections.get('terminals')?.records).toHaveLength(1);
    expect(now.trust?.version).toBe(4);
    const news = trustNews(known, now.trust as VerifiedTrust);
    expect(
      news.map(({ version, difference }) => [version, difference?.removed.map(({ name }) => name)]),
    ).toEqual([
      [2, []],
      [3, ['anna']],
      [4, []],
    ]);
    expect(await started()()).toMatchObject({ inForce: { version: 3 }, adopted: false, problems: [] });
  });
});

describe('a key that was taken away', () => {
  test('signs nothing any more, not even as if it had been before', async () => {
    const people = await founded();
    const dated = await people.approve([admins, more('Brno')], ['anna']);
    const owners = { ...person('dan'), roles: ['owner', 'tech'] };
    await people.rotate({ people: [person('anna'), person('ben'), owners] });
    await people.rotate({ people: [person('ben'), owners] }, ['anna', 'ben', 'dan']);
    expect(await started()()).toMatchObject({ inForce: { version: 2 }, problems: [] });

    // The pinned head counts though its only signer is gone; another document of its version, or a child, does not.
    await people.approve([admins, more('Ostrava')], ['anna']);
    const now = await started()();
    expect(now).toMatchObject({ inForce: { version: 2, digest: dated.digest } });
    expect(now.problems).toEqual(['high BASELINE_UNSIGNED', 'medium BASELINE_SIGNATURE_UNKNOWN_KEY']);
  });
});

describe('a trust root that was in force', () => {
  const owners = { ...person('dan'), roles: ['owner', 'tech'] };
  const file = () => join(folder, 'trust', rootFile(2));

  test('cannot be taken away by deleting it', async () => {
    const people = await founded();
    await people.rotate({ people: [person('anna'), person('ben'), owners] });
    expect((await started()()).trust?.version).toBe(2);
    rmSync(file());
    const now = await started()();
    expect(now.trust?.version).toBe(2);
    expect(now.problems).toEqual(['high TRUST_ROOT_MISSING']);
  });

  test.each([
    ['junk', Buffer.from('junk')],
    ['nothing', Buffer.alloc(0)],
    ['root 1', rootDocument.bytes],
  ])('cannot be taken away by putting %s in its place', async (_what, bytes) => {
    const people = await founded();
    await people.rotate({ people: [person('anna'), person('ben'), owners] });
    await started()();
    writeFileSync(file(), bytes);
    const now = await started()();
    expect(now.trust?.version).toBe(2);
    expect(now.problems).toEqual(['critical BASELINE_EQUIVOCATION']);
  });

  test('that cannot be kept does not take effect, and the comparison goes on by the one before', async () => {
    const people = await founded();
    const read = started();
    await read();
    const kept = join(folder, 'kept', 'trust', sha256Hex(rootDocument.bytes).slice(0, 16));
    mkdirSync(join(kept, rootFile(2)));
    await people.rotate({ people: [person('anna'), person('ben'), owners] });
    const now = await started()();
    expect(now.trust?.version).toBe(1);
    expect(now).toMatchObject({ inForce: { version: 1 }, problems: ['critical BASELINE_FILE_NOT_REGULAR'] });
  });

  test('is told when it does not count, and nothing of it is kept', async () => {
    const people = await founded();
    await people.rotate({ people: [person('anna'), person('ben'), owners] }, ['anna']);
    const now = await started()();
    expect(now.trust?.version).toBe(1);
    expect(now.problems).toEqual(['high BASELINE_TOO_FEW_SIGNERS']);
    const kept = join(folder, 'kept', 'trust', sha256Hex(rootDocument.bytes).slice(0, 16));
    expect(readdirSync(kept)).toEqual([rootFile(1)]);
  });
});

describe('what expires', () => {
  test('is told low 30, 7 and 1 days before, high after it, and compared with all the while', async () => {
    await founded();
    const { expiresMs } = (await started()()).inForce as VerifiedBaseline;
    const read = started();
    const told: [number, readonly string[]][] = [];
    for (const days of [31, 30, 8, 7, 2, 1, -1, -400]) {
      nowMs = expiresMs - days * DAY_MS;
      const now = await read();
      expect(now.inForce?.version).toBe(1);
      told.push([days, now.problems.filter((problem) => problem.includes('BASELINE'))]);
    }
    expect(told).toEqual([
      [31, []],
      [30, ['low BASELINE_EXPIRES_SOON']],
      [8, ['low BASELINE_EXPIRES_SOON']],
      [7, ['low BASELINE_EXPIRES_SOON']],
      [2, ['low BASELINE_EXPIRES_SOON']],
      [1, ['low BASELINE_EXPIRES_SOON']],
      [-1, ['high BASELINE_EXPIRED']],
      [-400, ['high BASELINE_EXPIRED']],
    ]);
  });

  test('is told of a trust root too, each stage with words of its own', async () => {
    await founded();
    const expiresMs = Date.parse(trustRoot.expires);
    const details = new Set<string>();
    for (const days of [31, 30, 8, 7, 2, 1, -1]) {
      nowMs = expiresMs - days * DAY_MS;
      const read = createYardstick({
        trustDirectory: join(folder, 'trust'),
        baselinesDirectory: join(folder, 'baselines'),
        keptDirectory: join(folder, 'kept'),
        pin: sha256Hex(rootDocument.bytes),
        sites: [SITE],
        remembered: () => null,
        clock: () => nowMs,
      });
      const problems = (await read()).sites.get(SITE)?.problems ?? [];
      for (const { code, detail, file } of problems) {
        if (code.startsWith('TRUST_')) details.add(`${code} ${file} ${detail}`);
      }
    }
    expect([...details].map((line) => line.split(' ')[0])).toEqual([
      'TRUST_EXPIRES_SOON',
      'TRUST_EXPIRES_SOON',
      'TRUST_EXPIRES_SOON',
      'TRUST_EXPIRED',
    ]);
  });

  test('does not stop anything when the clock is set back by years', async () => {
    await founded();
    const read = started();
    await read();
    nowMs = Date.parse('2020-01-01T00:00:00.000Z');
    expect(await read()).toMatchObject({ inForce: { version: 1 }, adopted: false, problems: [] });
    expect(await started()()).toMatchObject({ inForce: { version: 1 }, adopted: false, problems: [] });
  });
});

/** Everything below `folder`: names, types, sizes, times and contents. */
function everything(): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .map((entry) => {
      const path = join(entry.parentPath, entry.name);
      const { mode, size, mtimeMs } = lstatSync(path);
      const content = entry.isFile() && size < 1e6 ? sha256Hex(readFileSync(path)) : '';
      return [path, mode, size, mtimeMs, content].join(' ');
    })
    .sort();
}

describe('bad input beside a good baseline', () => {
  const site = (file: string) => join(folder, 'baselines', SITE, file);
  const next = (over: { site?: string; parent?: 'stale' } = {}) => {
    const proposal = propose(null, [admins, more('Brno')]);
    const statement = {
      ...proposal.statement,
      version: 2,
      parent: over.parent === 'stale' ? '0'.repeat(64) : sha256Hex(readFileSync(site('000001.json'))),
      site: over.site ?? SITE,
    };
    const bytes = statementBytes(statement);
    return { file: '000002.json', bytes, records: proposal.records };
  };
  type Next = ReturnType<typeof next>;
  const place = ({ file, bytes, records }: Next, sigs: SignedDocument['signatures']) => {
    for (const [digest, content] of records) writeFileSync(site(recordsFile(digest)), content);
    for (const one of sigs) writeFileSync(site(one.file), one.text);
    writeFileSync(site(file), bytes);
  };
  const good = (one: Next, signers: readonly Approver[] = ['anna', 'ben']) =>
    signatures(one.file, one.bytes, signers);
  const placeGood = (over = {}) => {
    const one = next(over);
    place(one, good(one));
    return one;
  };
  const stranger = generateKeyPairSync('ed25519').privateKey;

  test.each<[string, string, () => void]>([
    ['a step nobody signed', 'high BASELINE_UNSIGNED', () => place(next(), [])],
    [
      'a step signed for another namespace',
      'high BASELINE_UNSIGNED',
      () => {
        const one = next();
        place(one, signatures(one.file, one.bytes, ['anna', 'ben'], NAMESPACES.root));
      },
    ],
    [
      'a step signed with a key that is nobody’s',
      'high BASELINE_UNSIGNED',
      () => {
        const one = next();
        const text = signWithKey({
          privateKey: stranger,
          namespace: NAMESPACES.baseline,
          message: one.bytes,
        });
        place(one, [{ file: signatureFile(one.file, 'anna'), text }]);
      },
    ],
    [
      'a step that too few signed',
      'high BASELINE_TOO_FEW_SIGNERS',
      () => {
        const one = next();
        const bytes = statementBytes({ ...parseStatement(one.bytes), collections: [] });
        place({ ...one, bytes }, good({ ...one, bytes }, ['anna']));
      },
    ],
    ['a step on another parent', 'high BASELINE_WRONG_PARENT', () => placeGood({ parent: 'stale' })],
    ['a step of another site', 'high BASELINE_WRONG_SITE', () => placeGood({ site: 'brno-1' })],
    [
      'records that were changed',
      'high BASELINE_RECORDS_DIGEST',
      () => {
        const { records } = placeGood();
        const [digest] = [...records.keys()].filter((one) => one !== admins.recordsDigest);
        writeFileSync(site(recordsFile(digest ?? '')), 'changed');
      },
    ],
    [
      'a statement that was cut off',
      'high BASELINE_UNSIGNED',
      () => {
        const one = placeGood();
        writeFileSync(site(one.file), one.bytes.subarray(0, 100));
      },
    ],
    [
      'a statement of 100 MB',
      'high BASELINE_TOO_LARGE',
      () => {
        writeFileSync(site('000002.json'), '');
        truncateSync(site('000002.json'), 100 * 1024 * 1024);
      },
    ],
    [
      'a records file of 100 MB',
      'high BASELINE_TOO_LARGE',
      () => {
        const { records } = placeGood();
        const [digest] = [...records.keys()].filter((one) => one !== admins.recordsDigest);
        truncateSync(site(recordsFile(digest ?? '')), 100 * 1024 * 1024);
      },
    ],
    [
      'a deeply nested statement, well signed',
      'high BASELINE_TOO_DEEP',
      () => {
        const one = { ...next(), bytes: Buffer.from(`${'['.repeat(100_000)}${']'.repeat(100_000)}\n`) };
        place(one, good(one));
      },
    ],
    [
      'a symbolic link to a good statement',
      'high BASELINE_FILE_SYMLINK',
      () => {
        const one = placeGood();
        renameSync(site(one.file), join(folder, 'elsewhere.json'));
        symlinkSync(join(folder, 'elsewhere.json'), site(one.file));
      },
    ],
    ['a FIFO', 'high BASELINE_FILE_NOT_REGULAR', () => void execFileSync('mkfifo', [site('000002.json')])],
    ['a directory', 'high BASELINE_FILE_NOT_REGULAR', () => void mkdirSync(site('000002.json'))],
    [
      'a signature that is a FIFO',
      'high BASELINE_TOO_FEW_SIGNERS',
      () => {
        const one = next();
        const bytes = statementBytes({ ...parseStatement(one.bytes), collections: [] });
        place({ ...one, bytes }, good({ ...one, bytes }, ['anna']));
        execFileSync('mkfifo', [site('000002.ben.sig')]);
      },
    ],
  ])('%s is told as %s and changes nothing on disk', async (_what, problem, spoil) => {
    await founded();
    await started()();
    spoil();
    const before = everything();
    const now = await started()();
    expect(now).toMatchObject({ inForce: { version: 1 }, adopted: false });
    expect(now.problems).toContain(problem);
    expect(everything()).toEqual(before);
  });
});
