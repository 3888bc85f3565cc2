import { describe, expect, test } from '@jest/globals';
import { notifierKinds, sampleAlerts } from '../../../notifiers/index.js';

/** What something that is clicked needs, in the words of JSON, HTML and plain text. */
const CLICKABLE: readonly RegExp[] = [
  /"type":\s*"(actions|button|link|input|static_select|overflow)"/,
  /"(click|actions|links|client_url|url|action_id)":/,
  /\bhref=|<\s*(a|form|button|input|script|iframe)\b/i,
];

describe('nothing is approved with a click (invariant 6)', () => {
  test.each([...notifierKinds])('a message of %s holds nothing to click', async (_kind, registered) => {
    const { preview } = await registered.load();
    const alerts = Object.values(sampleAlerts).flat();
    const files = await Promise.all(alerts.map(preview));
    const contents = files.flat().map(({ content }) => String(content));
    expect(contents.length).toBeGreaterThanOrEqual(alerts.length);
    const found = contents.flatMap((content) => CLICKABLE.flatMap((one) => one.exec(content)?.[0] ?? []));
    expect([...new Set(found)]).toEqual([]);
  });
});
