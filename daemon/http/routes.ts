import type { Acknowledgements } from '../acknowledgements.js';
import type { Assembly } from '../assembly.js';
import type { DaemonStatus } from '../health.js';
import type { Store } from '../store/store.js';
import type { Submissions } from '../submissions.js';
import { approvalRoutes } from './approval-routes.js';
import { incidentRoutes } from './incident-routes.js';
import type { Route } from './route.js';

/** Everything that the API can be asked. */
export function apiRoutes(options: {
  readonly assembly: () => Assembly;
  readonly store: Store;
  readonly submissions: Submissions;
  readonly acknowledgements: Acknowledgements;
  readonly status: () => DaemonStatus;
  readonly clock: () => number;
}): readonly Route[] {
  const { assembly, store, submissions, acknowledgements, clock } = options;
  return [
    { method: 'GET', path: '/api/status', scope: 'read', handle: options.status },
    ...approvalRoutes({
      sites: () => assembly().sites.map(({ name }) => name),
      desk: submissions.of,
    }),
    ...incidentRoutes({
      store,
      definitionsOf: (name) => {
        const site = assembly().sites.find((one) => one.name === name);
        return [...(site?.collections().values() ?? [])];
      },
      acknowledge: (request) => acknowledgements.acknowledge({ ...request, nowMs: clock() }),
    }),
  ];
}
