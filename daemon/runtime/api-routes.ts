import type { Submissions } from '../approvals/submissions.js';
import { approvalRoutes } from '../http/approval-routes.js';
import { incidentRoutes } from '../http/incident-routes.js';
import type { Route } from '../http/route.js';
import type { Acknowledgements } from '../incidents/acknowledgements.js';
import type { Store } from '../store/store.js';
import type { DaemonStatus } from '../watchdog/health.js';
import type { Assembly } from './assembly.js';

/** Everything that the API can be asked. */
export function apiRoutes(options: {
  readonly assembly: () => Assembly;
  readonly store: Store;
  readonly submissions: Pick<Submissions, 'of'>;
  readonly acknowledgements: Pick<Acknowledgements, 'acknowledge'>;
  readonly status: () => DaemonStatus;
  readonly clock: () => number;
}): readonly Route[] {
  const { assembly, store, submissions, acknowledgements, clock } = options;
  return [
    { method: 'GET', path: '/api/status', scope: 'read', handle: options.status },
    ...approvalRoutes({
      sites: () => assembly().sites.map(({ name }) => name),
      backend: (site) => submissions.of(site),
    }),
    ...incidentRoutes({
      store,
      definitionsOf: (name) => [...(assembly().site(name)?.definitions().values() ?? [])],
      acknowledge: (request) => acknowledgements.acknowledge({ ...request, nowMs: clock() }),
    }),
  ];
}
