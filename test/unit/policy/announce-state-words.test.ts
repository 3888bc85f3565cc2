import { composeStateEmpty, composeStateRestored } from '../../../daemon/policy/announce-state.js';
import { alertText, expectWords } from './golden.js';
import { NOTICE } from './words-scene.js';

const restored = (replacedHead: string | null) => () =>
  alertText(
    composeStateRestored(NOTICE, {
      backupHead: 'b'.repeat(64),
      replacedHead,
      backupCreated: '2026-11-23T03:00:00.000Z',
    }),
  );
const empty = (sites: number, lost: boolean) => () =>
  alertText(
    composeStateEmpty(NOTICE, {
      sites: Array.from({ length: sites }, (_, index) => ({
        site: `depot-${index + 1}`,
        version: index + 1,
      })),
      lost,
    }),
  );

expectWords('announce-state', {
  restored: restored('c'.repeat(64)),
  'restored-over-nothing': restored(null),
  'memory-begins': empty(1, false),
  'memory-begins-at-thirteen-sites': empty(13, false),
  'memory-lost': empty(2, true),
  'memory-and-baselines-lost': empty(0, true),
});
