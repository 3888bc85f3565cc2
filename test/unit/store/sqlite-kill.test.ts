import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { expect, test } from '@jest/globals';
import { checkJournal } from '../../../daemon/cli/history/journal-walk.js';
import { openStore } from '../../../daemon/store/sqlite/open.js';

const BUILT = join(dirname(fileURLToPath(import.meta.url)), '../../../dist/daemon/store/sqlite/open.js');
const ROUNDS = 6;
const MESSAGES_EACH = 3;
const RECORDS = 1000;

/** Records one thing after the other, each in one transaction with all that was observed, and says so only afterwards. */
const WRITER = `
import { openStore } from ${JSON.stringify(BUILT)};
const store = openStore(process.argv[1]);
const alert = (id) => ({ id, type: 'drift', standing: 'page', severity: 'high', site: 's', incident: null, state: null, dedupKey: null, title: 't', consequence: '', facts: [],
  changes: [], changesLeftOut: 0, nextSteps: [], observedAtMs: 1, timeZone: 'UTC', head: { baselineVersion: null, journal: '' } });
const upserts = Array.from({ length: ${RECORDS} }, (_, n) => ({ key: JSON.stringify([String(n)]), ordinal: 0, line: 'x'.repeat(100) }));
function next() {
  const n = Number(store.meta.get('installed:s') ?? 0) + 1;
  store.transaction((tx) => {
    const incident = tx.incidents.unresolved('s', 'drift') ?? tx.incidents.create({ site: 's', topic: 'drift', severity: 'high' }, n);
    tx.findings.add({ incident: incident.id, site: 's', condition: { fingerprint: 'f' + n, severity: 'high', reason: 'r', graceMs: 0,
      subject: { what: 'config', detail: 'd' } }, notified: true }, n);
    tx.incidents.refresh(incident.id);
    tx.observed.save('s', { collection: 'c', recordsDigest: String(n), count: ${RECORDS}, observedAtMs: n, replace: true, upserts, removals: [] });
    tx.journal.append({ type: 'verdict', body: { n } }, n);
    tx.outbox.enqueue(alert('a' + n), [{ name: 'slack', parts: ['m'] }, { name: 'mail', parts: ['alarm', 'details'] }], { atMs: n });
    tx.meta.set('installed:s', n);
  });
  process.stdout.write(n + '\\n');
  setImmediate(next);
}
next();
`;

test(`nothing is lost or half recorded when the writer is killed, ${ROUNDS} times`, async () => {
  const directory = mkdtempSync(join(tmpdir(), 'tillwarden-kill-'));
  try {
    let before = 0;
    for (let round = 0; round < ROUNDS; round++) {
      const writer = spawn(process.execPath, ['--input-type=module', '-e', WRITER, directory], {
        stdio: ['ignore', 'pipe', 'inherit'],
      });
      let said = 0;
      const lines = createInterface({ input: writer.stdout });
      lines.on('line', (line) => {
        said = Number(line);
      });
      const ended = once(writer, 'exit');
      await once(lines, 'line');
      // At a random point of the stream: that is the experiment, not a wait for something.
      await delay(20 + Math.random() * 150);
      writer.kill('SIGKILL');
      await ended;

      const store = openStore(directory);
      const recorded = Number(store.meta.get('installed:s'));
      const [incident] = store.incidents.list({});
      expect(recorded).toBeGreaterThan(before);
      expect(recorded).toBeGreaterThanOrEqual(said);
      expect(checkJournal(store, null).broken).toBeNull();
      const verdicts = store.journal.entries(0, 1_000_000).filter(({ type }) => type === 'verdict');
      expect(verdicts.at(-1)?.body).toBe(`{"n":${recorded}}`);
      expect(verdicts).toHaveLength(recorded);
      expect(store.incidents.find(incident?.id ?? '')?.open).toHaveLength(recorded);
      expect(store.outbox.messages({ limit: 1_000_000 })).toHaveLength(recorded * MESSAGES_EACH);
      expect(store.observed.collections('s').map(({ recordsDigest }) => recordsDigest)).toEqual([
        String(recorded),
      ]);
      expect(store.observed.lines('s', 'c')).toHaveLength(RECORDS);
      store.close();
      before = recorded;
    }
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
});
