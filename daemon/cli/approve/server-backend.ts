import {
  collectionSnapshot,
  type Definition,
  type DocumentDirectory,
  LIMITS,
  parseRecordLine,
  type RecordLine,
  type RecordsReader,
  recordLine,
  type SignedDocument,
  sha256Hex,
} from '../../../baselines/index.js';
import type { ApprovalBackend } from '../../approvals/approval-backend.js';
import type { ApproverConfig } from '../../config/approver.js';
import {
  approvalsSchema,
  observedSchema,
  rejectionSchema,
  sitesSchema,
  submittedSchema,
  type WireDocument,
  withdrawnSchema,
} from '../../http/approvals-wire.js';
import type { CollectionReading } from '../../sources/source.js';
import { CliError } from '../errors.js';
import { createServerClient, type ServerClient, untrue, visible } from '../signing/server-client.js';

/** All records taken from a server together. */
const MAX_RECORDS_BYTES = 1024 * 1024 * 1024;

/**
 * A desk at a daemon elsewhere. Nothing it says is believed: documents are verified by whoever sits here, and records are what their
 * digests say or are refused.
 */
export async function serverBackend(
  config: ApproverConfig,
  named: string | undefined,
): Promise<ApprovalBackend> {
  const client = createServerClient(config);
  const site = named ?? (await onlySite(client));
  if (!/^[a-z0-9-]{1,63}$/.test(site)) throw new CliError('CLI_UNKNOWN_SITE', 'no site can be called this');
  const at = `/api/sites/${site}`;
  const records = new Map<string, Uint8Array>();
  let left = MAX_RECORDS_BYTES;
  const reader: RecordsReader = (digest) => records.get(digest);

  async function fetchRecords(digest: string): Promise<Uint8Array> {
    const known = records.get(digest);
    if (known !== undefined) return known;
    const bytes = await client.bytes(`${at}/records/${digest}`, Math.min(LIMITS.recordsBytes, left));
    left -= bytes.length;
    if (sha256Hex(bytes) !== digest) throw untrue('records that are not those it was asked for');
    records.set(digest, bytes);
    return bytes;
  }

  /** What people signed lends its records where the same are there now. */
  async function readingOf(
    definition: Definition,
    recordsDigest: string,
    signed: readonly RecordLine[] | null,
  ): Promise<CollectionReading> {
    const lines = signed ?? linesOf(await fetchRecords(recordsDigest));
    const snapshot = collectionSnapshot(definition, lines);
    if (snapshot.recordsDigest !== recordsDigest) throw untrue('observed records that are out of order');
    return { readable: true, snapshot };
  }

  return {
    site,
    pin: config.pin,
    rules: [],
    read: async () => {
      const answer = await client.json('GET', `${at}/approvals`, approvalsSchema);
      // What is needed and not listed is missing, and verification says so.
      for (const digest of answer.records) await fetchRecords(digest);
      return {
        roots: directoryOf(answer.roots, reader),
        chain: directoryOf(answer.chain, reader),
        pending: answer.pending && { document: documentOf(answer.pending), records: reader, problems: [] },
      };
    },
    settle: async () => undefined,
    submit: async ({ bytes, signature, records: own }) => {
      const text = (content: Uint8Array) => Buffer.from(content).toString('utf8');
      const body = {
        statement: text(bytes),
        signature,
        records: Object.fromEntries([...own].map(([digest, content]) => [digest, text(content)])),
      };
      for (const [digest, content] of own) records.set(digest, content);
      await client.json('POST', `${at}/proposal`, submittedSchema, body);
    },
    withdraw: async () => (await client.json('DELETE', `${at}/proposal`, withdrawnSchema)).withdrawn,
    observe: async (signed) => {
      const { collections, hostile } = await client.json('GET', `${at}/observed`, observedSchema);
      const definitions: Definition[] = [];
      const readings = new Map<string, CollectionReading>();
      for (const { definition: wire, reading } of collections) {
        const { author = [], ...rest } = wire;
        const definition = { ...rest, ...(author.length === 0 ? {} : { author }) };
        definitions.push(definition);
        if (reading === null) continue;
        const before = signed.get(definition.name);
        readings.set(
          definition.name,
          reading.readable
            ? await readingOf(
                definition,
                reading.recordsDigest,
                before?.recordsDigest === reading.recordsDigest ? before.records : null,
              )
            : { ...reading, detail: visible(reading.detail) },
        );
      }
      return { definitions, readings, hostile };
    },
    reject: (fingerprints) =>
      client.json('POST', `${at}/rejections`, rejectionSchema, { fingerprints: [...fingerprints] }),
  };
}

async function onlySite(client: ServerClient): Promise<string> {
  const { sites } = await client.json('GET', '/api/sites', sitesSchema);
  const [only, ...others] = sites;
  if (only !== undefined && others.length === 0) return only;
  throw new CliError('CLI_UNKNOWN_SITE', `name one of the sites of the server: ${sites.join(', ')}`);
}

function documentOf({ file, base64, signatures }: WireDocument): SignedDocument {
  return { file, bytes: Buffer.from(base64, 'base64'), signatures };
}

function directoryOf(documents: readonly WireDocument[], records: RecordsReader): DocumentDirectory {
  return { documents: documents.map(documentOf), records, problems: [] };
}

/** The lines of observed records, each of which must be the one spelling of a record. Keys may be there twice: that is drift to be shown. */
function linesOf(bytes: Uint8Array): RecordLine[] {
  const text = Buffer.from(bytes).toString('utf8');
  if (text === '') return [];
  if (!text.endsWith('\n')) throw untrue('observed records that are cut off');
  return text.slice(0, -1).split('\n').map(lineOf);
}

function lineOf(line: string): RecordLine {
  try {
    const record = recordLine(parseRecordLine(line));
    if (record.line === line) return record;
  } catch {
    // Told below, as what it is: no record.
  }
  throw untrue('observed records that are not in canonical form');
}
