import { generateKeyPairSync, type KeyObject } from 'node:crypto';
import { expect } from '@jest/globals';
import {
  BaselineError,
  type BaselineErrorCode,
  type CollectionSnapshot,
  collectionSnapshot,
  type Definition,
  NAMESPACES,
  type Namespace,
  type Proposal,
  proposeBaseline,
  publicKeyOf,
  ROOT_FORMAT,
  recordLine,
  rootFile,
  type SignedDocument,
  sha256Hex,
  signatureFile,
  signWithKey,
  statementFile,
  type TrustRoot,
  trustRootBytes,
  type VerifiedBaseline,
  type VerifiedTrust,
  verifyChain,
  verifyTrust,
} from '../../../baselines/index.js';

export const SITE = 'prague-1';
export const NOW_MS = Date.parse('2026-11-24T12:00:00.000Z');
const DAY_MS = 86_400_000;

/** Approvers made for this run: two owners and a technician. */
export const keys = {
  anna: generateKeyPairSync('ed25519').privateKey,
  ben: generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey,
  dan: generateKeyPairSync('ed25519').privateKey,
};
export type Approver = keyof typeof keys;

export const trustRoot: TrustRoot = {
  format: ROOT_FORMAT,
  version: 1,
  parent: null,
  created: '2026-01-01T00:00:00.000Z',
  expires: '2028-01-01T00:00:00.000Z',
  people: [person('anna', 'owner'), person('ben', 'owner'), person('dan', 'tech')],
  rules: [
    { kinds: ['root', 'admin', 'wallet-route', 'sensor'], threshold: 2, roles: ['owner'] },
    { kinds: ['terminal'], threshold: 1, roles: ['owner', 'tech'] },
  ],
  heads: [],
};
function person(name: Approver, role: string) {
  return { name, roles: [role], keys: [publicKeyOf(keys[name]).line] };
}

export const rootDocument: SignedDocument = {
  file: rootFile(1),
  bytes: trustRootBytes(trustRoot),
  signatures: [],
};
export const trust: VerifiedTrust = verifyTrust([rootDocument], sha256Hex(rootDocument.bytes));

export function definition(
  name: string,
  kind: Definition['kind'],
  over: Partial<Definition> = {},
): Definition {
  return {
    name,
    kind,
    source: 'cas',
    table: `public.${name}`,
    key: ['id'],
    columns: ['name'],
    secret: [],
    ...over,
  };
}

/** A collection of records given as [key, name]. */
export function collection(
  name: string,
  kind: Definition['kind'],
  rows: readonly (readonly [string, string | null])[],
): CollectionSnapshot {
  const records = rows.map(([key, value]) => recordLine({ key: [key], fields: new Map([['name', value]]) }));
  return collectionSnapshot(definition(name, kind), records);
}

export const admins = collection('admins', 'admin', [
  ['1', 'alice'],
  ['2', null],
]);
export const terminals = collection('terminals', 'terminal', [['BT300001', 'Praha']]);

export function propose(
  parent: VerifiedBaseline | null,
  collections: readonly CollectionSnapshot[] = [admins, terminals],
  reason = 'as reviewed',
): Proposal {
  return proposeBaseline({
    site: SITE,
    parent,
    collections,
    reason,
    createdMs: NOW_MS - DAY_MS,
    expiresMs: NOW_MS + 365 * DAY_MS,
  });
}

export function signatures(
  file: string,
  message: Uint8Array,
  signers: readonly Approver[],
  namespace: Namespace = NAMESPACES.baseline,
): SignedDocument['signatures'] {
  return signers.map((name) => ({
    file: signatureFile(file, name),
    text: signWithKey({ privateKey: keys[name] as KeyObject, namespace, message }),
  }));
}

export function signed(proposal: Proposal, signers: readonly Approver[] = ['anna', 'ben']): SignedDocument {
  const file = statementFile(proposal.statement.version);
  return { file, bytes: proposal.bytes, signatures: signatures(file, proposal.bytes, signers) };
}

/** A chain of signed proposals, ready to be verified. */
export interface Chain {
  readonly documents: readonly SignedDocument[];
  readonly records: ReadonlyMap<string, Uint8Array>;
}
export const noChain: Chain = { documents: [], records: new Map() };

export function extended(chain: Chain, proposal: Proposal, signers?: readonly Approver[]): Chain {
  return {
    documents: [...chain.documents, signed(proposal, signers)],
    records: new Map([...chain.records, ...proposal.records]),
  };
}

export function verify(chain: Chain, known?: VerifiedBaseline) {
  return verifyChain({
    trust,
    site: SITE,
    documents: chain.documents,
    records: (digest) => chain.records.get(digest),
    nowMs: NOW_MS,
    ...(known ? { known } : {}),
  });
}

/** The head of a chain that is expected to be good to its end. */
export function headOf(chain: Chain): VerifiedBaseline {
  const { head, problems } = verify(chain);
  expect(problems).toEqual([]);
  if (head === null) throw new Error('the chain has no head');
  return head;
}

/** People who signed with keys that need no page. */
export function by(...people: readonly string[]): {
  readonly people: readonly string[];
  readonly pages: ReadonlyMap<string, readonly string[]>;
} {
  return { people, pages: new Map() };
}

/** The code of the `BaselineError` that `work` throws. */
export function codeOf(work: () => unknown): BaselineErrorCode | 'nothing was thrown' {
  try {
    work();
    return 'nothing was thrown';
  } catch (error) {
    if (error instanceof BaselineError) return error.code;
    throw error;
  }
}

/** The message of what a work rejects with. */
export async function messageOfAsync(work: Promise<unknown>): Promise<string> {
  try {
    await work;
    return 'nothing was thrown';
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

export async function codeOfAsync(work: Promise<unknown>): Promise<BaselineErrorCode | 'nothing was thrown'> {
  try {
    await work;
    return 'nothing was thrown';
  } catch (error) {
    if (error instanceof BaselineError) return error.code;
    throw error;
  }
}
