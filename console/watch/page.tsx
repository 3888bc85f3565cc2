import { useState } from 'preact/hooks';
import type { ShownIncidentDetail, ShownOverview } from '../../daemon/views/shapes.js';
import { AnswerForm } from '../view/answer.js';
import { Findings, IncidentHead, IncidentList, Timeline } from '../view/incident.js';
import { Sheltered } from '../view/sheltered.js';
import { SiteTable } from '../view/sites.js';
import { Waiting } from '../view/waiting.js';
import { When } from '../view/when.js';
import {
  acknowledge,
  chosen,
  client,
  detail,
  lostMs,
  overview,
  problem,
  reader,
  signedOut,
  signIn,
  signOut,
} from './state.js';

/** The watch page: what is open, one incident, and answering for it. There is nothing to approve with. */
export function Page() {
  if (signedOut.value) return <SignIn />;
  return (
    <>
      <header class="top">
        <a class="brand" href="#/">
          tillwarden
        </a>
        <nav aria-label="Pages">
          <a href="#/">Overview</a>
        </nav>
        {reader.value === null ? null : (
          <>
            <span class="dim">{reader.value.name}</span>
            <button type="button" class="quiet" onClick={() => void signOut()}>
              Sign out
            </button>
          </>
        )}
      </header>
      <main>
        <div role="status" aria-live="polite">
          {lostMs.value === null ? null : (
            <p class="note alarm">
              The daemon does not answer. What is shown is the state of <When atMs={lostMs.value} />; this
              page tries again by itself.
            </p>
          )}
          {problem.value === null ? null : <p class="note alarm">{problem.value}</p>}
        </div>
        <Sheltered key={chosen.value ?? ''}>
          {chosen.value === null ? <Overview all={overview.value} /> : <Incident shown={detail.value} />}
        </Sheltered>
      </main>
    </>
  );
}

function Overview({ all }: { readonly all: ShownOverview | null }) {
  if (all === null) return <Waiting words="Asking the daemon" />;
  return (
    <>
      <h1>{all.incidents.length === 0 ? 'Nothing is open' : 'Open incidents'}</h1>
      {all.incidents.length === 0 ? (
        <p class="dim">Every site that can be read is as people signed it, or says below why not.</p>
      ) : null}
      <IncidentList incidents={all.incidents} />
      {all.incidentsLeftOut > 0 ? (
        <p class="dim">{all.incidentsLeftOut} more are open and not listed.</p>
      ) : null}
      <h2>Sites</h2>
      <SiteTable sites={all.sites} />
      {all.degraded.length === 0 ? null : (
        <>
          <h2>Does not work as configured</h2>
          <ul>
            {all.degraded.map((words) => (
              <li key={words}>{words}</li>
            ))}
          </ul>
        </>
      )}
      {all.resolved.length === 0 ? null : (
        <>
          <h2>Resolved lately</h2>
          <IncidentList incidents={all.resolved} />
        </>
      )}
      <p class="dim">tillwarden {all.version}</p>
    </>
  );
}

function Incident({ shown }: { readonly shown: ShownIncidentDetail | null }) {
  if (shown === null) return <Waiting words="Asking the daemon" />;
  return (
    <>
      <IncidentHead detail={shown} />
      <Answer key={shown.id} shown={shown} />
      <Findings detail={shown} client={client} at={`/api/page/incidents/${shown.id}`} />
      <Timeline steps={shown.timeline} leftOut={shown.timelineLeftOut} />
    </>
  );
}

function Answer({ shown }: { readonly shown: ShownIncidentDetail }) {
  if (shown.state === 'resolved') return null;
  if (reader.value?.scopes.includes('acknowledge') !== true) {
    return <p class="dim">Your token reads only: it cannot answer for an incident.</p>;
  }
  return <AnswerForm send={(reason) => acknowledge(shown, reason)} />;
}

function SignIn() {
  const [token, setToken] = useState('');
  const send = (event: Event) => {
    event.preventDefault();
    void signIn(token.trim());
    setToken('');
  };
  return (
    <main>
      <form class="panel" onSubmit={send}>
        <h1>tillwarden</h1>
        <p>
          Sign this browser in with your token. It can then read, and answer for incidents; it cannot approve.
        </p>
        {problem.value === null ? null : (
          <p class="note alarm" role="alert">
            {problem.value}
          </p>
        )}
        <label for="token">Token</label>
        <input
          id="token"
          type="password"
          autocomplete="off"
          value={token}
          onInput={(event) => setToken(event.currentTarget.value)}
        />
        <div class="actions">
          <button type="submit" class="main">
            Sign in
          </button>
        </div>
        <p class="dim">On your own machine, "tillwarden watch-link" prints a code for your phone's camera.</p>
      </form>
    </main>
  );
}
