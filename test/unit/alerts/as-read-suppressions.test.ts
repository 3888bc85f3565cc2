import type { VerifiedSuppression } from '../../../baselines/index.js';
import {
  composeAnnouncedOver,
  composeApart,
  composeMissed,
  composeSuppressionEnded,
  composeSuppressionInstalled,
} from '../../../daemon/alerts/suppression-alerts.js';
import type { Condition } from '../../../daemon/finding.js';
import { NONE_ENDED, suppressionConditions } from '../../../daemon/policy/suppress.js';
import type { Alert } from '../../../notifiers/index.js';
import { readingTests } from '../../support/reading-tests.js';
import { CONTEXT, conditions, findingOf, record, SITE, snapshot } from '../policy/build.js';
import {
  baselineOf,
  changeOf,
  START_MS,
  verifiedAnnouncement,
  verifiedExpectation,
  verifiedMute,
} from '../policy/suppression-scene.js';
import { asRead } from './as-read.js';

const context = { ...CONTEXT, incident: null };
const A = record('1', { name: 'a', address: null });
const B = record('1', { name: 'b', address: 'bc1new' });
const NEW = record('9', { name: 'new', address: null });
const base = baselineOf(snapshot('wallet-route', [A]), snapshot('terminal', [A]), snapshot('sensor', []));
const sensor = snapshot('sensor', []).definition.name;
const announced = (...objects: readonly string[]) =>
  verifiedAnnouncement(
    base,
    objects.map((object) => ({ collection: sensor, object, schema: 'reports' })),
  );
const route = changeOf('wallet_routes', A, B);
const gone = changeOf('terminals', A, null);
const anyKey = { ...changeOf('terminals', null, NEW), key: null };
const other = { ...route, collection: 'nowhere' };

/** Ids are made anew for each run. */
const read = (alert: Alert, { id }: Pick<VerifiedSuppression, 'id'>) => asRead(alert).replaceAll(id, '<id>');
const signed = (suppression: VerifiedSuppression) =>
  read(composeSuppressionInstalled(context, suppression), suppression);
const ended = (suppression: VerifiedSuppression, how: 'withdrawn' | 'over') => {
  const { digest, id, type, signers, untilMs } = suppression;
  const known = { digest, site: SITE, id, type, signers, untilMs, state: 'in-force' as const, covered: 3 };
  return read(composeSuppressionEnded(context, known, how), suppression);
};
const happened = (): readonly Condition[] =>
  suppressionConditions({
    conditions: conditions('wallet-route', [A], [B]),
    suppressions: [verifiedExpectation(base, [route])],
    open: [],
    signed: base.collections,
    ended: NONE_ENDED,
    nowMs: START_MS,
  });
const apart = (
  topic: string,
  given: { readonly notified?: boolean; readonly undone?: boolean; readonly open: number },
) =>
  composeApart(() => CONTEXT, topic, {
    notified: given.notified ? happened() : [],
    undone: given.undone ? happened().map((one) => findingOf(one)) : [],
    open: given.open,
  })
    ?.map(asRead)
    .join('\n---\n') ?? 'not apart';

readingTests(import.meta.url, {
  'an expectation of several changes': () => signed(verifiedExpectation(base, [route, gone, anyKey])),
  'an expectation of a change that is not watched': () =>
    read(composeMissed(context, verifiedExpectation(base, [route]), [other]), { id: 'no id' }).replace(
      /^Id: .*$/m,
      'Id: <id>',
    ),
  'an expectation of objects by their sort': () => signed(announced('function', 'trigger')),
  'the time for objects of a sort is over': () => {
    const suppression = announced('function');
    const [alert] = composeAnnouncedOver(() => context, suppression, 12);
    return alert === undefined ? 'nothing' : read(alert, suppression);
  },
  'the time for objects of a sort is over, and nothing of it happened': () => {
    const suppression = announced('function', 'default');
    const [alert] = composeAnnouncedOver(() => context, suppression, 0);
    return alert === undefined ? 'nothing' : read(alert, suppression);
  },
  'the time for exact changes is over': () =>
    composeAnnouncedOver(() => context, verifiedExpectation(base, [route]), 1)
      .map(asRead)
      .join() || 'nothing is told',
  'a mute of a kind': () => signed(verifiedMute(base, { kind: 'terminal' })),
  'a mute of a collection': () => signed(verifiedMute(base, { collection: 'wallet_routes', key: null })),
  'a mute of one record': () => signed(verifiedMute(base, { collection: 'terminals', key: ['1'] })),
  'a mute of one record that is not watched': () => {
    const suppression = verifiedMute(base, { collection: 'terminals', key: ['1'] });
    const unwatched = { ...context, definitions: new Map() };
    return read(composeSuppressionInstalled(unwatched, suppression), suppression);
  },
  'what was expected happened': () => apart('expected', { notified: true, open: 1 }),
  'what was expected happened, with more before it': () => apart('expected', { notified: true, open: 3 }),
  'what was expected is undone': () => apart('expected', { undone: true, open: 0 }),
  'nothing of what was expected is news': () => apart('expected', { open: 1 }),
  'what is muted': () => apart('muted', { notified: true, undone: true, open: 1 }) || 'nothing is told',
  'what is neither': () => apart('drift', { notified: true, open: 1 }),
  'what was expected is not there': () => {
    const suppression = verifiedExpectation(base, [route, gone, anyKey]);
    return read(composeMissed(context, suppression, [route, gone, anyKey]), suppression);
  },
  'an expectation was withdrawn': () => ended(verifiedExpectation(base, [route]), 'withdrawn'),
  'an expectation is over': () => ended(verifiedExpectation(base, [route]), 'over'),
  'a mute was withdrawn': () => ended(verifiedMute(base, { kind: 'terminal' }), 'withdrawn'),
});
