import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import {
  type CollectionSnapshot,
  type Problem,
  publicKeyOf,
  type SignaturesLooked,
  type SignedDocument,
  sha256Hex,
  trustRootBytes,
  verifyChain,
  verifyTrust,
} from '../../../baselines/index.js';
import {
  admins,
  type Chain,
  collection,
  extended,
  headOf,
  keys,
  NOW_MS,
  noChain,
  propose,
  rootDocument,
  SITE,
  signatures,
  terminals,
  trust,
  trustRoot,
  verify,
} from './scene.js';

type SignatureOf = SignedDocument['signatures'][number];
const moreTerminals = collection('terminals', 'terminal', [
  ['BT300001', 'Praha'],
  ['BT300002', 'Brno'],
]);
const one = extended(noChain, propose(null));
const two = extended(one, propose(headOf(one), [admins, moreTerminals]), ['dan']);
const three = extended(two, propose(headOf(two), [admins, terminals]), ['anna']);

describe('a chain', () => {
  test('leads to its head, with the steps and signers on the way', () => {
    const { head, steps, problems } = verify(three);
    expect(problems).toEqual([]);
    expect(head?.version).toBe(3);
    expect(head?.signers).toEqual(['anna']);
    expect(head?.collections.get('terminals')).toEqual(terminals);
    expect(steps.map((step) => [step.version, step.signers])).toEqual([
      [1, ['anna', 'ben']],
      [2, ['dan']],
      [3, ['anna']],
    ]);
    expect(head?.ancestry).toEqual(steps);
  });

  test('says which file is refused and why, in words that hold nothing unsigned', () => {
    const unsigned = propose(headOf(one), [admins, moreTerminals], 'text nobody signed');
    const { problems } = verify(extended(one, unsigned, []));
    expect(problems).toEqual([
      {
        code: 'BASELINE_UNSIGNED',
        file: '000002.json',
        version: 2,
        weight: 'refused',
        detail: expect.any(String),
      },
    ]);
    expect(JSON.stringify(problems)).not.toContain('nobody signed it,');
    expect(JSON.stringify(problems)).not.toContain('text nobody signed');
  });

  test('says who is missing for which collection', () => {
    const proposal = propose(headOf(one), [collection('admins', 'admin', []), moreTerminals]);
    const { problems } = verify(extended(one, proposal, ['dan', 'anna']));
    expect(problems.map((problem) => problem.detail)).toEqual([
      'admins must be signed by 2 with the role owner; only anna signed.',
    ]);
  });

  test('is read once per records file of the head, and not for the steps before it', () => {
    const read: string[] = [];
    verifyChain({
      trust,
      site: SITE,
      documents: two.documents,
      records: (digest) => {
        read.push(digest);
        return two.records.get(digest);
      },
      nowMs: NOW_MS,
    });
    expect(read).toEqual([admins.recordsDigest, moreTerminals.recordsDigest]);
  });

  test('falls back over a few heads without records, and no further', () => {
    let chain = one;
    for (let i = 0; i < 6; i++) {
      const rows = Array.from({ length: i + 2 }, (_, n) => [`BT${n}`, null] as const);
      chain = extended(chain, propose(headOf(chain), [admins, collection('terminals', 'terminal', rows)]));
    }
    const without = (versions: readonly number[]): Chain => {
      const lost = new Set(
        versions.map((version) => {
          const text = Buffer.from(chain.documents[version - 1]?.bytes ?? []).toString('utf8');
          return (JSON.parse(text) as { collections: { records: string }[] }).collections[1]?.records;
        }),
      );
      return { ...chain, records: new Map([...chain.records].filter(([digest]) => !lost.has(digest))) };
    };
    expect(verify(without([7])).head?.version).toBe(6);
    expect(verify(without([7])).head?.ancestry).toHaveLength(6);
    expect(verify(without([7, 6, 5])).head?.version).toBe(4);
    expect(verify(without([7, 6, 5])).problems.map((problem) => problem.version)).toEqual([7]);
    expect(verify(without([7, 6, 5, 4])).head).toBeNull();
    expect(verify(without([1])).head?.version).toBe(7);
  });
});

