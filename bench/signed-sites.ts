import { generateKeyPairSync } from 'node:crypto';
import {
  type CollectionSnapshot,
  collectionSnapshot,
  type Definition,
  NAMESPACES,
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
  trustRootBytes,
  type VerifiedBaseline,
  type VerifiedTrust,
  verifyChain,
  verifyTrust,
} from '../baselines/index.js';

const DAY_MS = 86_400_000;
const TERMINALS: Definition = {
  name: 'terminals',
  kind: 'terminal',
  source: 'cas',
  table: 'public.terminal',
  key: ['id'],
  columns: ['serial_number', 'name', 'type', 'active', 'location_id'],
  secret: [],
};

/** The signed files of one site, as they are read from its directory. */
export interface SignedSite {
  readonly site: string;
  readonly documents: SignedDocument[];
  readonly records: Map<string, Uint8Array>;
}

/** Two people with ed25519 keys, both of whom must sign everything. */
export interface Signers {
  readonly trust: VerifiedTrust;
  readonly root: SignedDocument;
  /** Signs a proposal for the site: the next step of its chain. */
  sign(site: SignedSite, proposal: Proposal): void;
}

export function createSigners(): Signers {
  const people = ['alice', 'bob'].map((name) => ({
    name,
    privateKey: generateKeyPairSync('ed25519').privateKey,
  }));
  const bytes = trustRootBytes({
    format: ROOT_FORMAT,
    version: 1,
    parent: null,
    created: new Date().toISOString(),
    expires: new Date(Date.now() + 365 * DAY_MS).toISOString(),
    people: people.map(({ name, privateKey }) => ({
      name,
      roles: ['owner'],
      keys: [publicKeyOf(privateKey).line],
    })),
    rules: [{ kinds: ['root', 'terminal'], threshold: 2, roles: ['owner'] }],
    heads: [],
  });
  const root: SignedDocument = { file: rootFile(1), bytes, signatures: [] };
  return {
    root,
    trust: verifyTrust([root], sha256Hex(bytes)),
    sign: ({ documents, records }, proposal) => {
      const file = statementFile(proposal.statement.version);
      const signatures = people.map(({ name, privateKey }) => ({
        file: signatureFile(file, name),
        text: signWithKey({ privateKey, namespace: NAMESPACES.baseline, message: proposal.bytes }),
      }));
      documents.push({ file, bytes: proposal.bytes, signatures });
      for (const [digest, lines] of proposal.records) records.set(digest, lines);
    },
  };
}

/** So many terminals, the name of the first being `note`. */
export function terminals(site: string, count: number, note = 'Praha'): CollectionSnapshot {
  const lines = Array.from({ length: count }, (_, index) =>
    recordLine({
      key: [String(index + 1)],
      fields: new Map([
        ['serial_number', `BT${1_000_000 + index}`],
        ['name', index === 0 ? note : `${site} Hlavni nadrazi ${index}`],
        ['type', 'BATMThree'],
        ['active', 'true'],
        ['location_id', String(1 + (index % 40))],
      ]),
    }),
  );
  return collectionSnapshot(TERMINALS, lines);
}

/** Signs these terminals as the next step of the site. */
export function approve(
  signers: Signers,
  site: SignedSite,
  parent: VerifiedBaseline | null,
  collection: CollectionSnapshot,
): void {
  const createdMs = Date.now();
  const expiresMs = createdMs + 90 * DAY_MS;
  const collections = [collection];
  signers.sign(
    site,
    proposeBaseline({ site: site.site, parent, collections, reason: 'measured', createdMs, expiresMs }),
  );
}

/** The head of the site, verified. Throws when it is not whole: then there is nothing to measure. */
export function verified(
  trust: VerifiedTrust,
  { site, documents, records }: SignedSite,
  known?: VerifiedBaseline,
): VerifiedBaseline {
  const { head, problems } = verifyChain({
    trust,
    site,
    documents,
    records: (digest) => records.get(digest),
    nowMs: Date.now(),
    ...(known === undefined ? {} : { known }),
  });
  if (head === null || head.version !== documents.length || problems.length > 0) {
    throw new Error(`the baseline of ${site} does not verify: ${problems[0]?.detail ?? 'no head'}`);
  }
  return head;
}
