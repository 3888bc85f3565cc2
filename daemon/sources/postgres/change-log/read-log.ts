import { createExclusive } from '../../../time/exclusive.js';
import type { LogFault, LoggedChange, LoggedRow, LogReading } from '../../source.js';
import type { ChangeLogSettings } from '../config.js';
import { askBeside } from '../question.js';
import { quoteLiteral, quoteRelation, relationText } from '../quote.js';
import type { Rows, Session } from '../session.js';
import { SettingsChanged } from '../settings.js';
import { LONGEST_STATE } from './log-entry.js';
import { ENTRY_TEXT, IDS_A_SECOND, LINKED_TEXT, logRelation, MOST_KEPT } from './log-table.js';
import { parseRowText } from './row-text.js';

/** Entries of one page; a page is in memory at once. */
const PAGE = 500;
/** Pages of one reading. */
const MOST_PAGES = 20;
/** Entries whose digests are remembered. */
const REMEMBERED = 2_000;
/** Links that are checked each time. */
const LINKS = 8;
/** Entries that are remembered of transactions that end while a walk is under way. Of more some may be read twice. */
const MOST_AHEAD = 20_000;
/** How far behind the last entry one is looked for that was not there at the last look: its transaction was open, or the server's clock was set back. */
const LATE_IDS = 3_600 * IDS_A_SECOND;
/** One page may take as long, in milliseconds. */
const LIMIT_MS = 1_000;
const DAY_MS = 86_400_000;

interface OpenTransactions {
  readonly running: readonly string[];
  readonly next: string;
}

/** A way through the entries that are not read yet, page by page. It may take several readings. */
interface Walk {
  /** The highest id that was read when it began. */
  readonly since: number;
  /** The id that the page before ended with. */
  readonly at: number;
  /** What was not over when it began: the next one looks for theirs. */
  readonly open: OpenTransactions;
  /** Entries of these that it met all the same, by id and transaction. */
  readonly ahead: Set<string>;
}

interface Remembered {
  readonly id: number;
  readonly digest: string;
  readonly atMs: number;
}

/** Reads a change log from where it was read last. */
export class ChangeLogReader {
  readonly #settings: ChangeLogSettings;
  readonly #lockTimeoutMs: number;
  /** The highest id that was read; null before the first reading. */
  #last: number | null = null;
  /** Transactions that were not over at the last look, and the first that had not begun: theirs may have lower ids. */
  #open: OpenTransactions = { running: [], next: '0' };
  /** Entries of theirs that were read already. */
  #ahead: ReadonlySet<string> = new Set();
  /** Null between two walks. */
  #walk: Walk | null = null;
  /** By id and transaction. */
  readonly #remembered = new Map<string, Remembered>();
  readonly #unlinked = new Set<string>();
  #isUnread = false;
  /** It is read on from where it was, and two looks may ask at once. */
  readonly #inTurn = createExclusive();

  constructor(settings: ChangeLogSettings, { lockTimeoutMs }: { readonly lockTimeoutMs: number }) {
    this.#settings = settings;
    this.#lockTimeoutMs = lockTimeoutMs;
  }

  /** Rejects with what the server said where the session or the server is at fault, not the log. */
  read(session: Session, thoroughly: boolean): Promise<LogReading> {
    return this.#inTurn(() => this.#read(session, thoroughly));
  }

