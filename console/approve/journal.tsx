import { signal } from '@preact/signals';
import type { ShownEntry, ShownJournal, ShownVerification } from '../../daemon/views/console-shapes.js';
import { Waiting } from '../view/waiting.js';
import { When } from '../view/when.js';
import { earlier, journal } from './records-state.js';
import { attempt, busy, client, refresh } from './state.js';

/** Nothing older is in the journal itself. */
const folded = signal(false);

/** The journal of the daemon, with what this machine found when it walked it. */
export function JournalPage({ shown }: { readonly shown: ShownJournal | null }) {
  if (shown === null) return <Waiting words="Asking the daemon" />;
  const first = earlier.value.at(-1) ?? shown.entries.at(-1);
  return (
    <>
      <h1>Journal</h1>
      <Verification found={shown.verification} lastSeq={shown.lastSeq} />
      <ol class="timeline plain-list">
        {[...shown.entries, ...earlier.value].map((entry) => (
          <Entry key={entry.seq} entry={entry} />
        ))}
      </ol>
      {first === undefined || first.seq <= 1 ? null : folded.value ? (
        <p class="dim">What is older was folded into files on the daemon's machine.</p>
      ) : (
        <button type="button" disabled={busy.value !== null} onClick={() => void loadEarlier(first.seq)}>
          Show earlier entries: {(first.seq - 1).toLocaleString('en-US')} are not shown
        </button>
      )}
    </>
  );
}

function Entry({ entry: { seq, atMs, type, words } }: { readonly entry: ShownEntry }) {
  return (
    <li>
      <span class="dim">{seq}</span> <When atMs={atMs} /> <strong>{type}</strong> <span>{words}</span>
    </li>
  );
}

const EDGES = { walking: 'none', whole: 'low', broken: 'critical', unknown: 'high' } as const;

function Verification({ found, lastSeq }: { readonly found: ShownVerification; readonly lastSeq: number }) {
  const verified = found.verified.toLocaleString('en-US');
  return (
    <section class={`panel edge-${EDGES[found.state]}`} aria-label="Verification">
      {found.state === 'walking' ? (
        <p>
          This machine walks the journal: {verified} of {lastSeq.toLocaleString('en-US')} entries follow one
          another.
        </p>
      ) : null}
      {found.state === 'whole' ? (
        <p class="good">
          The journal is whole: {verified} entries follow one another, by the hashes that this machine
          computed.
        </p>
      ) : null}
      {found.state === 'broken' ? <p class="warn">The journal is BROKEN after entry {verified}.</p> : null}
      {found.state === 'unknown' ? <p class="warn">Whether the journal is whole is unknown.</p> : null}
      {found.words === null ? null : <p>{found.words}</p>}
      <p class="dim">
        Head <span class="value">sha256:{found.head}</span>: alerts of that time end with its first digits.
      </p>
      <div class="actions">
        <button
          type="button"
          disabled={busy.value !== null || found.state === 'walking'}
          onClick={() => void verifyAll()}
        >
          Walk all of it again
        </button>
      </div>
    </section>
  );
}

async function loadEarlier(before: number): Promise<void> {
  await attempt('Reading …', async () => {
    const { entries } = await client.ask<ShownJournal>('GET', `/api/journal/before/${before}`);
    earlier.value = [...earlier.value, ...entries];
    folded.value = entries.length === 0;
  });
}

async function verifyAll(): Promise<void> {
  await attempt('Walking the journal …', async () => {
    const verification = await client.ask<ShownVerification>('POST', '/api/journal/verify', {});
    if (journal.value !== null) journal.value = { ...journal.value, verification };
    await refresh();
  });
}
