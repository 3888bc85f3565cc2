import type { CommandContext } from '../command.js';
import { openConfig } from '../open-config.js';
import { asciiJson } from '../text/json.js';
import { suppressionJson } from '../text/suppression-text.js';
import { type Overview, overviewOf } from './overview.js';
import { exitOfStandings, standingsOf } from './standing.js';
import { statusLines } from './status-text.js';

/** `tillwarden status`: the state on disk and the files of approval, beside what a running daemon says of itself. */
export async function runStatus(
  context: CommandContext,
  options: { readonly json?: boolean },
): Promise<number> {
  const config = await openConfig(context, 'none');
  const overview = await overviewOf(context, config);
  if (options.json) context.terminal.out(asciiJson(overviewJson(overview, context.clock())));
  else for (const line of statusLines(context, config, overview)) context.terminal.out(line);
  return exitOfStandings(standingsOf(overview));
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