  async #read(session: Session, thoroughly: boolean): Promise<LogReading> {
    const isFirst = this.#last === null;
    const changes: LoggedChange[] = [];
    const faults: { fault: LogFault; count: number }[] = [];
    let isBehind = false;
    try {
      for (let page = 0; page < (isFirst ? 1 : MOST_PAGES); page++) {
        const rows = await this.#page(session, changes);
        isBehind = !isFirst && rows >= PAGE;
        if (!isBehind) break;
      }
      if (thoroughly && !isFirst) faults.push(...(await this.#verify(session)));
      this.#isUnread = false;
    } catch (error) {
      if (session.lost || !isOfTheLog(error)) throw error;
      if (!this.#isUnread) faults.push({ fault: 'unread', count: 1 });
      this.#isUnread = true;
      isBehind = true;
    }
    return { log: this.#name, changes, isFirst, isBehind, faults };
  }

  get #name(): string {
    return relationText(logRelation(this.#settings.schema));
  }

  get #table(): string {
    return quoteRelation(logRelation(this.#settings.schema));
  }

  #ask(session: Session, ...statements: readonly string[]): Promise<readonly Rows[]> {
    return askBeside(session, { limitMs: LIMIT_MS, lockTimeoutMs: this.#lockTimeoutMs }, ...statements);
  }

  async #page(session: Session, changes: LoggedChange[]): Promise<number> {
    const [snapshots = [], entries = []] = await this.#ask(
      session,
      'SELECT pg_catalog.txid_current_snapshot()',
      `SELECT l.id, pg_catalog.floor(pg_catalog.date_part('epoch', l.at) OPERATOR(pg_catalog.*) 1000), l.relation, l.operation,
        pg_catalog.array_to_json(l.columns), l.old, l.new, pg_catalog.array_to_json(l.secret), l.session_role, l.role, l.address, l.application, l.claimed,
        pg_catalog.encode(pg_catalog.sha256(${ENTRY_TEXT}), 'hex'), l.transaction FROM ${this.#table} l ${this.#from()}`,
    );
    const isFirst = this.#last === null;
    const ordered = isFirst ? entries.toReversed() : entries;
    const { since, open, ahead } = this.#walk ?? {
      since: this.#last ?? 0,
      open: openTransactions(snapshots[0]?.[0] ?? ''),
      ahead: new Set<string>(),
    };
    for (const row of ordered) {
      const id = Number(row[0]);
      const identity = `${id} ${row[14]}`;
      if (this.#remembered.has(identity) || this.#ahead.has(identity)) continue;
      if (ahead.size < MOST_AHEAD && isOpenIn(open, row[14] ?? '0')) ahead.add(identity);
      this.#last = Math.max(this.#last ?? 0, id);
      this.#remembered.set(identity, { id, digest: row[13] ?? '', atMs: Number(row[1]) });
      const change = changeOf(row);
      if (change !== null) changes.push(change);
    }
    this.#last ??= 0;
    const at = Number(entries.at(-1)?.[0] ?? 0);
    // From there on what is not read has a higher id than all that is.
    const isOver = isFirst || entries.length < PAGE || at > since;
    this.#walk = isOver ? null : { since, at, open, ahead };
    if (isOver) [this.#open, this.#ahead] = [open, ahead];
    this.#forget();
    return entries.length;
  }

  #from(): string {
    if (this.#last === null) return `ORDER BY l.id DESC LIMIT ${PAGE}`;
    const { running, next } = this.#open;
    const { since, at } = this.#walk ?? { since: this.#last, at: this.#last - LATE_IDS };
    const late = [
      `l.id OPERATOR(pg_catalog.>) ${since}`,
      `l.transaction OPERATOR(pg_catalog.>=) ${next}`,
      ...(running.length === 0 ? [] : [`l.transaction IN (${running.join(', ')})`]),
    ];
    return `WHERE l.id OPERATOR(pg_catalog.>=) ${at} AND (${late.join(' OR ')}) ORDER BY l.id LIMIT ${PAGE}`;
  }

  #forget(): void {
    for (const id of this.#remembered.keys()) {
      if (this.#remembered.size <= REMEMBERED) return;
      this.#remembered.delete(id);
    }
  }

  /** Whether what was read before stands there still, and what links vouch for. */
  async #verify(session: Session): Promise<{ fault: LogFault; count: number }[]> {
    const lowest = [...this.#remembered.values()].reduce((low, { id }) => Math.min(low, id), this.#last ?? 0);
    const [now = [], there = [], links = []] = await this.#ask(
      session,
      `SELECT pg_catalog.date_part('epoch', pg_catalog.now()) OPERATOR(pg_catalog.*) 1000,
        (SELECT pg_catalog.max(l.ids[1]) FROM ${this.#table} l WHERE l.operation OPERATOR(pg_catalog.=) 'prune'),
        (SELECT c.reltuples FROM pg_catalog.pg_class c WHERE c.oid OPERATOR(pg_catalog.=) ${quoteLiteral(this.#table)}::pg_catalog.regclass::pg_catalog.oid)`,
      `SELECT l.id, l.transaction, pg_catalog.encode(pg_catalog.sha256(${ENTRY_TEXT}), 'hex') FROM ${this.#table} l
        WHERE l.id OPERATOR(pg_catalog.>=) ${lowest} AND l.id OPERATOR(pg_catalog.<=) ${this.#last ?? 0} ORDER BY l.id DESC LIMIT ${4 * REMEMBERED}`,
      `SELECT k.id, k.ids[1], COALESCE(k.digest OPERATOR(pg_catalog.=) (SELECT pg_catalog.encode(pg_catalog.sha256(pg_catalog.string_agg(${LINKED_TEXT}, '\\x0a' ORDER BY l.id)), 'hex')
        FROM ${this.#table} l WHERE l.id OPERATOR(pg_catalog.=) ANY (k.ids)), false)
        FROM ${this.#table} k WHERE k.operation OPERATOR(pg_catalog.=) 'link' ORDER BY k.id DESC LIMIT ${LINKS}`,
    );
    const [nowMs = 0, pruned = 0, estimate = 0] = [0, 1, 2].map((i) => Number(now[0]?.[i] ?? 0));
    const found = new Map(there.map(([id, transaction, digest]) => [`${id} ${transaction}`, digest]));
    // The estimate lags behind what went.
    const mayBeGone = ({ id, atMs }: Remembered): boolean =>
      id <= pruned && (atMs < nowMs - this.#settings.keepDays * DAY_MS || estimate > MOST_KEPT / 2);
    const counts = { gone: 0, altered: 0, unlinked: 0 };
    for (const [identity, known] of this.#remembered) {
      const digest = found.get(identity);
      if (digest === known.digest) continue;
      this.#remembered.delete(identity);
      if (digest !== undefined) counts.altered++;
      else if (!mayBeGone(known)) counts.gone++;
    }
    for (const [id, first, isWhole] of links) {
      if (isWhole === 't' || Number(first) <= pruned || this.#unlinked.has(id ?? '')) continue;
      this.#unlinked.add(id ?? '');
      counts.unlinked++;
    }
    return (['gone', 'altered', 'unlinked'] as const).flatMap((fault) =>
      counts[fault] === 0 ? [] : [{ fault, count: counts[fault] }],
    );
  }
}

/** `xmin:xmax:a,b,c`: those between that are not over, and the first that had not begun. */
function openTransactions(snapshot: string): OpenTransactions {
  const [, next = '0', running = ''] = snapshot.split(':');
  const isNumber = (one: string) => /^\d+$/.test(one);
  return { running: running.split(',').filter(isNumber).slice(0, PAGE), next: isNumber(next) ? next : '0' };
}

function isOpenIn({ running, next }: OpenTransactions, transaction: string): boolean {
  return running.includes(transaction) || BigInt(transaction) >= BigInt(next);
}

/** What somebody did to the table: code that the server calls for it, or by SQLSTATE class rights, names, types, a lock or a limit. */
function isOfTheLog(error: unknown): boolean {
  if (error instanceof SettingsChanged) return true;
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  return /^(42|3F|22|55|57014)/.test(code);
}

const OPERATIONS = ['insert', 'update', 'delete', 'truncate'] as const;

/** Null for our own entries: links, and what went. */
function changeOf(row: Rows[number]): LoggedChange | null {
  const [
    id,
    at,
    table,
    named,
    columns,
    old,
    now,
    secret,
    user,
    role,
    address,
    application,
    person,
    ,
    transaction,
  ] = row;
  const operation = OPERATIONS.find((one) => one === named);
  if (operation === undefined) return null;
  const names = namesOf(columns ?? null);
  return {
    ...{ id: Number(id), table: table ?? '', operation, atMs: Number(at), transaction: transaction ?? '' },
    before: operation === 'insert' ? null : rowOf(old ?? null, names),
    after: operation === 'delete' ? null : rowOf(now ?? null, names),
    ...(isCut(old ?? null) || isCut(now ?? null) ? { isCut: true } : {}),
    secrets: namesOf(secret ?? null),
    by: {
      ...{
        user: user ?? '',
        address: address ?? null,
        application: application || null,
        person: person || null,
      },
      role: role === 'none' || role === user ? null : (role ?? null),
    },
  };
}

function namesOf(json: string | null): string[] {
  const names: unknown = JSON.parse(json ?? '[]');
  return Array.isArray(names) ? names.filter((one) => typeof one === 'string') : [];
}

function isCut(text: string | null): boolean {
  return text !== null && text.length >= LONGEST_STATE;
}

function rowOf(text: string | null, names: readonly string[]): LoggedRow | undefined {
  if (text === null) return undefined;
  const values = parseRowText(text, isCut(text));
  if (values === null || (values.length !== names.length && !isCut(text))) return undefined;
  return new Map(names.slice(0, values.length).map((name, i) => [name, values[i] ?? null]));
}
