import { useState } from 'preact/hooks';
import type {
  ListedIncident,
  ShownFinding,
  ShownIncidentDetail,
  ShownStep,
} from '../../daemon/views/shapes.js';
import type { Client } from './client.js';
import { FindingCard, SeverityTag } from './finding.js';
import { Quoted } from './quoted.js';
import { When } from './when.js';

/** Incidents as a list of links, as they come. */
export function IncidentList({ incidents }: { readonly incidents: readonly ListedIncident[] }) {
  return (
    <ul class="cards">
      {incidents.map((one) => (
        <li key={one.id}>
          <a
            class={`card edge-${one.state === 'resolved' ? 'none' : one.severity}`}
            href={`#/incident/${one.id}`}
          >
            <span class="line">
              <SeverityTag severity={one.severity} /> <strong>{one.title}</strong>
            </span>
            <span class="line dim">
              <span>{one.site}</span>
              <span>{one.id}</span>
              <When atMs={one.openedMs} />
              <StateWords incident={one} />
            </span>
          </a>
        </li>
      ))}
    </ul>
  );
}

function StateWords({ incident }: { readonly incident: ListedIncident }) {
  const { state, answeredBy, unansweredMs, resolvedMs, wellSinceMs } = incident;
  if (state === 'resolved') {
    return resolvedMs === null ? (
      <span>resolved</span>
    ) : (
      <span>
        resolved <When atMs={resolvedMs} only="distance" />
      </span>
    );
  }
  if (wellSinceMs != null) {
    return (
      <span class="good">
        well again <When atMs={wellSinceMs} only="distance" />, and closes when it stays well
      </span>
    );
  }
  if (answeredBy !== null) return <span class="good">{answeredBy} answers for it</span>;
  if (unansweredMs === null) return <span>nobody was told yet</span>;
  return (
    <span class="bad">
      nobody answers: told <When atMs={unansweredMs} only="distance" />
    </span>
  );
}

/** What an incident is: consequence, who, facts, next steps. */
export function IncidentHead({ detail }: { readonly detail: ShownIncidentDetail }) {
  return (
    <section class={`panel edge-${detail.state === 'resolved' ? 'none' : detail.severity}`}>
      <p class="line">
        <SeverityTag severity={detail.severity} />
        <span>{detail.site}</span>
        <span class="dim">incident {detail.id}</span>
        <When atMs={detail.openedMs} />
        <StateWords incident={detail} />
      </p>
      <h1>{detail.title}</h1>
      <p>{detail.consequence}</p>
      <dl class="facts">
        {detail.who === null ? null : (
          <>
            <dt>Who did it</dt>
            <dd>
              <Quoted value={detail.who} />
            </dd>
          </>
        )}
        {detail.facts.map(({ label, value }, index) => (
          <FactRow key={index} label={label} value={value} />
        ))}
        {detail.answer === null ? null : (
          <>
            <dt>Answered by</dt>
            <dd>
              {detail.answer.person} until <When atMs={detail.answer.untilMs} />
              {': '}
              <Quoted value={detail.answer.reason} />
            </dd>
          </>
        )}
      </dl>
      {detail.nextSteps.length === 0 ? null : (
        <details>
          <summary>Next steps</summary>
          <ol>
            {detail.nextSteps.map(({ text, command }, index) => (
              <li key={index}>
                {text}
                {command === null ? null : <code>{command}</code>}
              </li>
            ))}
          </ol>
        </details>
      )}
    </section>
  );
}

function FactRow({ label, value }: ShownIncidentDetail['facts'][number]) {
  return (
    <>
      <dt>{label}</dt>
      <dd>
        <Quoted value={value} />
      </dd>
    </>
  );
}

/** The findings of an incident, more of them when asked. `at`: where the server answers about the incident. */
export function Findings({
  detail,
  client,
  at,
}: {
  readonly detail: ShownIncidentDetail;
  readonly client: Client;
  readonly at: string;
}) {
  const [more, setMore] = useState<{ readonly revision: string; readonly findings: readonly ShownFinding[] }>(
    {
      revision: detail.revision,
      findings: [],
    },
  );
  const further = more.revision === detail.revision ? more.findings : [];
  const shown = [...detail.findings, ...further];
  const left = detail.findingCount - shown.length;
  const unfold = async (id: string) =>
    (await client.ask<{ finding: ShownFinding }>('GET', `${at}/finding/${id}`)).finding;
  const [refusal, setRefusal] = useState<string | null>(null);
  const load = async () => {
    try {
      const answer = await client.ask<{ findings: ShownFinding[] }>('GET', `${at}/findings/${shown.length}`);
      setMore({ revision: detail.revision, findings: [...further, ...answer.findings] });
      setRefusal(null);
    } catch (error) {
      setRefusal(error instanceof Error ? error.message : 'no answer');
    }
  };
  return (
    <section aria-label="What was found">
      <h2>
        {detail.findingCount === 0
          ? 'Nothing of it is so any more'
          : `${detail.findingCount.toLocaleString('en-US')} found, the worst first`}
      </h2>
      {shown.map((finding) => (
        <FindingCard key={finding.id} finding={finding} unfold={unfold} />
      ))}
      {left > 0 ? (
        <button type="button" onClick={() => void load()}>
          Show more: {left.toLocaleString('en-US')} are not shown
        </button>
      ) : null}
      {refusal === null ? null : (
        <p class="note" role="alert">
          More could not be asked for: {refusal}.
        </p>
      )}
    </section>
  );
}

export function Timeline({
  steps,
  leftOut,
}: {
  readonly steps: readonly ShownStep[];
  readonly leftOut: number;
}) {
  return (
    <section aria-label="What happened">
      <h2>What happened</h2>
      <ol class="timeline">
        {steps.map(({ atMs, words, value }, index) => (
          <li key={index}>
            <When atMs={atMs} /> <span>{words}</span>
            {value === null ? null : (
              <>
                {': '}
                <Quoted value={value} />
              </>
            )}
          </li>
        ))}
      </ol>
      {leftOut > 0 ? <p class="dim">{leftOut.toLocaleString('en-US')} older steps are not shown.</p> : null}
    </section>
  );
}
