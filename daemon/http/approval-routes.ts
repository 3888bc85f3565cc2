import {
  canonicalDefinition,
  type DocumentDirectory,
  parseStatement,
  recordsBytes,
  type SignedDocument,
} from '../../baselines/index.js';
import type { SiteFiles } from '../approvals/approval.js';
import type { Observation, RejectionOutcome, Submission } from '../approvals/approval-backend.js';
import { wholeReading } from '../sources/source.js';
import {
  fingerprintsSchema,
  PROPOSAL_LIMIT_BYTES,
  submissionSchema,
  type WireApprovals,
  type WireDocument,
  type WireObserved,
} from './approvals-wire.js';
import { ApiError } from './errors.js';
import { parsedBody, type Route } from './route.js';

/** What the routes need of a site. */
export interface SiteBackend {
  readonly files: { read(): Promise<SiteFiles> };
  observed(): Observation;
  submit(person: string, submission: Submission): Promise<{ readonly installed: boolean }>;
  withdraw(person: string): Promise<boolean>;
  reject(person: string, fingerprints: readonly string[]): RejectionOutcome;
  settle(): Promise<void>;
}

/** Steps before the head whose records may be asked for, when those of the head are missing. */
const HEADS_SERVED = 2;

/**
 * Approvals for people on other machines: what there is, for them to verify; and what they hand in, verified here. Bodies and answers
 * are those of `approvals-wire.ts`.
 */
export function approvalRoutes(options: ApprovalRoutesOptions): readonly Route[] {
  return [...readRoutes(options), ...submitRoutes(options)];
}

export interface ApprovalRoutesOptions {
  readonly sites: () => readonly string[];
  /** Null for a site that is not configured. */
  readonly backend: (site: string) => SiteBackend | null;
}

type Params = Readonly<Record<string, string>>;

function backendOf({ backend }: ApprovalRoutesOptions, { site = '' }: Params): SiteBackend {
  const found = backend(site);
  if (found === null)
    throw new ApiError(
      'API_NOT_FOUND',
      'no such site is configured: name one that "tillwarden status" lists',
    );
  return found;
}

function readRoutes(options: ApprovalRoutesOptions): readonly Route[] {
  return [
    { method: 'GET', path: '/api/sites', scope: 'read', handle: () => ({ sites: options.sites() }) },
    {
      method: 'GET',
      path: '/api/sites/:site/approvals',
      scope: 'read',
      handle: async (_person, params) => {
        const backend = backendOf(options, params);
        // What cannot be used is in the answer too, for whoever asks to see why.
        await backend.settle().catch(() => undefined);
        return approvalsOf(await backend.files.read());
      },
    },
    {
      method: 'GET',
      path: '/api/sites/:site/observed',
      scope: 'read',
      handle: (_person, params) => observedOf(backendOf(options, params).observed()),
    },
    {
      method: 'GET',
      path: '/api/sites/:site/records/:digest',
      scope: 'read',
      handle: async (_person, params) => recordsOf(backendOf(options, params), params['digest'] ?? ''),
    },
  ];
}

function submitRoutes(options: ApprovalRoutesOptions): readonly Route[] {
  return [
    {
      method: 'POST',
      path: '/api/sites/:site/proposal',
      scope: 'submit',
      bodyLimitBytes: PROPOSAL_LIMIT_BYTES,
      handle: async ({ name }, params, body) => {
        const { statement, signature, records } = parsedBody(submissionSchema, body);
        const own = Object.entries(records).map(([digest, text]) => [digest, Buffer.from(text)] as const);
        const submission = { bytes: Buffer.from(statement), signature, records: new Map(own) };
        const { installed } = await backendOf(options, params).submit(name, submission);
        return { installed };
      },
    },
    {
      method: 'DELETE',
      path: '/api/sites/:site/proposal',
      scope: 'submit',
      handle: async ({ name }, params) => ({ withdrawn: await backendOf(options, params).withdraw(name) }),
    },
    {
      method: 'POST',
      path: '/api/sites/:site/rejections',
      scope: 'submit',
      bodyLimitBytes: 128 * 1024,
      handle: ({ name }, params, body) =>
        backendOf(options, params).reject(name, parsedBody(fingerprintsSchema, body).fingerprints),
    },
  ];
}

function approvalsOf({ roots, chain, pending }: SiteFiles): WireApprovals {
  const digests = new Set([
    ...(pending === null ? [] : digestsNeeded([pending.document], 1, pending.records)),
    ...digestsNeeded(chain.documents, HEADS_SERVED, chain.records),
  ]);
  return {
    roots: roots.documents.map(wireDocument),
    chain: chain.documents.map(wireDocument),
    pending: pending === null ? null : wireDocument(pending.document),
    records: [...digests],
  };
}

/** Records of the newest steps, and of every step by which authors are left out. Of a file that is no statement nothing is needed. */
function digestsNeeded(
  documents: readonly SignedDocument[],
  newest: number,
  records: DocumentDirectory['records'],
): string[] {
  const needed = documents.flatMap(({ bytes }, index) => {
    const isNew = index >= documents.length - newest;
    try {
      return parseStatement(bytes)
        .collections.filter(({ definition }) => isNew || definition.author !== undefined)
        .map((collection) => collection.records);
    } catch {
      return [];
    }
  });
  // Each file is looked for once, however many steps name it.
  return [...new Set(needed)].filter((digest) => isThere(digest, records));
}

/** One that cannot be read is as good as missing: whoever asks is told so when they verify. */
function isThere(digest: string, records: DocumentDirectory['records']): boolean {
  try {
    return records(digest) !== undefined;
  } catch {
    return false;
  }
}

export function wireDocument({ file, bytes, signatures }: SignedDocument): WireDocument {
  return {
    file,
    base64: Buffer.from(bytes).toString('base64'),
    signatures: signatures.map(({ file: name, text }) => ({ file: name, text })),
  };
}

function observedOf({ definitions, readings, hostile }: Observation): WireObserved {
  return {
    collections: definitions.map((definition) => {
      const read = readings.get(definition.name);
      const reading = read && wholeReading(read);
      return {
        definition: canonicalDefinition(definition),
        reading:
          reading === undefined
            ? null
            : reading.readable
              ? { readable: true, recordsDigest: reading.snapshot.recordsDigest }
              : { readable: false, cause: reading.cause, detail: reading.detail },
      };
    }),
    hostile: [...hostile],
  };
}

async function recordsOf(backend: SiteBackend, digest: string): Promise<Uint8Array> {
  for (const reading of backend.observed().readings.values()) {
    if (reading.readable && reading.snapshot.recordsDigest === digest) return recordsBytes(reading.snapshot);
  }
  const { chain, pending } = await backend.files.read();
  const bytes = /^[0-9a-f]{64}$/.test(digest)
    ? (chain.records(digest) ?? pending?.records(digest))
    : undefined;
  if (bytes !== undefined) return bytes;
  throw new ApiError(
    'API_NOT_FOUND',
    'there are no such records here: restore their file on this machine, or compare the versions',
  );
}