describe('a known head', () => {
  const known = headOf(two);

  test('gives the very same result, faster', () => {
    const documents = [...three.documents];
    const mutations: Chain[] = [
      noChain,
      one,
      two,
      three,
      { ...three, documents: documents.slice(1) },
      { ...three, documents: [documents[0], documents[2]].flatMap((document) => document ?? []) },
      {
        ...two,
        documents: two.documents.map((document, i) =>
          i === 0 ? document : { ...document, bytes: Buffer.from('x') },
        ),
      },
      extended(one, propose(headOf(one), [admins, moreTerminals], 'another version 2'), ['dan']),
      extended(two, propose(headOf(one), [admins, terminals], 'a sibling'), ['anna']),
    ];
    for (const chain of mutations) {
      expect(verify(chain, known)).toEqual(verify(chain));
    }
  });

  test('is not asked for its signatures again, but for its file', () => {
    const bare = { ...two, documents: two.documents.map((document) => ({ ...document, signatures: [] })) };
    expect(verify(bare, known).head).toBe(known);
    expect(verify(bare).head).toBeNull();
    expect(verify({ ...two, documents: two.documents.slice(0, 1) }, known).head?.version).toBe(1);
  });

  test('has a signature verified again when one byte of it, of its name or of what lies beside it is another', () => {
    const looked: SignaturesLooked = new Map();
    const problemsOf = (chain: Chain) =>
      verifyChain({ ...input(chain), known, looked }).problems.map(({ code }) => code);
    const changed = (change: (one: SignatureOf) => readonly SignatureOf[]): Chain => ({
      ...two,
      documents: two.documents.map((document) => {
        if (document.file !== two.documents.at(-1)?.file) return document;
        const [first, ...others] = document.signatures;
        return { ...document, signatures: [...(first === undefined ? [] : change(first)), ...others] };
      }),
    });
    const spoilt = changed(({ file, text }) => [
      { file, text: text.replace(/(?<=\n.{30})./, (byte) => (byte === 'A' ? 'B' : 'A')) },
    ]);
    expect(problemsOf(two)).toEqual([]);
    // What is remembered is told, for these very bytes alone.
    const [about = ''] = looked.keys();
    const remembered: Problem = {
      ...{ code: 'BASELINE_NOT_JSON', file: null, version: 2, detail: 'remembered', weight: 'notice' },
    };
    looked.set(about, [remembered]);
    expect(problemsOf(two)).toEqual(['BASELINE_NOT_JSON']);
    expect(problemsOf(spoilt)).not.toEqual([]);
    expect(problemsOf(spoilt)).not.toContain('BASELINE_NOT_JSON');
    expect(problemsOf(changed(() => []))).toEqual([]);
    expect(problemsOf(changed((one) => [one, { ...one, text: 'x' }]))).not.toEqual([]);
    // One look's alone is kept.
    expect(looked.size).toBe(1);
    expect(problemsOf(two)).toEqual([]);
  });

  test('lends the records that a new head shares with it', () => {
    const next = verify(three, known).head;
    expect(next?.version).toBe(3);
    expect(next?.collections.get('admins')).toBe(known.collections.get('admins'));
  });

  test('means nothing under another trust root', () => {
    const carl = { name: 'carl', roles: ['owner'], keys: [publicKeyOf(keys.ben).line] };
    const bytes = trustRootBytes({
      ...trustRoot,
      people: trustRoot.people.map((person) => (person.name === 'ben' ? carl : person)),
    });
    const other = verifyTrust([{ file: 'root.000001.json', bytes, signatures: [] }], sha256Hex(bytes));
    const result = verifyChain({
      trust: other,
      site: SITE,
      documents: two.documents,
      records: (digest) => two.records.get(digest),
      nowMs: NOW_MS,
      known,
    });
    expect(result.head).not.toBe(known);
    expect(result.steps[0]?.signers).toEqual(['anna', 'carl']);
  });

  test('means nothing at another site', () => {
    const result = verifyChain({ ...input(two), site: 'brno-1', known });
    expect(result.head).toBeNull();
    expect(result.problems[0]?.code).toBe('BASELINE_WRONG_SITE');
  });
});

function input(chain: Chain) {
  return {
    trust,
    site: SITE,
    documents: chain.documents,
    records: (digest: string) => chain.records.get(digest),
    nowMs: NOW_MS,
  };
}

