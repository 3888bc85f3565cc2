import { useEffect } from 'preact/hooks';
import type { ShownDesk, ShownPending } from '../../daemon/views/console-shapes.js';
import { Quoted } from '../view/quoted.js';
import { Waiting } from '../view/waiting.js';
import { When } from '../view/when.js';
import { DifferenceCard } from './difference.js';
import { handleKey } from './keys.js';
import {
  accepted,
  acceptRest,
  busy,
  choices,
  currentDifference,
  decidable,
  differences,
  draft,
  dropped,
  idsOf,
  isCurrentLost,
  loadMore,
  reject,
  rejected,
  restOf,
  signed,
  summarize,
  summarizePending,
  told,
  withdraw,
  without,
} from './state.js';
import { SummaryDialog } from './summary.js';

/** So many records of one collection get a button of their own. */
const MANY = 3;

/** One site: what waits, what differs, and what is decided about it. */
export function DeskPage({ shown }: { readonly shown: ShownDesk | null }) {
  useEffect(() => {
    document.addEventListener('keydown', handleKey);
    return () => document.removeEventListener('keydown', handleKey);
  }, []);
  if (shown === null) return <Waiting words="Reading and verifying" />;
  if (shown.problem !== null) {
    return (
      <>
        <h1>{shown.site}</h1>
        <section class="panel edge-critical" aria-label="Nothing can be signed">
          <p class="warn">Nothing can be signed here: {shown.problem.code}</p>
          <p>{shown.problem.message}</p>
        </section>
      </>
    );
  }
  return (
    <>
      <DeskHead shown={shown} />
      <SignedNote />
      {told.value.map((words) => (
        <p key={words} class="note" role="status">
          {words}
        </p>
      ))}
      {shown.pending === null ? (
        <Decisions shown={shown} />
      ) : (
        <Pending pending={shown.pending} site={shown.site} />
      )}
      {draft.value === null ? null : <SummaryDialog shown={draft.value} site={shown.site} />}
    </>
  );
}

function DeskHead({ shown }: { readonly shown: ShownDesk }) {
  return (
    <>
      <h1>{shown.site}</h1>
      <p class="line dim">
        {shown.version === null ? (
          <span>no baseline is signed yet</span>
        ) : (
          <span>compared with baseline {shown.version}, verified on this machine</span>
        )}
        {shown.expiresMs === null ? null : (
          <span>
            valid until <When atMs={shown.expiresMs} />
          </span>
        )}
        <span>
          read <When atMs={shown.atMs} only="distance" />
        </span>
        {shown.signer === null ? null : <span>you sign as {shown.signer.person}</span>}
        <a href={`#/site/${shown.site}/history`}>history</a>
        <a href={`#/site/${shown.site}/in-advance`}>signed in advance</a>
      </p>
      {shown.signer === null && shown.passkeys.length === 0 ? (
        <p class="note alarm">You cannot sign here: {shown.signerProblem}</p>
      ) : null}
      {shown.notices.map((words) => (
        <p key={words} class="note">
          {words}
        </p>
      ))}
      {shown.unread.map(({ name, words }) => (
        <p key={name} class="note">
          <strong>{name}</strong> is unknown: {words}. Nothing of it can be approved.
        </p>
      ))}
    </>
  );
}

function SignedNote() {
  const done = signed.value;
  if (done === null) return null;
  return (
    <section class="panel edge-low" role="status">
      <p class="good">
        {done.installed
          ? `Installed: baseline ${done.version}, signed by ${done.signers.join(', ')}.`
          : `Baseline ${done.version} is signed by ${done.signers.join(', ')} and waits.`}
      </p>
      {done.lacking.map((words) => (
        <p key={words}>{words}</p>
      ))}
      <p class="dim">
        <span class="value">sha256:{done.digest}</span>
      </p>
    </section>
  );
}

function Decisions({ shown }: { readonly shown: ShownDesk }) {
  const all = decidable.value;
  const left = shown.differenceCount - differences.value.length;
  const along = differences.value.reduce((sum, { leads }) => sum + leads.length, 0);
  if (shown.differenceCount === 0) {
    return (
      <>
        <NothingDiffers shown={shown} />
        {shown.version === null ? null : (
          <div class="actions">
            <button type="button" disabled={busy.value !== null} onClick={() => void summarize('', true)}>
              Sign it again, so that it stays valid
            </button>
          </div>
        )}
      </>
    );
  }
  return (
    <>
      {shown.first === null ? null : <FirstReview lines={shown.first} missing={shown.missing} />}
      <h2>{shown.differenceCount.toLocaleString('en-US')} to decide about</h2>
      <Groups counts={shown.counts} />
      <p class="dim keys">
        Keys: <kbd>j</kbd> and <kbd>k</kbd> move, <kbd>a</kbd> accepts, <kbd>s</kbd> skips, <kbd>r</kbd>{' '}
        rejects, <kbd>e</kbd> unfolds, <kbd>A</kbd> accepts all the rest, <kbd>Enter</kbd> goes on to signing.
      </p>
      {dropped.value === 0 ? null : (
        <p class="note alarm" role="alert">
          {dropped.value} of your choices were dropped: what they were about changed meanwhile, or somebody
          called it hostile. Look again.
        </p>
      )}
      {isCurrentLost.value ? (
        <p class="note alarm" role="alert">
          What the keys were about is gone, or another one by now: go on with <kbd>j</kbd> or <kbd>k</kbd>.
        </p>
      ) : null}
      {all.map((one, index) => (
        <DifferenceCard
          key={one.id}
          difference={one}
          place={`${index + 1}/${shown.differenceCount - along}`}
          isCurrent={one.id === currentDifference.value?.id}
          decide
        />
      ))}
      {left > 0 ? (
        <button type="button" onClick={() => void loadMore()}>
          Show more: {left.toLocaleString('en-US')} are not shown
        </button>
      ) : null}
      <Sum count={shown.differenceCount} />
    </>
  );
}

