import { afterEach, expect, test } from '@jest/globals';
import { DatabaseSync } from '@photostructure/sqlite';
import { type Database, Statements } from '../../../daemon/store/sqlite/database.js';
import { SqliteFindingWriter } from '../../../daemon/store/sqlite/finding-writer.js';
import { SqliteIncidentWriter } from '../../../daemon/store/sqlite/incident-writer.js';
import { migrate } from '../../../daemon/store/sqlite/migrate.js';

const real = new DatabaseSync(':memory:');
const asked = new Set<string>();
const database: Database = {
  exec: (sql) => real.exec(sql),
  prepare: (sql) => {
    asked.add(sql);
    return real.prepare(sql);
  },
  close: () => real.close(),
};
const sql = new Statements(database);

afterEach(() => sql.close());

test('a step of an incident walks what is open of it, and not all that ever was', () => {
  migrate(sql);
  asked.clear();
  const incidents = new SqliteIncidentWriter(sql);
  const findings = new SqliteFindingWriter(sql);
  const { id } = incidents.create({ site: 'prague-1', topic: 'drift', severity: 'high' }, 1);
  findings.end(id, [{ fingerprint: 'f', ending: 'reverted' }], 2);
  incidents.refresh(id);
  findings.openOf(id);
  findings.countOpenOf(id);
  const plans = [...asked]
    .filter((one) => / finding /.test(one))
    .map((one) => {
      const values = (one.match(/\?/g) ?? []).map(() => 'x');
      const steps = real.prepare(`explain query plan ${one}`).all(...values) as { detail: string }[];
      return steps.map(({ detail }) => detail).find((detail) => / finding /.test(detail));
    });
  expect(plans).toHaveLength(4);
  for (const plan of plans) expect(plan).toContain('finding_open_of_incident');
});
