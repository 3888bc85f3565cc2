import { type PastStep, sha256Hex, verifyHistory } from '../../../baselines/index.js';
import { quotation } from '../../../notifiers/index.js';
import { problemText } from '../../approvals/approval.js';
import { linesWithKey } from '../../drift/find.js';
import { changeView, partsOf, VALUE_CHARACTERS } from '../../views/change-view.js';
import type { ShownHistory, ShownRecord, ShownVersion } from '../../views/console-shapes.js';
import type { ShownChange } from '../../views/shapes.js';
import { type CollectionVersion, versionAt, versionsOf } from '../history/collection-history.js';
import { untilNext, versionDifferences } from '../history/history.js';
import { everySigner } from '../history/signed-history.js';
import { differenceView } from './desk-view.js';
import { ConsoleError } from './errors.js';
import type { SiteReader } from './site-reader.js';

/** Records of one instant that are shown. */
const RECORDS_SHOWN = 200;
/** Versions that are shown, the newest, and changes of each. */
const VERSIONS_SHOWN = 100;
const CHANGES_SHOWN = 20;
/** Records of one collection that are looked back at, the newest, in bytes: this process holds them. */
const MOST_BYTES = 128 * 1024 * 1024;

const TOO_MUCH =
  'Older versions are too many, or too large, to be looked back at here: "tillwarden history", on the machine of the daemon, has all.';

/** What is asked of the past. */
export interface PastRequest {
  readonly collection: string;
  /** Canonical text of the key of the one record that is meant; null for all. */
  readonly key: string | null;
  /** UTC milliseconds; null: now. */
  readonly atMs: number | null;
}

/** What a collection was, by the chain that this machine verified: who signed what, and when. What was not as signed the incidents tell. */
export class HistoryDesk {
  readonly #site: string;
  readonly #reader: SiteReader;
  readonly #clock: () => number;
  /** By digest; null: not there any more. */
  readonly #records = new Map<string, Uint8Array | null>();

  constructor(options: { readonly site: string; readonly reader: SiteReader; readonly clock: () => number }) {
    this.#site = options.site;
    this.#reader = options.reader;
    this.#clock = options.clock;
  }