/** What could not be read may differ, and where nobody signed anything there is nothing to differ from. */
function NothingDiffers({ shown: { version, unread } }: { readonly shown: ShownDesk }) {
  if (version === null) return <p class="warn">Nobody has signed anything, and nothing could be read.</p>;
  if (unread.length === 0) return <p class="good">Nothing differs from what people signed.</p>;
  return <p>What could be read is as people signed it; the rest is unknown.</p>;
}

/** One answer for the records of a collection, where there are several collections or many records. What is not shown is counted, and not covered. */
function Groups({ counts }: { readonly counts: ShownDesk['counts'] }) {
  const many = counts.filter(({ count }) => count >= MANY);
  if (many.length === 0) return null;
  return (
    <div class="actions">
      {many.map(({ collection, count }) => {
        const hidden = count - idsOf(collection).size;
        const rest = restOf(collection).size;
        return (
          <button key={collection} type="button" disabled={rest === 0} onClick={() => acceptRest(collection)}>
            Accept {rest.toLocaleString('en-US')} of {collection}
            {hidden > 0 ? `, not the ${hidden.toLocaleString('en-US')} that are not shown` : ''}
          </button>
        );
      })}
    </div>
  );
}

function Sum({ count }: { readonly count: number }) {
  const undecided = count - choices.value.size;
  return (
    <section class="sum" aria-label="Your decisions">
      <p class="line">
        <strong>{accepted.value.length} accepted</strong>
        <span>{rejected.value.length} rejected</span>
        <span class="dim">{undecided.toLocaleString('en-US')} undecided, which stay drift</span>
      </p>
      <div class="actions">
        <button
          type="button"
          class="main"
          disabled={accepted.value.length === 0 || busy.value !== null}
          onClick={() => void summarize()}
        >
          Go on to signing
        </button>
        <button type="button" onClick={() => acceptRest()}>
          Accept all the rest
        </button>
        {rejected.value.length > 0 ? (
          <button type="button" disabled={busy.value !== null} onClick={() => void reject(rejected.value)}>
            Tell everybody that {rejected.value.length} are hostile
          </button>
        ) : null}
      </div>
    </section>
  );
}

function FirstReview({
  lines,
  missing,
}: {
  readonly lines: readonly string[];
  readonly missing: readonly string[];
}) {
  const toggle = (name: string) => {
    const next = new Set(without.value);
    if (!next.delete(name)) next.add(name);
    without.value = next;
  };
  return (
    <section class="panel" aria-label="First baseline">
      <h2>First baseline: what is signed now counts as right from then on</h2>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard. */}
      <pre tabIndex={0}>{lines.join('\n')}</pre>
      {missing.map((name) => (
        <label key={name}>
          <input type="checkbox" checked={without.value.has(name)} onChange={() => toggle(name)} /> Sign
          without {name}, which could not be read: nobody is warned of changes there
        </label>
      ))}
    </section>
  );
}

function Pending({ pending, site }: { readonly pending: ShownPending; readonly site: string }) {
  const left = pending.differenceCount - pending.differences.length;
  return (
    <>
      <section class="panel edge-medium">
        <h2>Baseline {pending.version} waits for signatures</h2>
        <dl class="facts">
          <dt>Signed by</dt>
          <dd>{pending.signers.join(', ') || 'nobody yet'}</dd>
          <dt>Reason</dt>
          <dd>
            <Quoted value={pending.reason} />
          </dd>
          <dt>Made</dt>
          <dd>
            <When atMs={pending.createdMs} />
          </dd>
          <dt>Valid until</dt>
          <dd>
            <When atMs={pending.expiresMs} />
          </dd>
        </dl>
        {pending.lacking.map((words) => (
          <p key={words} class="dim">
            {words}
          </p>
        ))}
        {pending.moved === 0 ? null : (
          <p class="warn">
            {site} holds something else by now: {pending.moved} differences from this proposal. They stay
            drift.
          </p>
        )}
      </section>
      {pending.first === null ? null : <FirstReview lines={pending.first} missing={[]} />}
      {pending.histories.map((words) => (
        <p key={words} class="note">
          {words}
        </p>
      ))}
      <h2>
        {pending.differenceCount === 0
          ? 'It changes nothing and renews everything'
          : `What it changes: ${pending.differenceCount}`}
      </h2>
      {pending.differences.map((one, index) => (
        <DifferenceCard
          key={one.id}
          difference={one}
          place={`${index + 1}/${pending.differenceCount}`}
          isCurrent={false}
          decide={false}
        />
      ))}
      {left > 0 ? (
        <p class="warn">
          {left} more are not shown here: co-sign with "tillwarden approve {site}", which shows all.
        </p>
      ) : null}
      <section class="sum" aria-label="Your decision">
        <div class="actions">
          <button
            type="button"
            class="main"
            disabled={busy.value !== null || left > 0}
            onClick={() => void summarizePending(pending.digest)}
          >
            Go on to co-signing
          </button>
          <button type="button" disabled={busy.value !== null} onClick={() => void withdraw(pending.digest)}>
            Withdraw it
          </button>
        </div>
      </section>
    </>
  );
}
