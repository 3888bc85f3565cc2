import { sha256Hex } from '../../../baselines/index.js';
import type { Alert } from '../../../notifiers/index.js';
import { alertOf, alertText } from '../written-form.js';
import { textColumn } from './columns.js';
import type { Statements } from './database.js';

/** Keeps an alert's text under its id and incident, or those that are named, the first that has the id. `digest`: hex SHA-256 of this one's text. */
export function keepAlert(
  sql: Statements,
  alert: Alert,
  atMs: number,
  { id, incident }: Pick<Alert, 'id' | 'incident'> = alert,
): { readonly isNew: boolean; readonly digest: string } {
  const body = alertText(alert);
  const inserted = sql.run(
    'insert into alert (id, incident, severity, body, created_ms) values (?, ?, ?, ?, ?) on conflict do nothing',
    id,
    incident,
    alert.severity,
    body,
    atMs,
  );
  return { isNew: inserted > 0, digest: sha256Hex(body) };
}

/** An alert that is known to be kept. */
export function keptAlert(sql: Statements, id: string): Alert {
  const row = sql.get('select body from alert where id = ?', id);
  if (row === null) throw new RangeError('no such alert');
  return alertOf(textColumn(row, 'body'));
}
