import type { CollectionSnapshot } from '../../baselines/index.js';
import type { Indicators } from '../indicators/matcher.js';
import { counted } from '../wording.js';
import { type ReviewRule, suspicion } from './suspicion.js';

/** Asks for values that are known from robberies elsewhere. `snapshots` are the collections of the site, in its order. */
export function knownElsewhere(indicators: Indicators, snapshots: readonly CollectionSnapshot[]): ReviewRule {
  return {
    name: 'known-elsewhere',
    found: (count) => `${counted(count, 'record')} with a value that is known from a robbery elsewhere`,
    advice:
      'Find out where each came from before you sign it; "tillwarden indicators list" says from which incident it is known, and what else it can be.',
    ask: (site) => {
      const collections = site.all();
      const suspicions = snapshots.flatMap(({ definition, records }, place) =>
        records.flatMap(({ line }, index) => {
          const record = collections[place]?.records[index];
          const hits = record === undefined ? [] : indicators.ofRecord(line, definition);
          return record === undefined || hits.length === 0
            ? []
            : [
                suspicion(
                  record,
                  hits.map(({ field }) => field),
                ),
              ];
        }),
      );
      return { looked: snapshots.reduce((sum, { records }) => sum + records.length, 0), suspicions };
    },
  };
}
