import {
  BaselineError,
  type CollectionSnapshot,
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
  type VerifiedSuppression,
  verifySuppression,
} from '../../../baselines/index.js';
import type { SiteApproval, SiteFiles } from '../../approvals/approval.js';
import type {
  ApprovalBackend,
  Observation,
  RejectionOutcome,
  Submission,
} from '../../approvals/approval-backend.js';
import type { ChainMemory } from '../../approvals/chain-memory.js';
import type { ApproverConfig } from '../../config/approver.js';
import { configuredIndicators, onceRead } from '../../config/feed-file.js';
import {
  approvalsSchema,
  MAX_DOCUMENTS_BYTES,
  observedSchema,
  rejectionSchema,
  sitesSchema,
  submittedSchema,
  suppressionsSchema,
  type WireDocument,
  withdrawnSchema,
} from '../../http/approvals-wire.js';
import type { CollectionReading } from '../../sources/source.js';
import { CliError } from '../errors.js';
import {
  createServerClient,
  refusedWith,
  type ServerClient,
  untrue,
  visible,
} from '../signing/server-client.js';

/** All records taken from a server together. */
const MAX_RECORDS_BYTES = 1024 * 1024 * 1024;

/**
 * The approval backend of a daemon elsewhere. Nothing it says is believed: documents are verified by whoever approves here, and
 * records are what their digests say or are refused.
 */
export async function serverBackend(
  config: ApproverConfig,
  named: string | undefined,
  memory: ChainMemory,
  clock: () => number,
): Promise<ApprovalBackend> {
  const client = createServerClient(config);
  const site = named ?? (await onlySite(client));
  if (!/^[a-z0-9-]{1,63}$/.test(site))
    throw new CliError(
      'CLI_UNKNOWN_SITE',
      'no site can be called this; needed are 1 to 63 of a-z, 0-9 and -',
    );
  // The server is believed in nothing: what it knows to be bad is not asked for.
  const indicators = onceRead(() => configuredIndicators(config.indicators, clock()));
  return new ServerBackend(client, { site, pin: config.pin, memory, indicators });
}

class ServerBackend implements ApprovalBackend {
  /** Those of the daemon are not known here: severities are the usual ones. */
  readonly rules = [];
  readonly #client: ServerClient;
  /** Where the API serves the site. */
  readonly #at: string;
  /** By digest: what the server gave, and what is handed in from here. */
  readonly #records = new Map<string, Uint8Array>();
  #bytesLeft = MAX_RECORDS_BYTES;

  readonly site: string;
  readonly pin: string;
  readonly memory: ChainMemory;
  readonly indicators: ApprovalBackend['indicators'];

  constructor(
    client: ServerClient,
    { site, pin, memory, indicators }: Pick<ApprovalBackend, 'site' | 'pin' | 'memory' | 'indicators'>,
  ) {
    this.#client = client;
    this.site = site;
    this.pin = pin;
    this.memory = memory;
    this.indicators = indicators;
    this.#at = `/api/sites/${site}`;
  }

