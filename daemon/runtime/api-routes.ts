import {
  readPendingSuppressions,
  readRootDraft,
  readSuppressions,
  readTrustDirectory,
} from '../../baselines/index.js';
import type { Submissions } from '../approvals/submissions.js';
import { personalColumns } from '../config/config.js';
import { approvalRoutes } from '../http/approval-routes.js';
import { type ChangeFeed, type FeedState, MAX_FEED_INCIDENTS } from '../http/change-feed.js';
import { documentRoutes } from '../http/document-routes.js';
import { incidentRoutes } from '../http/incident-routes.js';
import { journalRoutes } from '../http/journal-routes.js';
import { pageRoutes } from '../http/page-routes.js';
import { responseRoutes } from '../http/response-routes.js';
import type { Route } from '../http/route.js';
import type { Acknowledgements } from '../incidents/acknowledgements.js';
import type { Responses } from '../response/responses.js';
import type { Store } from '../store/store.js';
import { NO_PAGE_WORDS, type PageWords } from '../views/incident-view.js';
import type { DaemonStatus } from '../watchdog/health.js';
import type { Assembly } from './assembly.js';

export interface ApiRoutesOptions {
  readonly assembly: () => Assembly;
  readonly store: Store;
  readonly submissions: Pick<Submissions, 'of'>;
  readonly acknowledgements: Pick<Acknowledgements, 'acknowledge'>;
  readonly responses: Responses;
  readonly status: () => DaemonStatus;
  readonly feed: Pick<ChangeFeed, 'open'>;
  readonly clock: () => number;
}

/** Everything that the API can be asked. */
export function apiRoutes(options: ApiRoutesOptions): readonly Route[] {
  const { assembly, store, submissions, acknowledgements, feed, clock } = options;
  const sites = () => assembly().sites.map(({ name }) => name);
  return [
    { method: 'GET', path: '/api/status', scope: 'read', handle: options.status },
    { method: 'GET', path: '/api/events', scope: 'read', handle: (person) => feed.open(person) },
    ...approvalRoutes({ sites, backend: (site) => submissions.of(site) }),
    ...incidentRoutes({
      store,
      definitionsOf: (name) => [...(assembly().site(name)?.definitions().values() ?? [])],
      guidanceOf: (name) => guidanceOf(assembly(), name),
      acknowledge: (request) => acknowledgements.acknowledge({ ...request, nowMs: clock() }),
    }),
    ...responseRoutes(options.responses),
    ...pageRoutes({ store, status: options.status, wordsOf: (site) => pageWords(assembly(), site), clock }),
    ...journalRoutes(store),
    ...documentRoutes({
      sites,
      readRoots: () => readTrustDirectory(assembly().config.trust.directory),
      readDraft: () => readRootDraft(assembly().config.trust.directory),
      readSuppressions: async (site) => {
        const { directory } = assembly().config.baselines;
        const [signed, pending] = await Promise.all([
          readSuppressions(directory, site),
          readPendingSuppressions(directory, site),
        ]);
        return { signed, pending };
      },
      known: (site) => store.suppressions.list(site),
    }),
  ];
}

/** What the page's words need of a site: as in messages, personal data is masked. */
function pageWords(assembly: Assembly, name: string): PageWords {
  const site = assembly.site(name);
  if (site === undefined) return NO_PAGE_WORDS;
  const { timeZone, guidance } = site.config;
  const personal = personalColumns(site.config, assembly.config.messages);
  return { timeZone, definitions: site.definitions(), personal, guidance };
}

function guidanceOf(assembly: Assembly, name: string) {
  const config = assembly.site(name)?.config;
  return config === undefined ? null : { timeZone: config.timeZone, ...config.guidance };
}

/** What whoever listens is told of: nothing of what was found. */
export function feedState(
  store: Pick<Store, 'journal' | 'incidents' | 'baselines'>,
  sites: readonly string[],
): FeedState {
  const incidents = store.incidents.list({ unresolvedOnly: true }).slice(0, MAX_FEED_INCIDENTS);
  return {
    head: store.journal.head(),
    incidents: incidents.map(({ id, site, state, revision }) => ({ id, site, state, revision })),
    sites: sites.map((site) => ({ site, version: store.baselines.remembered(site)?.version ?? 0 })),
  };
}
