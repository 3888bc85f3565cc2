import type { ComponentChildren } from 'preact';
import { useState } from 'preact/hooks';
import type { ShownDefinition, ShownDifference } from '../../daemon/views/console-shapes.js';
import type { ShownFinding } from '../../daemon/views/shapes.js';
import { FindingCard } from '../view/finding.js';
import { howMany } from '../view/how-many.js';
import type { Choice } from './choices.js';
import { attempt, choices, choose, chosen, client, differences } from './state.js';

const WORDS: readonly (readonly [Choice, string, string])[] = [
  ['accept', 'Accept', 'a'],
  ['skip', 'Skip', 's'],
  ['reject', 'Reject', 'r'],
];

/** What is shown of a difference, or of a record below a definition, with whole values. */
async function wholeOf(id: string): Promise<ShownDifference['shown']> {
  const path = `/api/sites/${chosen.value}/difference/${id}`;
  return (await client.ask<{ difference: ShownDifference }>('GET', path)).difference.shown;
}

async function unfold(id: string): Promise<ShownFinding | null> {
  const shown = await wholeOf(id);
  return shown.what === 'change' ? shown : null;
}

async function unfoldDefinition(id: string): Promise<ShownDefinition | null> {
  const shown = await wholeOf(id);
  return shown.what === 'definition' ? shown : null;
}

/** One difference, and what there is to decide about it; without `decide`, only to read. */
export function DifferenceCard({
  difference,
  place,
  isCurrent,
  decide,
}: {
  readonly difference: ShownDifference;
  /** "2/7". */
  readonly place: string;
  readonly isCurrent: boolean;
  readonly decide: boolean;
}) {
  const { id, shown } = difference;
  const below = decide ? <Choices difference={difference} place={place} /> : null;
  return (
    <div id={`d-${id}`} aria-current={isCurrent ? 'true' : undefined} class="difference">
      {shown.what === 'definition' ? (
        <Definition shown={shown}>{below}</Definition>
      ) : (
        <FindingCard finding={shown} unfold={unfold}>
          {below}
          <Along difference={difference} />
        </FindingCard>
      )}
    </div>
  );
}

/** What differs only because this does: accepted along with it, or decided about one by one. */
function Along({ difference: { id, leads, shown } }: { readonly difference: ShownDifference }) {
  if (leads.length === 0 || shown.what !== 'change') return null;
  const ids = new Set(leads);
  const there = differences.value.filter((one) => ids.has(one.id));
  const isAccepted = choices.value.get(id) === 'accept';
  return (
    <details>
      <summary>
        With it: {howMany(leads.length, 'record')} of {shown.collection}, which differ only because the
        database is another one. Accepting this accepts them, but those that you decided about one by one.
      </summary>
      {there.map((one, index) => (
        <DifferenceCard
          key={one.id}
          difference={one}
          place={`${index + 1}/${leads.length} with it`}
          isCurrent={false}
          decide={!isAccepted || choices.value.get(one.id) !== 'accept'}
        />
      ))}
      {there.length < leads.length ? (
        <p class="warn">
          Not shown here, and accepted with it: {(leads.length - there.length).toLocaleString('en-US')} more.
        </p>
      ) : null}
    </details>
  );
}

function Choices({ difference, place }: { readonly difference: ShownDifference; readonly place: string }) {
  const { id, acceptable, byItself } = difference;
  const choice = choices.value.get(id);
  return (
    <fieldset class="actions" aria-label={`Decide about ${place}`}>
      <span class="dim">{place}</span>
      {WORDS.map(([value, words, key]) => (
        <button
          key={value}
          type="button"
          aria-pressed={choice === value}
          disabled={value === 'accept' && !acceptable}
          onClick={() => choose(id, value)}
        >
          {words} <kbd>{key}</kbd>
        </button>
      ))}
      {acceptable ? null : (
        <span class="warn">
          Cannot be signed: put it right in the database, so that each record has a key of its own.
        </span>
      )}
      {acceptable && byItself ? <span class="dim">Needs its own decision.</span> : null}
    </fieldset>
  );
}

function Definition({
  shown,
  children,
}: {
  readonly shown: ShownDefinition;
  readonly children: ComponentChildren;
}) {
  const [open, setOpen] = useState(false);
  const [all, setAll] = useState<ShownDefinition | null>(null);
  const { changes, changesLeftOut } = all?.id === shown.id ? all : shown;
  const showAll = () => attempt('Reading …', async () => setAll(await unfoldDefinition(shown.id)));
  return (
    <article class="finding edge-high">
      <header>
        <span class="tag high">definition</span> <strong>{shown.headline}</strong>
      </header>
      <dl class="fields">
        {shown.rows.map(({ aspect, before, after }) => (
          <Row key={aspect} aspect={aspect} before={before} after={after} />
        ))}
      </dl>
      {changes.length === 0 ? null : (
        <button type="button" class="quiet" aria-expanded={open} onClick={() => setOpen(!open)}>
          {open ? 'Hide' : 'Show'} {howMany(changes.length + changesLeftOut, 'record')}
        </button>
      )}
      {open
        ? changes.map((change) => <FindingCard key={change.id} finding={change} unfold={unfold} />)
        : null}
      {open && changesLeftOut > 0 && all === null ? (
        <button type="button" onClick={() => void showAll()}>
          Show the other {changesLeftOut.toLocaleString('en-US')}
        </button>
      ) : null}
      {open && changesLeftOut > 0 && all !== null ? (
        <p class="warn">
          {changesLeftOut.toLocaleString('en-US')} more are not shown here; "tillwarden approve" explains all.
        </p>
      ) : null}
      {children}
    </article>
  );
}

function Row({ aspect, before, after }: ShownDefinition['rows'][number]) {
  return (
    <>
      <dt>{aspect}</dt>
      {before === null ? null : (
        <dd class="before">
          <span class="sign" aria-hidden="true">
            −
          </span>
          <span class="sr">was </span>
          <span class="value">{before}</span>
        </dd>
      )}
      {after === null ? null : (
        <dd class="after">
          <span class="sign" aria-hidden="true">
            +
          </span>
          <span class="sr">is </span>
          <span class="value">{after}</span>
        </dd>
      )}
    </>
  );
}
