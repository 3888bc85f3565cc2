import { describe, expect, test } from '@jest/globals';
import { BaselineError, type Problem, verifyChain, verifyTrust } from '../../../baselines/index.js';
import { naming } from '../../../baselines/read-file.js';
import { refusalOf } from './refusal.js';
import { NOW_MS, propose, rootDocument, SITE, signed, trust } from './scene.js';

const unread = (over: Partial<Problem> = {}): Problem => ({
  code: 'BASELINE_FILE_SYMLINK',
  file: 'root.000001.json',
  version: 1,
  detail: 'It is a link.',
  weight: 'refused',
  ...over,
});
const PINNED = `The configuration pins root.000001.json with sha256:${trust.digest}`;
const NONE = `BASELINE_TRUST_PIN: ${PINNED}; there is none. Restore the file, or correct trust.root if you changed it on purpose.`;

describe('the pinned trust root that cannot be read', () => {
  test.each<[string, Problem, string]>([
    ['its file', unread(), `BASELINE_FILE_SYMLINK: root.000001.json: It is a link. ${PINNED}.`],
    ['its directory', unread({ file: null }), `BASELINE_FILE_SYMLINK: It is a link. ${PINNED}.`],
    ['a signature', unread({ weight: 'notice' }), NONE],
    ['another root', unread({ file: 'root.000002.json' }), NONE],
  ])('is reported as that only when it is the one: %s', (_what, problem, answer) => {
    expect(refusalOf(() => verifyTrust([], trust.digest, [problem]))).toBe(answer);
  });

  test('is the one that was read, when one was', () => {
    const other = { ...rootDocument, bytes: Buffer.from('x') };
    expect(refusalOf(() => verifyTrust([other], trust.digest, [unread()]))).toMatch(
      /^BASELINE_TRUST_PIN: .*; the one found/,
    );
    expect(verifyTrust([rootDocument], trust.digest, [unread()]).version).toBe(1);
  });
});

describe('signed files whose line ends git changed', () => {
  const twinOf = (bytes: Uint8Array) => Buffer.from(Buffer.from(bytes).toString().replaceAll('\n', '\r\n'));

  test('are named as that, so that nobody gives way at the pin', () => {
    const root = { ...rootDocument, bytes: twinOf(rootDocument.bytes) };
    expect(refusalOf(() => verifyTrust([root], trust.digest))).toMatch(
      /^BASELINE_LINE_ENDS: root\.000001\.json is the pinned root with other line ends \(CRLF\).* Leave trust\.root as it is: put the line "\* -text" into \.gitattributes/,
    );
  });

  test('are named as that for records too', () => {
    const proposal = propose(null);
    const document = signed(proposal);
    const records = (digest: string) => {
      const bytes = proposal.records.get(digest);
      if (bytes === undefined) throw new RangeError('no such records');
      return twinOf(bytes);
    };
    const chain = verifyChain({ trust, site: SITE, documents: [document], records, nowMs: NOW_MS });
    expect(chain.head).toBeNull();
    expect(chain.problems.map(({ code }) => code)).toContain('BASELINE_LINE_ENDS');
  });
});

describe('what is done with a file', () => {
  const thrownBy = (error: Error) => {
    try {
      return naming('file', () => {
        throw error;
      });
    } catch (thrown) {
      return thrown;
    }
  };

  test('is refused under its name, and a bug stays what it is', () => {
    const refusal = new BaselineError('BASELINE_FORMAT', 'site must be text.');
    expect(thrownBy(refusal)).toMatchObject({ message: 'file: site must be text.', cause: refusal });
    const bug = new Error('a bug');
    expect(thrownBy(bug)).toBe(bug);
    expect(naming('file', () => 1)).toBe(1);
  });
});
