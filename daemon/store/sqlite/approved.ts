import type { KnownSuppression } from '../../policy/suppression-news.js';
import type {
  BaselineWriter,
  RememberedBaseline,
  SuppressionWriter,
  WithdrawnProposal,
} from '../port/approved.js';
import { number, textColumn } from './columns.js';
import type { Statements } from './database.js';
import { suppressionIn } from './rows.js';

export class SqliteBaselines implements BaselineWriter {
  constructor(private readonly sql: Statements) {}

  remembered(site: string): RememberedBaseline | null {
    const row = this.sql.get('select version, digest from remembered_baseline where site = ?', site);
    return row && { version: number(row, 'version'), digest: textColumn(row, 'digest') };
  }

  all(): { readonly site: string; readonly version: number }[] {
    return this.sql
      .all('select site, version from remembered_baseline order by site')
      .map((row) => ({ site: textColumn(row, 'site'), version: number(row, 'version') }));
  }

  withdrawals(): WithdrawnProposal[] {
    return this.sql
      .all('select site, digest, at_ms from withdrawn_proposal order by site, at_ms, digest')
      .map((row) => ({
        site: textColumn(row, 'site'),
        digest: textColumn(row, 'digest'),
        atMs: number(row, 'at_ms'),
      }));
  }

  isWithdrawn(site: string, digest: string): boolean {
    const found = this.sql.get(
      'select 1 from withdrawn_proposal where site = ? and digest = ?',
      site,
      digest,
    );
    return found !== null;
  }

  withdraw({ site, digest, atMs }: WithdrawnProposal): void {
    this.sql.run(
      'insert into withdrawn_proposal (site, digest, at_ms) values (?, ?, ?) on conflict do nothing',
      site,
      digest,
      atMs,
    );
  }

  remember(site: string, { version, digest }: RememberedBaseline): void {
    this.sql.run(
      `insert into remembered_baseline (site, version, digest) values (?, ?, ?)
       on conflict (site) do update set version = excluded.version, digest = excluded.digest
       where excluded.version > version`,
      site,
      version,
      digest,
    );
  }
}

/** The table is named as suppressions once were. */
export class SqliteSuppressions implements SuppressionWriter {
  constructor(private readonly sql: Statements) {}

  list(site: string): KnownSuppression[] {
    return this.sql.all('select * from excuse where site = ? order by digest', site).map(suppressionIn);
  }

  save({ digest, site, id, signers, untilMs, state, covered }: KnownSuppression): void {
    this.sql.run(
      `insert into excuse (digest, site, id, signers, until_ms, state, covered) values (?, ?, ?, ?, ?, ?, ?)
       on conflict (digest) do update set site = excluded.site, id = excluded.id, signers = excluded.signers,
         until_ms = excluded.until_ms, covered = excluded.covered,
         state = case when state = 'withdrawn' then state else excluded.state end`,
      digest,
      site,
      id,
      JSON.stringify(signers),
      untilMs,
      state,
      covered,
    );
  }
}
