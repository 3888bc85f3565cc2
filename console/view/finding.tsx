import type { ComponentChildren } from 'preact';
import { useState } from 'preact/hooks';
import type { ShownChange, ShownField, ShownFinding, ShownSeverity } from '../../daemon/views/shapes.js';
import { Named, Quoted } from './quoted.js';
import { Refused } from './refusal.js';
import { When } from './when.js';

/** How bad it is, as a word and a colour. */
export function SeverityTag({ severity }: { readonly severity: ShownSeverity }) {
  return <span class={`tag ${severity}`}>{severity}</span>;
}

export interface FindingProps {
  readonly finding: ShownFinding;
  /** Asks for the finding with whole values; resolves with null when it is none any more. Absent where there is nobody to ask: what is hidden is counted. */
  readonly unfold?: (id: string) => Promise<ShownFinding | null>;
  /** What stands below: choices, where there are any. */
  readonly children?: ComponentChildren;
}

/** One finding. Values that are not shown whole say how much is hidden, and unfold. */
export function FindingCard({ finding, unfold, children }: FindingProps) {
  const [whole, setWhole] = useState<ShownFinding | null>(null);
  const [refusal, setRefusal] = useState<string | null>(null);
  const shown = whole?.id === finding.id ? whole : finding;
  const open =
    unfold &&
    (async () => {
      try {
        const answer = await unfold(finding.id);
        setWhole(answer);
        setRefusal(answer === null ? GONE : null);
      } catch (error) {
        setRefusal(notUnfolded(error));
      }
    });
  if (shown.what === 'other') {
    return (
      <article class={`finding edge-${shown.severity}`}>
        <header>
          <SeverityTag severity={shown.severity} /> <strong>{shown.words}</strong>
        </header>
        {shown.detail === null ? null : (
          <p>
            <Quoted value={shown.detail} />
          </p>
        )}
        {children}
      </article>
    );
  }
  return (
    <article class={`finding edge-${shown.severity}`} aria-label={`${shown.severity}: ${shown.headline}`}>
      <ChangeHead change={shown} />
      <FieldList fields={shown.fields} />
      <Hidden change={shown} open={open} />
      {refusal === null ? null : (
        <p class="note" role="alert">
          {refusal}
        </p>
      )}
      {children}
    </article>
  );
}

const MONEY = {
  modified: 'Money goes elsewhere by this.',
  added: 'Where money goes is said anew by this.',
  removed: 'Where money went is not said any more.',
  ambiguous: 'Where money goes is said more than once under one key.',
} as const;

const GONE = 'It is not there any more as it is shown here.';

/** A server that does not answer says nothing of what is there. */
function notUnfolded(error: unknown): string {
  if (error instanceof Refused && error.status === 404) return GONE;
  return `The whole of it could not be asked for: ${error instanceof Error ? error.message : 'no answer'}.`;
}

function ChangeHead({ change }: { readonly change: ShownChange }) {
  return (
    <header>
      <div>
        <SeverityTag severity={change.severity} /> <strong>{change.headline}</strong>{' '}
        <span class="dim">{change.collection}</span>
      </div>
      <div class="key">
        <Named all={[...change.key, ...change.about]} />
      </div>
      {change.money === null ? null : <p class="warn">{MONEY[change.money]}</p>}
      {change.lookalikeOf === null ? null : (
        <p class="warn">
          Its name can be taken for that of a signed record: <Named all={change.lookalikeOf} />
        </p>
      )}
      {change.called === null ? null : (
        <p class="warn">
          Called hostile by {change.called.person}, <When atMs={change.called.atMs} />
        </p>
      )}
    </header>
  );
}

/** Fields with both sides; `plain`: as they are, and not as what came. */
export function FieldList({
  fields,
  plain = false,
}: {
  readonly fields: readonly ShownField[];
  readonly plain?: boolean;
}) {
  return (
    <dl class="fields">
      {fields.map((field, index) =>
        plain ? <PlainField key={index} field={field} /> : <Field key={index} field={field} />,
      )}
    </dl>
  );
}

function PlainField({ field }: { readonly field: ShownField }) {
  return (
    <>
      <dt>{field.name}</dt>
      <dd>
        {field.after === null ? null : <Quoted value={field.after} />}
        {field.hidden === 0 ? null : (
          <span class="dim"> ({field.hidden.toLocaleString('en-US')} characters are hidden here)</span>
        )}
      </dd>
    </>
  );
}

function Field({ field }: { readonly field: ShownField }) {
  return (
    <>
      <dt>
        {field.name}
        {field.path === null ? null : (
          <>
            {' at '}
            <Quoted value={field.path} />
          </>
        )}
      </dt>
      {field.before === null ? null : (
        <dd class="before">
          <span class="sign" aria-hidden="true">
            −
          </span>
          <span class="sr">was </span>
          <Quoted value={field.before} />
        </dd>
      )}
      {field.after === null ? null : (
        <dd class="after">
          <span class="sign" aria-hidden="true">
            +
          </span>
          <span class="sr">is </span>
          <Quoted value={field.after} />
        </dd>
      )}
      {field.notes.map((note, index) => (
        <dd key={index} class="warn">
          {note}
        </dd>
      ))}
    </>
  );
}

function Hidden({
  change,
  open,
}: {
  readonly change: ShownChange;
  readonly open: (() => Promise<void>) | undefined;
}) {
  const words = hiddenWords(change.fields, change.fieldsLeftOut);
  if (words === null) return null;
  if (open === undefined) return <p class="dim">{words} are hidden here.</p>;
  return (
    <button type="button" class="quiet" onClick={() => void open()}>
      Show {words} that are hidden
    </button>
  );
}

/** "2,600 characters and 3 fields"; null when nothing is hidden. */
function hiddenWords(fields: readonly ShownField[], fieldsLeftOut: number): string | null {
  const characters = fields.reduce((sum, { hidden }) => sum + hidden, 0);
  const parts = [
    ...(characters > 0 ? [`${characters.toLocaleString('en-US')} characters`] : []),
    ...(fieldsLeftOut > 0 ? [`${fieldsLeftOut.toLocaleString('en-US')} fields`] : []),
  ];
  return parts.length === 0 ? null : parts.join(' and ');
}
