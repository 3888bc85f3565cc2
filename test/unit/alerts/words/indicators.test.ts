import { expect, test } from '@jest/globals';
import { indicatorNotes } from '../../../../daemon/alerts/words/indicators.js';
import type { IndicatorMatch } from '../../../../daemon/indicators/indicator.js';

const match: IndicatorMatch = {
  ...{ kind: 'wallet-address', value: 'bc1qTHIEF', feed: 'cert', incident: 'next-door' },
  ...{ severity: 'critical', field: 'definition' },
};
const place = (after: string | undefined, field = 'definition') => ({ field, after });
const notedAt = (shown: readonly ReturnType<typeof place>[]) =>
  shown.flatMap((one, index) => (indicatorNotes(one, shown, [match]).length > 0 ? [index] : []));

test('what is known is noted once, where it stands', () => {
  expect(notedAt([place('plpgsql'), place('new.address := bc1qthief'), place('f')])).toEqual([1]);
});

test('where no place shows it, it is noted at the first of its field', () => {
  expect(notedAt([place('x', 'owner'), place('plpgsql'), place('f')])).toEqual([1]);
});

test('what is gone is noted nowhere', () => {
  expect(notedAt([place(undefined)])).toEqual([]);
});