  /** Throws what keeps a site from being shown, and `CONSOLE_NOT_FOUND` for a collection that never was. */
  async view(wanted: PastRequest | null): Promise<ShownHistory> {
    const { approval, rules, steps, problems } = await this.#past();
    const collections = collectionsOf(steps);
    const shared = { site: this.#site, collections, problems: problems.map(problemText) };
    if (wanted === null) return { ...shared, collection: null, versions: [], at: null };
    const { collection, key } = wanted;
    if (!collections.some(({ name }) => name === collection)) {
      throw new ConsoleError(
        'CONSOLE_NOT_FOUND',
        'nobody ever signed such a collection: take one of the list',
      );
    }
    const isWhole = await this.#fetch(steps, collection);
    const records = (digest: string) => this.#records.get(digest) ?? approval.records(digest);
    const versions = versionsOf({ steps, records }, new Map(), collection);
    const told = versions.map((version, index) => {
      const before = versions[index - 1] ?? null;
      const place = { site: this.#site, collection };
      return { version, changed: versionDifferences({ rules }, place, before, version, key) };
    });
    const shown = key === null ? told : untilNext(told.filter(({ changed }) => changed.length > 0));
    const atMs = wanted.atMs ?? this.#clock();
    return {
      ...shared,
      problems: isWhole ? shared.problems : [...shared.problems, TOO_MUCH],
      collection,
      versions: shown
        .slice(-VERSIONS_SHOWN)
        .reverse()
        .map((one) => versionView(one, rules)),
      at: { atMs, ...recordsAt(versionAt({ versions }, atMs), key) },
    };
  }

  async #past() {
    const { approval } = await this.#reader.found();
    const backend = await this.#reader.open();
    const { chain } = await backend.read();
    const { steps, problems } = verifyHistory({
      ...{ trust: approval.trust, site: this.#site, documents: chain.documents },
      ...{ records: chain.records, nowMs: this.#clock() },
    });
    return { approval: { records: chain.records }, rules: backend.rules, steps, problems };
  }

  /**
   * Records of the newest versions of one collection, those that were fetched before left out. What is not what its digest says does not count.
   * False when older ones are too many to be held here.
   */
  async #fetch(steps: readonly PastStep[], collection: string): Promise<boolean> {
    const backend = await this.#reader.open();
    const digests = steps.flatMap(({ statement }) =>
      statement.collections
        .filter(({ definition }) => definition.name === collection)
        .map(({ records }) => records),
    );
    let bytes = 0;
    const wanted = new Set(digests.slice(-VERSIONS_SHOWN).reverse());
    // Of one collection at a time: whoever looks through all of them must not fill this process.
    for (const digest of this.#records.keys()) if (!wanted.has(digest)) this.#records.delete(digest);
    for (const digest of wanted) {
      if (!this.#records.has(digest)) {
        const there = await backend.pastRecords(digest);
        this.#records.set(digest, there !== null && sha256Hex(there) === digest ? there : null);
      }
      bytes += this.#records.get(digest)?.length ?? 0;
      if (bytes > MOST_BYTES) return false;
    }
    return digests.length <= VERSIONS_SHOWN;
  }
}

function collectionsOf(steps: readonly PastStep[]): ShownHistory['collections'] {
  const kinds = new Map<string, string>();
  for (const { statement } of steps) {
    for (const { definition } of statement.collections) kinds.set(definition.name, definition.kind);
  }
  return [...kinds].sort(([a], [b]) => (a < b ? -1 : 1)).map(([name, kind]) => ({ name, kind }));
}

function versionView(
  {
    version,
    changed,
  }: { readonly version: CollectionVersion; readonly changed: ReturnType<typeof versionDifferences> },
  rules: Parameters<typeof versionDifferences>[0]['rules'],
): ShownVersion {
  const { step, fromMs, toMs, signed } = version;
  const definitions = new Map(signed === null ? [] : [[signed.definition.name, signed.definition]]);
  const context = { rules, definitions, hostile: new Map(), followers: new Map() };
  let leftOut = 0;
  const changes = changed.flatMap((one): ShownChange[] => {
    // What a collection held when it came stands among its records.
    if (one.what === 'collection' && one.before === null) return [];
    const { shown } = differenceView(one, context);
    if (shown.what === 'change') return [shown];
    leftOut += shown.changesLeftOut;
    return [...shown.changes];
  });
  return {
    ...{ version: step.version, fromMs, toMs, signers: everySigner(step) },
    reason: partsOf(quotation({ untrusted: step.statement.reason }, VALUE_CHARACTERS)),
    count: signed?.count ?? null,
    known: signed === null || version.snapshot(null) !== null,
    changes: changes.slice(0, CHANGES_SHOWN),
    changesLeftOut: leftOut + Math.max(0, changes.length - CHANGES_SHOWN),
  };
}

function recordsAt(version: CollectionVersion | null, key: string | null) {
  const snapshot = version?.snapshot(null) ?? null;
  const none = { version: version?.step.version ?? null, records: [], recordsLeftOut: 0 };
  if (snapshot === null) return none;
  const { definition } = snapshot;
  const lines =
    key === null
      ? snapshot.records
      : linesWithKey(snapshot, key).map((line) => ({ line, key, digest: sha256Hex(line) }));
  const records = lines.slice(0, RECORDS_SHOWN).map(({ line, key: own, digest }): ShownRecord => {
    const subject = {
      what: 'change',
      collection: definition.name,
      kind: definition.kind,
      type: 'added',
    } as const;
    const shown = changeView(
      { ...subject, key: own, before: null, after: [line] },
      { fingerprint: digest, severity: 'info', definition },
    );
    return { key: own, shown };
  });
  return { ...none, records, recordsLeftOut: lines.length - records.length };
}
