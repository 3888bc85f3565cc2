import type { PasskeyAnswer, ShownAdvance, ShownSuppression } from '../../daemon/views/console-shapes.js';
import { FindingCard } from '../view/finding.js';
import { howMany } from '../view/how-many.js';
import { Quoted } from '../view/quoted.js';
import { Waiting } from '../view/waiting.js';
import { When } from '../view/when.js';
import { signedAdvance } from './records-state.js';
import { SignButtons } from './sign.js';
import { attempt, busy, client, refresh } from './state.js';

/** What people signed in advance about a site: expected changes and mutes. */
export function AdvancePage({ shown }: { readonly shown: ShownAdvance | null }) {
  if (shown === null) return <Waiting words="Reading and verifying" />;
  const { site, problem, suppressions, leftOut, refused, withdrawElsewhere } = shown;
  return (
    <>
      <h1>{site}: signed in advance</h1>
      <p>
        <a href={`#/site/${site}`}>What differs now</a>
      </p>
      <p class="dim">What wakes nobody, because people said so beforehand: expected changes, and mutes.</p>
      {problem === null ? null : (
        <section class="panel edge-critical" aria-label="Unknown">
          <p class="warn">What counts is unknown: {problem.code}</p>
          <p>{problem.message}</p>
        </section>
      )}
      <Signed />
      {refused.map((words) => (
        <p key={words} class="note">
          {words}
        </p>
      ))}
      {problem === null && suppressions.length === 0 ? (
        <p>Nothing is expected, and nothing is muted.</p>
      ) : null}
      {suppressions.map((one) => (
        <Suppression key={one.id} one={one} site={site} elsewhere={withdrawElsewhere} />
      ))}
      {leftOut > 0 ? <p class="dim">{leftOut.toLocaleString('en-US')} older ones are not shown.</p> : null}
    </>
  );
}

function Signed() {
  const done = signedAdvance.value;
  if (done === null) return null;
  return (
    <section class="panel edge-low" role="status">
      <p class="good">
        {done.id} is signed by {done.signers.join(', ')} {done.installed ? 'and in force.' : 'and waits.'}
      </p>
      {done.installed ? null : done.lacking.map((words) => <p key={words}>{words}</p>)}
    </section>
  );
}

async function send(
  site: string,
  { id, toSign }: ShownSuppression,
  passkey: PasskeyAnswer | null,
): Promise<void> {
  const body = { id, digest: toSign?.digest, passkey };
  signedAdvance.value = await client.ask('POST', `/api/sites/${site}/in-advance/sign`, body);
}

const EDGES = { 'in force': 'low', waits: 'medium', over: 'none' } as const;

function Suppression({
  one,
  site,
  elsewhere,
}: {
  readonly one: ShownSuppression;
  readonly site: string;
  readonly elsewhere: string | null;
}) {
  return (
    <section class={`panel edge-${EDGES[one.state]}`} aria-label={one.id}>
      <p class="line">
        <strong>{one.words}</strong>
        <span class={one.state === 'waits' ? 'bad' : 'dim'}>
          {one.state === 'waits' ? 'waits for signatures' : one.state}
        </span>
      </p>
      <p class="line dim">
        <span>
          from <When atMs={one.fromMs} />
        </span>
        {one.happensUntilMs === null ? null : (
          <span>
            window ends <When atMs={one.happensUntilMs} />
          </span>
        )}
        <span>
          {one.happensUntilMs === null ? 'until' : 'baseline due'} <When atMs={one.untilMs} />
        </span>
        <span>signed by {one.signers.join(', ') || 'nobody yet'}</span>
        <span>{one.id}</span>
      </p>
      <p>
        <Quoted value={one.reason} />
      </p>
      {one.lacking.map((words) => (
        <p key={words} class="dim">
          {words}
        </p>
      ))}
      {one.changes.length === 0 ? null : (
        <details open={one.toSign !== null}>
          <summary>Exactly this: {howMany(one.changes.length + one.changesLeftOut, 'change')}</summary>
          {one.changes.map((change) => (
            <FindingCard key={change.id} finding={change} />
          ))}
          {one.changesLeftOut > 0 ? <p class="dim">{one.changesLeftOut} more are not shown here.</p> : null}
        </details>
      )}
      {one.toSign === null ? null : (
        <SignButtons waiting={one.toSign} send={(passkey) => send(site, one, passkey)} />
      )}
      {one.state === 'over' ? null : elsewhere === null ? (
        <div class="actions">
          <button type="button" disabled={busy.value !== null} onClick={() => void withdraw(site, one.id)}>
            Take it away
          </button>
        </div>
      ) : (
        <p class="dim">To take it away: {elsewhere}</p>
      )}
    </section>
  );
}

async function withdraw(site: string, id: string): Promise<void> {
  await attempt('Taking it away …', async () => {
    await client.ask('POST', `/api/sites/${site}/in-advance/withdraw`, { id });
    await refresh();
  });
}
