import * as z from 'zod';
import { incidentsSchema } from '../../http/incidents-wire.js';
import { StoreError } from '../../store/errors.js';
import { grouped } from '../../wording.js';
import { fileElsewhere, openServer } from '../approve/open-backend.js';
import type { CommandContext } from '../command.js';
import { EXIT } from '../exit-code.js';
import { openConfig } from '../open-config.js';
import { asciiJson } from '../text/json.js';
import { suppressionJson } from '../text/suppression-text.js';
import { askDaemon, type DaemonAnswer, degradedWords, siteAnswers } from './daemon-answer.js';
import { type Overview, overviewOf } from './overview.js';
import { exitOfStandings, standingsByDaemon, standingsOf } from './standing.js';
import { incidentLine, standingLines, statusLines, worstIncidentsFirst } from './status-text.js';

/** `tillwarden status`: the state on disk and the files of approval, beside what a running daemon says of itself. */
export async function runStatus(
  context: CommandContext,
  options: { readonly json?: boolean; readonly config?: string; readonly server?: string },
): Promise<number> {
  const file = fileElsewhere(context, options);
  if (file !== null) return statusElsewhere(context, { ...options, config: file });
  const config = await openConfig(context, 'none');
  const overview = await overviewOf(context, config).catch(async (error: unknown) => {
    if (!(error instanceof StoreError) || error.code !== 'STORE_UNREADABLE') throw error;
    const daemon = await askDaemon(config);
    if (daemon === null) throw error;
    return { daemon, unread: error.message };
  });
  if ('unread' in overview) return answerAlone(context, overview, options);
  if (options.json) context.terminal.out(asciiJson(overviewJson(overview, context.clock())));
  else for (const line of statusLines(context, config, overview)) context.terminal.out(line);
  return exitOfStandings(standingsOf(overview));
}

/** From the machine of somebody with a token: what the daemon says of itself, and which incidents it holds. */
async function statusElsewhere(
  context: CommandContext,
  options: { readonly json?: boolean; readonly config?: string; readonly server?: string },
): Promise<number> {
  const { terminal } = context;
  const client = await openServer(context, options);
  const daemon = await client.json('GET', '/api/status', z.record(z.string(), z.unknown()));
  const { incidents } = await client.json('GET', '/api/incidents', incidentsSchema);
  const standings = standingsByDaemon(
    daemon,
    incidents.map((one) => ({ ...one, isWell: one.wellSinceMs != null })),
  );
  if (options.json) terminal.out(asciiJson({ running: true, daemon, incidents }));
  else {
    for (const line of standingLines(terminal, standings)) terminal.out(line);
    terminal.out();
    for (const line of siteAnswers(daemon).lines) terminal.out(line);
    for (const words of degradedWords(daemon)) terminal.out(`  degraded  ${words}`);
    terminal.out(`\n${grouped(incidents.length, 'unresolved incident')}`);
    const { timeZone } = new Intl.DateTimeFormat().resolvedOptions();
    for (const one of worstIncidentsFirst(incidents)) {
      const lines = incidentLine(context, one, timeZone, one.wellSinceMs ?? null, null);
      for (const line of lines) terminal.out(line);
    }
  }
  return exitOfStandings(standings);
}

/** Where the state may not be read, what the running daemon says of itself counts; what it does not say stays unknown, so this never exits with 0. */
function answerAlone(
  { terminal }: CommandContext,
  { daemon, unread }: { readonly daemon: DaemonAnswer; readonly unread: string },
  { json }: { readonly json?: boolean },
): number {
  const { lines, drifted } = siteAnswers(daemon);
  if (json) terminal.out(asciiJson({ running: true, unread, daemon }));
  else {
    for (const line of standingLines(terminal, standingsByDaemon(daemon, null))) terminal.out(line);
    terminal.out('\nThe running daemon says:');
    for (const line of lines) terminal.out(`  ${line}`);
    for (const words of degradedWords(daemon)) terminal.out(`  degraded: ${words}`);
    terminal.note(`Incidents, acknowledgements and what is not delivered are unknown: ${unread}`);
  }
  return drifted ? EXIT.drifted : EXIT.unknown;
}

function overviewJson({ sites, ...rest }: Overview, nowMs: number): object {
  return {
    ...rest,
    running: rest.daemon !== null,
    sites: sites.map(({ site, approval, suppressions, waiting, remembered, collections }) => ({
      site,
      rememberedVersion: remembered,
      baseline:
        approval?.head == null
          ? null
          : {
              version: approval.head.version,
              digest: approval.head.digest,
              expires: approval.head.statement.expires,
            },
      waiting,
      problems: [...(approval?.problems ?? []), ...(suppressions?.problems ?? [])],
      excuses: [...(suppressions?.active ?? []), ...(suppressions?.pending ?? [])].map((one) =>
        suppressionJson(one, nowMs),
      ),
      collections,
    })),
  };
}
