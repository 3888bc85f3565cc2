import type { RespondedSite } from '../response/responses.js';
import type { WatchedSite } from './site.js';

/** A watched site as a response looks at it; null of one that is not configured. */
export function respondedSite(site: WatchedSite | undefined): RespondedSite | null {
  if (site === undefined) return null;
  const { timeZone, guidance, sources } = site.config;
  const logs = sources.flatMap(({ kind, definitions }) =>
    kind === 'log' ? definitions.map(({ name }) => name) : [],
  );
  return {
    ...{ timeZone, product: guidance.product },
    facts: () => ({
      definitions: site.definitions(),
      outcomes: site.outcomes(),
      readings: site.readings(),
      baseline: site.baselineVersion(),
      logs,
    }),
  };
}
