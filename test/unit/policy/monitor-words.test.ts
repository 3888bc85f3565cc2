import {
  composeClockJumped,
  composeNotRecording,
  composeRecordingAgain,
  type SiteCounts,
} from '../../../daemon/policy/monitor.js';
import { alertText, expectWords } from './golden.js';
import { NOTICE } from './words-scene.js';

const at = (site: string, drifted: number, unknown: number): SiteCounts => ({
  site,
  collections: { drifted, unknown },
});
const notRecording =
  (...sites: readonly SiteCounts[]) =>
  () =>
    alertText(
      composeNotRecording(NOTICE, {
        problem: 'the disk of the state directory is full',
        code: 'STORE_FULL',
        sites,
      }),
    );

expectWords('monitor', {
  'not-recording': notRecording(at('prague-1', 0, 0)),
  'not-recording-while-one-differs': notRecording(at('prague-1', 1, 0), at('brno-1', 0, 0)),
  'not-recording-while-some-differ': notRecording(at('prague-1', 2, 1), at('brno-1', 1, 0)),
  'not-recording-while-one-is-unknown': notRecording(at('prague-1', 0, 1)),
  'not-recording-while-some-are-unknown': notRecording(at('prague-1', 0, 1), at('brno-1', 0, 2)),
  'not-recording-at-thirteen-sites': notRecording(
    ...Array.from({ length: 13 }, (_, index) => at(`depot-${index + 1}`, 1, 1)),
  ),
  'recording-again': () => alertText(composeRecordingAgain(NOTICE, 3_725_000)),
  'clock-jumped-forward': () => alertText(composeClockJumped(NOTICE, 7_200_000)),
  'clock-set-back': () => alertText(composeClockJumped(NOTICE, -90_000)),
});
