import { type Condition, type Ending, type Finding, recordOf } from '../../finding.js';
import type { FindingWriter, NewFinding, Rejection } from '../port/findings.js';
import { subjectText } from '../written-form.js';
import { SqliteFindingReader } from './finding-reader.js';
import { NEXT_EVENT } from './incident-writer.js';

/** Writes what was found, in the transaction of its caller. */
export class SqliteFindingWriter extends SqliteFindingReader implements FindingWriter {
  add({ incident, site, condition, notified }: NewFinding, atMs: number): Finding {
    this.sql.run(
      `insert into finding (incident, site, fingerprint, severity, reason, grace_ms, subject, record, first_seen_ms, told_ms, told_event)
       values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, iif(?, ${NEXT_EVENT}, null))`,
      incident,
      site,
      condition.fingerprint,
      condition.severity,
      condition.reason,
      condition.graceMs,
      subjectText(condition.subject),
      recordOf(condition),
      atMs,
      notified ? atMs : null,
      notified ? 1 : 0,
      incident,
    );
    return { ...condition, site, incident, firstSeenMs: atMs, notifiedMs: notified ? atMs : null };
  }

  update(site: string, { fingerprint, subject }: Pick<Condition, 'fingerprint' | 'subject'>): void {
    this.sql.run(
      'update finding set subject = ? where site = ? and fingerprint = ? and ended_ms is null',
      subjectText(subject),
      site,
      fingerprint,
    );
  }

  markNotified(incident: string, fingerprints: readonly string[], atMs: number): void {
    for (const fingerprint of fingerprints) {
      this.sql.run(
        `update finding set told_ms = ?, told_event = ${NEXT_EVENT}
         where incident = ? and fingerprint = ? and ended_ms is null and told_ms is null`,
        atMs,
        incident,
        incident,
        fingerprint,
      );
    }
  }

  end(
    incident: string,
    endings: readonly { readonly fingerprint: string; readonly ending: Ending }[],
    atMs: number,
  ): void {
    for (const { fingerprint, ending } of endings) {
      this.sql.run(
        `update finding set ending = ?, ended_ms = ?, ended_event = ${NEXT_EVENT}
         where incident = ? and fingerprint = ? and ended_ms is null`,
        ending,
        atMs,
        incident,
        incident,
        fingerprint,
      );
    }
  }

  reject(incident: string, { fingerprint, person, atMs }: Rejection): boolean {
    const rows = this.sql.run(
      'insert or ignore into rejection (incident, fingerprint, person, at_ms) values (?, ?, ?, ?)',
      incident,
      fingerprint,
      person,
      atMs,
    );
    return rows > 0;
  }
}