  async read(): Promise<SiteFiles> {
    const answer = await this.#client.json('GET', `${this.#at}/approvals`, approvalsSchema, {
      maxBytes: MAX_DOCUMENTS_BYTES,
    });
    // What is needed and not listed is missing, and verification says so.
    for (const digest of answer.records) await this.#recordsOf(digest);
    const records: RecordsReader = (digest) => this.#records.get(digest);
    return {
      roots: receivedDirectory(answer.roots, records),
      chain: receivedDirectory(answer.chain, records),
      pending: answer.pending && { document: receivedDocument(answer.pending), records, problems: [] },
    };
  }

  /** The daemon settles its own proposals. */
  async settle(): Promise<void> {}

  /** A daemon of before knows no such address, and marks nothing. */
  async suppressions({ trust, head }: SiteApproval): Promise<readonly VerifiedSuppression[]> {
    const authority = { trust, site: this.site, baseline: head };
    try {
      const { documents } = await this.#client.json('GET', `${this.#at}/suppressions`, suppressionsSchema, {
        maxBytes: MAX_DOCUMENTS_BYTES,
      });
      return documents.flatMap((document) => {
        try {
          return [verifySuppression(authority, receivedDocument(document)).suppression];
        } catch (error) {
          if (error instanceof BaselineError) return [];
          throw error;
        }
      });
    } catch (error) {
      if (refusedWith(error, 'API_NOT_FOUND')) return [];
      throw error;
    }
  }

  async pastRecords(digest: string): Promise<Uint8Array | null> {
    try {
      return await this.#recordsOf(digest);
    } catch (error) {
      if (refusedWith(error, 'API_NOT_FOUND')) return null;
      throw error;
    }
  }

  /** It says on submission what it cannot keep. */
  async prepare(): Promise<void> {}

  async submit({ bytes, signature, records }: Submission): Promise<void> {
    const body = {
      statement: textOf(bytes),
      signature,
      records: Object.fromEntries([...records].map(([digest, content]) => [digest, textOf(content)])),
    };
    for (const [digest, content] of records) this.#records.set(digest, content);
    await this.#client.json('POST', `${this.#at}/proposal`, submittedSchema, { body });
  }

  async withdraw(): Promise<boolean> {
    return (await this.#client.json('DELETE', `${this.#at}/proposal`, withdrawnSchema)).withdrawn;
  }

  async observe(signed: ReadonlyMap<string, CollectionSnapshot>): Promise<Observation> {
    const { collections, hostile } = await this.#client.json('GET', `${this.#at}/observed`, observedSchema);
    const definitions: Definition[] = [];
    const readings = new Map<string, CollectionReading>();
    for (const { definition, reading } of collections) {
      definitions.push(definition);
      if (reading === null) continue;
      const { name } = definition;
      readings.set(
        name,
        reading.readable
          ? await this.#reading(definition, reading.recordsDigest, signed.get(name))
          : { ...reading, detail: visible(reading.detail) },
      );
    }
    return { definitions, readings, hostile };
  }

  reject(fingerprints: readonly string[]): Promise<RejectionOutcome> {
    const body = { fingerprints: [...fingerprints] };
    return this.#client.json('POST', `${this.#at}/rejections`, rejectionSchema, { body });
  }

  async #recordsOf(digest: string): Promise<Uint8Array> {
    const known = this.#records.get(digest);
    if (known !== undefined) return known;
    const most = Math.min(LIMITS.recordsBytes, this.#bytesLeft);
    const bytes = await this.#client.bytes(`${this.#at}/records/${digest}`, most);
    this.#bytesLeft -= bytes.length;
    if (sha256Hex(bytes) !== digest) throw untrue('records that are not those it was asked for');
    this.#records.set(digest, bytes);
    return bytes;
  }

  /** What people signed lends its records where the same are there now. */
  async #reading(
    definition: Definition,
    recordsDigest: string,
    signed: CollectionSnapshot | undefined,
  ): Promise<CollectionReading> {
    const lines =
      signed?.recordsDigest === recordsDigest
        ? signed.records
        : linesOf(await this.#recordsOf(recordsDigest));
    const snapshot = collectionSnapshot(definition, lines);
    if (snapshot.recordsDigest !== recordsDigest) throw untrue('observed records that are out of order');
    return { readable: true, snapshot };
  }
}

function textOf(content: Uint8Array): string {
  return Buffer.from(content).toString('utf8');
}

async function onlySite(client: ServerClient): Promise<string> {
  const { sites } = await client.json('GET', '/api/sites', sitesSchema);
  const [only, ...others] = sites;
  if (only !== undefined && others.length === 0) return only;
  throw new CliError('CLI_UNKNOWN_SITE', `name one of the sites of the server: ${sites.join(', ')}`);
}

/** A document as it came. */
export function receivedDocument({ file, base64, signatures }: WireDocument): SignedDocument {
  return { file, bytes: Buffer.from(base64, 'base64'), signatures };
}

/** Documents as they came, with the records that are there of them. */
export function receivedDirectory(
  documents: readonly WireDocument[],
  records: RecordsReader,
): DocumentDirectory {
  return { documents: documents.map(receivedDocument), records, problems: [] };
}

/** The lines of observed records, each of which must be the one spelling of a record. Keys may be there twice: that is drift to be shown. */
function linesOf(bytes: Uint8Array): RecordLine[] {
  const text = textOf(bytes);
  if (text === '') return [];
  if (!text.endsWith('\n')) throw untrue('observed records that are cut off');
  return text.slice(0, -1).split('\n').map(lineOf);
}

/** Of a line that nobody verified it may be anything. */
function isValue(value: unknown): boolean {
  return value === null || typeof value === 'string';
}

function lineOf(line: string): RecordLine {
  try {
    const parsed = parseRecordLine(line);
    const record = recordLine(parsed);
    if (record.line === line && [...parsed.key, ...parsed.fields.values()].every(isValue)) return record;
  } catch {
    // Told below, as what it is: no record.
  }
  throw untrue('observed records that are not in canonical form');
}
