import { signal } from '@preact/signals';
import type { ShownHistory, ShownRecord, ShownVersion } from '../../daemon/views/console-shapes.js';
import { FieldList, FindingCard } from '../view/finding.js';
import { howMany } from '../view/how-many.js';
import { Named, Quoted } from '../view/quoted.js';
import { Waiting } from '../view/waiting.js';
import { When } from '../view/when.js';
import { type PastQuestion, question } from './records-state.js';
import { refresh } from './state.js';

const STEP_MS = 60_000;
const filter = signal('');

function ask(asked: PastQuestion): void {
  question.value = asked;
  void refresh();
}

/** What a collection was: who signed what, and each record at a date of one's choice. */
export function HistoryPage({ shown, site }: { readonly shown: ShownHistory | null; readonly site: string }) {
  if (shown === null) return <Waiting words="Reading and verifying" />;
  const asked = question.value;
  return (
    <>
      <h1>{site}: what people signed, and when</h1>
      <p>
        <a href={`#/site/${site}`}>What differs now</a>
      </p>
      {shown.problems.map((words) => (
        <p key={words} class="note">
          {words}
        </p>
      ))}
      <label for="collection">Collection</label>
      <select
        id="collection"
        value={asked?.collection ?? ''}
        onChange={({ currentTarget: { value } }) => ask({ collection: value, key: null, atMs: null })}
      >
        {asked === null ? <option value="">Choose one</option> : null}
        {shown.collections.map(({ name, kind }) => (
          <option key={name} value={name}>
            {name} ({kind})
          </option>
        ))}
      </select>
      {asked === null || shown.collection === null ? null : <Past shown={shown} asked={asked} />}
    </>
  );
}

function Past({ shown, asked }: { readonly shown: ShownHistory; readonly asked: PastQuestion }) {
  const { versions, at } = shown;
  const firstMs = versions.at(-1)?.fromMs;
  return (
    <>
      {asked.key === null ? null : (
        <div class="actions">
          <button type="button" onClick={() => ask({ ...asked, key: null })}>
            All records again
          </button>
        </div>
      )}
      {firstMs === undefined || at === null ? null : (
        <DateSlider firstMs={firstMs} atMs={at.atMs} asked={asked} />
      )}
      {at === null ? null : <RecordsAt at={at} asked={asked} />}
      <h2>{howMany(versions.length, 'version')}, the newest first</h2>
      {versions.map((one) => (
        <Version key={one.version} one={one} />
      ))}
    </>
  );
}

function DateSlider({
  firstMs,
  atMs,
  asked,
}: {
  readonly firstMs: number;
  readonly atMs: number;
  readonly asked: PastQuestion;
}) {
  const nowMs = Date.now();
  const steps = Math.max(1, Math.ceil((nowMs - firstMs) / STEP_MS));
  const place = Math.min(steps, Math.max(0, Math.round((atMs - firstMs) / STEP_MS)));
  const to = (step: number) => ask({ ...asked, atMs: step >= steps ? null : firstMs + step * STEP_MS });
  return (
    <>
      <label for="date">
        As it was signed <When atMs={atMs} />
      </label>
      <input
        id="date"
        type="range"
        min={0}
        max={steps}
        value={place}
        aria-valuetext={new Date(atMs).toISOString()}
        onInput={({ currentTarget: { value } }) => to(Number(value))}
      />
    </>
  );
}

function RecordsAt({
  at,
  asked,
}: {
  readonly at: NonNullable<ShownHistory['at']>;
  readonly asked: PastQuestion;
}) {
  const wanted = filter.value.toLowerCase();
  const shown = at.records.filter((record) => textOf(record).includes(wanted));
  return (
    <section aria-label="Records at that date">
      <h2>
        {at.version === null
          ? 'Nothing was signed yet'
          : `Baseline ${at.version}: ${howMany(at.records.length + at.recordsLeftOut, 'record')}`}
      </h2>
      {at.records.length < 2 ? null : (
        <>
          <label for="filter">Only those that hold</label>
          <input
            id="filter"
            value={filter.value}
            autocomplete="off"
            onInput={({ currentTarget: { value } }) => {
              filter.value = value;
            }}
          />
        </>
      )}
      {shown.map(({ key, shown: record }) => (
        <article key={key} class="finding">
          <header class="key">
            <Named all={[...record.key, ...record.about]} />
          </header>
          <FieldList fields={record.fields} plain />
          {asked.key === null ? (
            <button type="button" class="quiet" onClick={() => ask({ ...asked, key })}>
              Its own history
            </button>
          ) : null}
        </article>
      ))}
      {at.recordsLeftOut > 0 ? (
        <p class="dim">
          {at.recordsLeftOut.toLocaleString('en-US')} more are not shown here; "tillwarden history" has all.
        </p>
      ) : null}
    </section>
  );
}

function textOf({ shown: { key, about, fields } }: ShownRecord): string {
  const values = [...key, ...about].map(({ value }) => value).concat(fields.map(({ after }) => after ?? []));
  return values
    .flatMap((parts) => parts.map(({ text }) => text))
    .join(' ')
    .toLowerCase();
}

function Version({ one }: { readonly one: ShownVersion }) {
  return (
    <details class="panel">
      <summary>
        Baseline {one.version}, <When atMs={one.fromMs} />, signed by {one.signers}
        {one.count === null ? ': its watch ended' : ''}
      </summary>
      <p>
        <Quoted value={one.reason} />
      </p>
      {one.known ? null : (
        <p class="warn">Its records are not there any more, or are not the ones that were signed.</p>
      )}
      {one.changes.map((change) => (
        <FindingCard key={change.id} finding={change} />
      ))}
      {one.known && one.changes.length === 0 ? <p class="dim">No record of it changed.</p> : null}
      {one.changesLeftOut > 0 ? (
        <p class="dim">{one.changesLeftOut.toLocaleString('en-US')} more changes are not shown here.</p>
      ) : null}
    </details>
  );
}