describe('whatever the bytes are', () => {
  /** One edit of a byte string. */
  const edit = fc.record({
    at: fc.nat(),
    kind: fc.constantFrom('flip', 'remove', 'insert', 'cut', 'double'),
    byte: fc.integer({ min: 0, max: 255 }),
    bit: fc.integer({ min: 0, max: 7 }),
  });
  type Edit = typeof edit extends fc.Arbitrary<infer T> ? T : never;

  function apply(bytes: Uint8Array, { at, kind, byte, bit }: Edit): Buffer {
    const buffer = Buffer.from(bytes);
    const i = at % Math.max(1, buffer.length);
    const [before, after] = [buffer.subarray(0, i), buffer.subarray(i)];
    switch (kind) {
      case 'flip':
        buffer[i] = (buffer[i] ?? 0) ^ (1 << bit);
        return buffer;
      case 'remove':
        return Buffer.concat([before, after.subarray(1)]);
      case 'insert':
        return Buffer.concat([before, Buffer.of(byte), after]);
      case 'cut':
        return Buffer.from(before);
      case 'double':
        return Buffer.concat([buffer, after]);
    }
  }

  const mutated = (bytes: Uint8Array, edits: readonly Edit[]) => edits.reduce<Uint8Array>(apply, bytes);
  const edits = fc.array(edit, { minLength: 1, maxLength: 3 });

  test('no changed statement counts', () => {
    fc.assert(
      fc.property(edits, (changes) => {
        const bytes = mutated(one.documents[0]?.bytes ?? Buffer.alloc(0), changes);
        fc.pre(Buffer.compare(bytes, one.documents[0]?.bytes ?? bytes) !== 0);
        const documents = one.documents.map((document) => ({ ...document, bytes }));
        return verifyChain({ ...input(one), documents }).head === null;
      }),
      { numRuns: 1500 },
    );
  });

  test('no changed signature counts', () => {
    const text = one.documents[0]?.signatures[0]?.text ?? '';
    fc.assert(
      fc.property(edits, (changes) => {
        const changed = Buffer.from(mutated(Buffer.from(text, 'latin1'), changes)).toString('latin1');
        fc.pre(changed !== text);
        const documents = one.documents.map((document) => ({
          ...document,
          signatures: [{ file: '000001.anna.sig', text: changed }, ...document.signatures.slice(1)],
        }));
        return verifyChain({ ...input(one), documents }).head === null;
      }),
      { numRuns: 1500 },
    );
  });

  test('no changed records file counts', () => {
    fc.assert(
      fc.property(edits, (changes) => {
        const file = one.records.get(admins.recordsDigest) ?? Buffer.alloc(0);
        const bytes = mutated(file, changes);
        fc.pre(Buffer.compare(bytes, file) !== 0);
        const records = (digest: string) =>
          digest === admins.recordsDigest ? bytes : one.records.get(digest);
        return verifyChain({ ...input(one), records }).head === null;
      }),
      { numRuns: 1500 },
    );
  });

  test('no changed statement counts although it is signed, unless it says the same or is well formed', () => {
    const document = one.documents[0];
    fc.assert(
      fc.property(edits, (changes) => {
        const bytes = mutated(document?.bytes ?? Buffer.alloc(0), changes);
        const signed = {
          file: '000001.json',
          bytes,
          signatures: signatures('000001.json', bytes, ['anna', 'ben']),
        };
        const { head } = verifyChain({ ...input(one), documents: [signed] });
        // What was signed and is accepted is the one spelling of a statement.
        return (
          head === null ||
          `${JSON.stringify(JSON.parse(Buffer.from(bytes).toString('utf8')))}\n` ===
            Buffer.from(bytes).toString('utf8')
        );
      }),
      { numRuns: 500 },
    );
  });

  test('no changed trust root counts', () => {
    fc.assert(
      fc.property(edits, (changes) => {
        const bytes = mutated(rootDocument.bytes, changes);
        fc.pre(Buffer.compare(bytes, rootDocument.bytes) !== 0);
        try {
          verifyTrust([{ ...rootDocument, bytes }], trust.digest);
          return false;
        } catch (error) {
          return (error as { code?: string }).code === 'BASELINE_TRUST_PIN';
        }
      }),
    );
  });
});

describe('records', () => {
  const hostile = fc.constantFrom(
    '',
    '__proto__',
    'constructor',
    'toJSON',
    'x'.repeat(10_240),
    '\ud83e\udd80',
    '\uff5e',
    '"\\\n\u0000',
    '~',
    '~hmac:',
  );
  const text = fc.oneof(hostile, fc.string({ unit: 'grapheme' }), fc.string());

  test('what is verified is what was proposed', () => {
    const rows = fc.uniqueArray(fc.tuple(text, fc.option(text)), { selector: ([key]) => key, maxLength: 20 });
    fc.assert(
      fc.property(rows, (records) => {
        const snapshot: CollectionSnapshot = collection('admins', 'admin', records);
        const proposal = propose(null, [snapshot, terminals]);
        const head = headOf(extended(noChain, proposal));
        expect(head.collections).toEqual(
          new Map([
            ['admins', snapshot],
            ['terminals', terminals],
          ]),
        );
        expect(head.statement).toEqual(proposal.statement);
        expect(head.digest).toBe(proposal.digest);
      }),
    );
  });
});
