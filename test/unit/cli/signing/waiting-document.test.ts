import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { NAMESPACES, parsePublicKeyFile, type SignedDocument } from '../../../../baselines/index.js';
import type { Signer } from '../../../../daemon/cli/signing/signer.js';
import {
  installWaitingDocument,
  signWaitingDocument,
  type WaitingDocument,
} from '../../../../daemon/cli/signing/waiting-document.js';

const DOCUMENT: SignedDocument = { file: '000007.json', bytes: Buffer.from('{}'), signatures: [] };

let folder: string;
let signer: Signer;
let steps: string[];
/** What waits, as a kind of document keeps it. */
let waiting: SignedDocument;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'waiting '));
  const keyFile = join(folder, 'id_ed25519');
  execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', keyFile]);
  signer = { person: 'anna', keyFile, key: parsePublicKeyFile(readFileSync(`${keyFile}.pub`, 'utf8')) };
});
afterAll(() => rmSync(folder, { recursive: true }));
beforeEach(() => {
  steps = [];
  waiting = DOCUMENT;
});

/** A kind that needs so many signatures and notes what is done with it. Its review is their number. */
function kindThatNeeds(count: number, counts = true): WaitingDocument<number> {
  const step = async (name: string) => void steps.push(name);
  return {
    namespace: NAMESPACES.baseline,
    directory: join(folder, 'in-force'),
    review: ({ signatures }) => signatures.length,
    isEnough: (signatures) => signatures >= count,
    leave: async (document, signature) => {
      waiting = { ...document, signatures: [...document.signatures, signature] };
      await step(`leave ${signature.file}`);
    },
    waiting: async () => waiting,
    install: () => step('install'),
    confirm: async () => {
      await step('confirm');
      if (!counts) throw new Error('it does not count');
    },
    clear: () => step('clear'),
  };
}

test('a signature that is not enough is left for the others', async () => {
  expect(await signWaitingDocument(kindThatNeeds(2), signer, DOCUMENT)).toBe(1);
  expect(steps).toEqual(['leave 000007.anna.sig']);
  expect(waiting.signatures[0]?.text).toMatch(/^-----BEGIN SSH SIGNATURE-----/);
});

test('the last signature puts it into force, and what waited goes only when that counts', async () => {
  expect(await signWaitingDocument(kindThatNeeds(1), signer, DOCUMENT)).toBe(1);
  expect(steps).toEqual(['leave 000007.anna.sig', 'install', 'confirm', 'clear']);
});

test('what was put into force and does not count leaves what waited where it is', async () => {
  waiting = { ...DOCUMENT, signatures: [{ file: '000007.anna.sig', text: '' }] };
  await expect(installWaitingDocument(kindThatNeeds(1, false))).rejects.toThrow('it does not count');
  expect(steps).toEqual(['install', 'confirm']);
});

test('the last signature is not left where something else lies in the place of the document', async () => {
  const kind = { ...kindThatNeeds(1), directory: join(folder, 'taken') };
  mkdirSync(kind.directory);
  writeFileSync(join(kind.directory, DOCUMENT.file), 'something else');
  await expect(signWaitingDocument(kind, signer, DOCUMENT)).rejects.toMatchObject({
    code: 'BASELINE_FILE_EXISTS',
  });
  expect(steps).toEqual([]);
});
