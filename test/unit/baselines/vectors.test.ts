import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import {
  BaselineError,
  type Problem,
  type SignedDocument,
  type VerifiedTrust,
  verifyChain,
  verifySuppression,
  verifyTrust,
} from '../../../baselines/index.js';

/** How test/vectors/README.md describes a case and its verdict. */
type Content = { readonly text: string } | { readonly base64: string };
type Document = Content & Pick<SignedDocument, 'file' | 'signatures'>;
interface Case {
  readonly pin: string;
  readonly site: string;
  readonly now: string;
  readonly trust: readonly Document[];
  readonly documents: readonly Document[];
  readonly records: readonly (Content & { readonly digest: string })[];
}
interface Verdict {
  readonly trust: { error: string } | { version: number; refused: string[]; notices: string[] };
  readonly head: number | null;
  readonly signers?: readonly string[];
  readonly refused: readonly string[];
  readonly notices: readonly string[];
}

const folder = new URL('../../vectors/', import.meta.url);
const read = (name: string) => JSON.parse(readFileSync(new URL(name, folder), 'utf8'));
const index = read('index.json') as { case: string; why: string; expect: Verdict }[];

const bytesOf = (content: Content) =>
  'text' in content ? Buffer.from(content.text, 'utf8') : Buffer.from(content.base64, 'base64');
const documentOf = (document: Document): SignedDocument => ({ ...document, bytes: bytesOf(document) });
const codes = (problems: readonly Problem[], weight: Problem['weight']) =>
  problems.filter((problem) => problem.weight === weight).map((problem) => problem.code);

function trustVerdict(input: Case): { verdict: Verdict['trust']; trust: VerifiedTrust | null } {
  try {
    const trust = verifyTrust(input.trust.map(documentOf), input.pin);
    const refused = codes(trust.problems, 'refused');
    const notices = codes(trust.problems, 'notice');
    return { verdict: { version: trust.version, refused, notices }, trust };
  } catch (error) {
    if (!(error instanceof BaselineError)) throw error;
    return { verdict: { error: error.code }, trust: null };
  }
}

function chainOf(input: Case, trust: VerifiedTrust) {
  const records = new Map(input.records.map((record) => [record.digest, bytesOf(record)]));
  return verifyChain({
    trust,
    site: input.site,
    documents: input.documents.map(documentOf),
    records: (digest) => records.get(digest),
    nowMs: Date.parse(input.now),
  });
}

function verdictOf(input: Case): Verdict {
  const { verdict, trust } = trustVerdict(input);
  if (trust === null) return { trust: verdict, head: null, refused: [], notices: [] };
  const { head, problems } = chainOf(input, trust);
  return {
    trust: verdict,
    head: head?.version ?? null,
    ...(head === null ? {} : { signers: head.signers }),
    refused: codes(problems, 'refused'),
    notices: codes(problems, 'notice'),
  };
}

describe('the published vectors', () => {
  test.each(index.map((entry) => [entry.case, entry.why, entry.expect] as const))(
    '%s: %s',
    (name, _why, expected) => {
      expect(verdictOf(read(`cases/${name}.json`))).toEqual(expected);
    },
  );

  test('the index names every case there is', () => {
    const files = readdirSync(new URL('cases/', folder));
    expect(index.map((entry) => `${entry.case}.json`).sort()).toEqual(files.sort());
    expect(index.length).toBeGreaterThan(60);
  });
});

interface SuppressionCase extends Case {
  readonly excuse: Document;
}
type SuppressionVerdict =
  | { readonly counts: true; readonly signers: readonly string[]; readonly notices: readonly string[] }
  | { readonly counts: false; readonly refused: string };
const suppressionIndex = read('excuse-index.json') as {
  case: string;
  why: string;
  expect: SuppressionVerdict;
}[];

function suppressionVerdict(input: SuppressionCase): SuppressionVerdict {
  const { trust } = trustVerdict(input);
  if (trust === null) throw new Error('the case has no trust root');
  const baseline = chainOf(input, trust).head;
  try {
    const { suppression, notices } = verifySuppression(
      { trust, site: input.site, baseline },
      documentOf(input.excuse),
    );
    return { counts: true, signers: suppression.signers, notices: codes(notices, 'notice') };
  } catch (error) {
    if (!(error instanceof BaselineError)) throw error;
    return { counts: false, refused: error.code };
  }
}

describe('the published vectors of suppressions', () => {
  test.each(suppressionIndex.map((entry) => [entry.case, entry.why, entry.expect] as const))(
    '%s: %s',
    (name, _why, expected) => {
      expect(suppressionVerdict(read(`excuse-cases/${name}.json`))).toEqual(expected);
    },
  );

  test('the index names every case there is', () => {
    const files = readdirSync(new URL('excuse-cases/', folder));
    expect(suppressionIndex.map((entry) => `${entry.case}.json`).sort()).toEqual(files.sort());
    expect(suppressionIndex.length).toBeGreaterThan(60);
  });
});
