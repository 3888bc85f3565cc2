import type { ShownDaemon } from '../../daemon/views/console-shapes.js';
import type { ShownIncidentDetail } from '../../daemon/views/shapes.js';
import { AnswerForm } from '../view/answer.js';
import { Findings, IncidentHead, IncidentList, Timeline } from '../view/incident.js';
import { Waiting } from '../view/waiting.js';
import { acknowledge, busy, client, overview } from './state.js';

/** Incidents of the daemon behind the console, worst first, and what keeps them from being known. */
export function Incidents({ daemon }: { readonly daemon: ShownDaemon | null }) {
  if (daemon === null) {
    return (
      <p class="dim">
        No daemon is behind this console: it works on files of this machine. Incidents are shown where an
        approver.yaml names a daemon.
      </p>
    );
  }
  const { problem, incidents, incidentsLeftOut, resolved, degraded } = daemon;
  return (
    <>
      {problem === null ? null : (
        <section class="panel edge-critical" aria-label="The daemon">
          <p class="warn">Incidents are unknown: {problem.code}</p>
          <p>{problem.message}</p>
        </section>
      )}
      {incidents === null ? null : (
        <>
          <h1>{incidents.length === 0 ? 'Nothing is open' : 'Open incidents'}</h1>
          <IncidentList incidents={incidents} />
          {incidentsLeftOut > 0 ? <p class="dim">{incidentsLeftOut} more are open and not listed.</p> : null}
        </>
      )}
      {degraded.length === 0 ? null : (
        <>
          <h2>Does not work as configured</h2>
          <ul>
            {degraded.map((words) => (
              <li key={words}>{words}</li>
            ))}
          </ul>
        </>
      )}
      {resolved.length === 0 ? null : (
        <details>
          <summary>Resolved lately: {resolved.length}</summary>
          <IncidentList incidents={resolved} />
        </details>
      )}
    </>
  );
}

/** A clock that is wrong makes every time and every validity wrong: whose it is nobody here can tell. */
export function ClockNote({ daemon }: { readonly daemon: ShownDaemon | null }) {
  const aheadMs = daemon?.clockAheadMs ?? null;
  if (aheadMs === null) return null;
  const minutes = Math.max(1, Math.round(Math.abs(aheadMs) / 60_000)).toLocaleString('en-US');
  return (
    <p class="note alarm">
      The daemon's clock is {minutes} min {aheadMs > 0 ? 'ahead of' : 'behind'} the one of this machine: one
      of them is wrong. What you sign carries the time of this machine. Set the wrong one right before you
      sign.
    </p>
  );
}

/** One incident by the daemon's account, and answering for it. What is right is decided on the site's own page. */
export function IncidentPage({ shown }: { readonly shown: ShownIncidentDetail | null }) {
  if (shown === null) return <Waiting words="Asking the daemon" />;
  return (
    <>
      <IncidentHead detail={shown} />
      <p class="line">
        <a href={`#/site/${shown.site}`}>
          Decide about {shown.site}: what differs from your verified baseline
        </a>
      </p>
      {shown.state === 'resolved' ? null : overview.value?.daemon?.canAcknowledge === true ? (
        <AnswerForm
          key={shown.id}
          isHeld={busy.value !== null}
          send={(reason) => acknowledge(shown, reason)}
        />
      ) : (
        <p class="dim">Your token reads only: it cannot answer for an incident.</p>
      )}
      <Findings detail={shown} client={client} at={`/api/incidents/${shown.id}`} />
      {(shown.findingsUntold ?? 0) > 0 ? (
        <p class="dim">
          {(shown.findingsUntold ?? 0).toLocaleString('en-US')} more, none of them worse, are not told to the
          console; the page of {shown.site} has every difference.
        </p>
      ) : null}
      <Timeline steps={shown.timeline} leftOut={shown.timelineLeftOut} />
    </>
  );
}
