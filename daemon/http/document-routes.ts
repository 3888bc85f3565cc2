import type { DocumentDirectory, PendingProposal } from '../../baselines/index.js';
import type { KnownSuppression } from '../policy/suppression-news.js';
import { wireDocument } from './approval-routes.js';
import { ApiError } from './errors.js';
import type { Route } from './route.js';

/** Documents of one answer, the newest: trust roots, or what people signed in advance about one site. */
const MAX_DOCUMENTS = 1_000;

/** Signed documents beside the baselines: trust roots and their draft, and what people signed in advance. For the asker to verify. */
export function documentRoutes(options: {
  readonly readRoots: () => Promise<DocumentDirectory>;
  /** Rejects with the `BaselineError` of a draft that cannot be read. */
  readonly readDraft: () => Promise<PendingProposal | null>;
  readonly sites: () => readonly string[];
  readonly readSuppressions: (
    site: string,
  ) => Promise<{ readonly signed: DocumentDirectory; readonly pending: DocumentDirectory }>;
  /** What became of each that ever took effect. */
  readonly known: (site: string) => readonly KnownSuppression[];
}): readonly Route[] {
  return [
    {
      method: 'GET',
      path: '/api/trust',
      scope: 'read',
      handle: async () => {
        const { documents } = await options.readRoots();
        const draft = await options.readDraft();
        return {
          roots: documents.map(wireDocument),
          draft: draft === null ? null : wireDocument(draft.document),
        };
      },
    },
    {
      method: 'GET',
      path: '/api/sites/:site/suppressions',
      scope: 'read',
      handle: async (_person, { site = '' }) => {
        if (!options.sites().includes(site)) {
          throw new ApiError(
            'API_NOT_FOUND',
            'no such site is configured: name one that "tillwarden status" lists',
          );
        }
        const { signed, pending } = await options.readSuppressions(site);
        const known = options.known(site);
        return {
          known: known.slice(-MAX_DOCUMENTS),
          documents: signed.documents.slice(-MAX_DOCUMENTS).map(wireDocument),
          pending: pending.documents.slice(-MAX_DOCUMENTS).map(wireDocument),
          leftOut: Math.max(0, known.length - MAX_DOCUMENTS, signed.documents.length - MAX_DOCUMENTS),
        };
      },
    },
  ];
}
