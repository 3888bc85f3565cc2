import type { ShownConsole } from '../../daemon/views/console-shapes.js';
import { SeverityTag } from '../view/finding.js';
import { Sheltered } from '../view/sheltered.js';
import { Waiting } from '../view/waiting.js';
import { When } from '../view/when.js';
import { AdvancePage } from './advance.js';
import { ChannelsPage } from './channels.js';
import { DeskPage } from './desk.js';
import { Enrol } from './enrol.js';
import { HistoryPage } from './history.js';
import { ClockNote, IncidentPage, Incidents } from './incident.js';
import { JournalPage } from './journal.js';
import { advance, channels, journal, past, trust } from './records-state.js';
import { busy, desk, incident, isHost, lostMs, overview, place, problem, shutOut, signOut } from './state.js';
import { TrustPage } from './trust.js';

/** The console: sites, and one of them on the desk. */
export function Console() {
  if (shutOut.value) {
    return (
      <main>
        <section class="panel">
          <h1>tillwarden console</h1>
          <p>
            {isHost
              ? 'This browser is not let in, or not any more. Start the console again on its host, and open the link that it prints, or point the camera at its code: it lets one browser in, within 10 minutes.'
              : 'This tab does not have the secret of the console that runs now. Open the link that it printed on its terminal.'}
          </p>
        </section>
      </main>
    );
  }
  return (
    <>
      <header class="top tall">
        <a class="brand" href="#/">
          tillwarden console
        </a>
        <nav aria-label="Pages">
          <a href="#/">Overview</a>
          <a href="#/trust">Trust</a>
          {overview.value?.daemon == null ? null : (
            <>
              <a href="#/journal">Journal</a>
              <a href="#/channels">Channels</a>
            </>
          )}
        </nav>
        <span class="dim server">
          {overview.value === null ? '' : (overview.value.server ?? 'files of this machine')}
        </span>
        {isHost ? (
          <button type="button" class="quiet" onClick={() => void signOut()}>
            Sign out
          </button>
        ) : null}
      </header>
      <main>
        <div role="status" aria-live="polite">
          {overview.value?.besideDaemon === true ? (
            <p class="note alarm">
              This console runs on the machine of a daemon: whoever owns that machine chooses what you see
              here.
            </p>
          ) : null}
          <HostNote />
          <ClockNote daemon={overview.value?.daemon ?? null} />
          {lostMs.value === null ? null : (
            <p class="note alarm">
              The console does not answer. What is shown is the state of <When atMs={lostMs.value} />. Start
              it again {isHost ? 'on its host' : 'in its terminal'}.
            </p>
          )}
          {problem.value === null ? null : <p class="note alarm">{problem.value}</p>}
          {busy.value === null ? null : <p class="note">{busy.value}</p>}
        </div>
        <Sheltered key={JSON.stringify(place.value)}>
          <Shown />
        </Sheltered>
      </main>
    </>
  );
}

/** On every page, the one on which something is signed first of all. */
function HostNote() {
  const host = overview.value?.host ?? null;
  if (host === null) return null;
  return (
    <p class="note">
      Served by {host}: whoever owns it chooses what you see here, and could have you sign something else. It
      counts for one person.
    </p>
  );
}

function Shown() {
  const at = place.value;
  switch (at.page) {
    case 'site':
      return <DeskPage shown={desk.value} />;
    case 'incident':
      return <IncidentPage shown={incident.value} />;
    case 'trust':
      return <TrustPage shown={trust.value} />;
    case 'journal':
      return <JournalPage shown={journal.value} />;
    case 'channels':
      return <ChannelsPage shown={channels.value} />;
    case 'advance':
      return <AdvancePage shown={advance.value} />;
    case 'history':
      return <HistoryPage shown={past.value} site={at.site} />;
    case 'overview':
      return <Overview all={overview.value} />;
  }
}

function Overview({ all }: { readonly all: ShownConsole | null }) {
  if (all === null) return <Waiting words="Reading and verifying" />;
  return (
    <>
      {all.enrols === null ? null : <Enrol person={all.enrols} />}
      <Incidents daemon={all.daemon} />
      {all.daemon?.incidents == null ? <h1>Sites</h1> : <h2>Sites</h2>}
      <ul class="cards">
        {all.sites.map((one) => (
          <li key={one.site}>
            <a
              class={`card edge-${one.problem === null ? (one.worst ?? 'none') : 'critical'}`}
              href={`#/site/${one.site}`}
            >
              <span class="line">
                {one.worst === null ? null : <SeverityTag severity={one.worst} />}
                <strong>{one.site}</strong>
                {one.version === null ? null : <span class="dim">baseline {one.version}</span>}
                {one.expiresMs === null ? null : (
                  <span class="dim">
                    valid until <When atMs={one.expiresMs} />
                  </span>
                )}
              </span>
              <span class="line">
                <SiteWords site={one} />
              </span>
            </a>
          </li>
        ))}
      </ul>
      <p class="dim">tillwarden {all.version}</p>
    </>
  );
}

function SiteWords({ site }: { readonly site: ShownConsole['sites'][number] }) {
  if (site.problem !== null) {
    return <span class="bad">nothing can be signed: {site.problem.code}</span>;
  }
  const { differences, unread, waiting, version, atMs } = site;
  if (atMs === null) return <span class="dim">reading and verifying …</span>;
  return (
    <>
      {version === null ? <span class="bad">no baseline is signed</span> : null}
      {waiting === null ? null : <strong>baseline {waiting} waits for signatures</strong>}
      {differences > 0 ? <span>{differences.toLocaleString('en-US')} to decide about</span> : null}
      {differences === 0 && unread === 0 && version !== null ? (
        <span class="good">as people signed it</span>
      ) : null}
      {unread > 0 ? <span class="bad">{unread} cannot be read</span> : null}
    </>
  );
}
