import { describe, expect, test } from '@jest/globals';
import type { Alert } from '../../../notifiers/index.js';
import { matrixMessage } from '../../../notifiers/matrix/payload.js';
import { slackMessages } from '../../../notifiers/slack/payload.js';
import { teamsMessage } from '../../../notifiers/teams/payload.js';
import { telegramMessage } from '../../../notifiers/telegram/payload.js';
import { driftAlert } from '../../contract/notifiers/sample-alerts.js';

/** How often an alert is put into words, by the reads of the one sentence that each of its forms has. */
function timesComposed(compose: (alert: Alert) => unknown): number {
  let times = 0;
  const { consequence, ...rest } = driftAlert();
  compose({
    ...rest,
    get consequence() {
      times++;
      return consequence;
    },
  });
  return times;
}

describe('a message that fits', () => {
  const channels: readonly (readonly [name: string, forms: number, compose: (alert: Alert) => unknown])[] = [
    ['Slack', 1, (alert) => slackMessages(alert, 'C0', 1)],
    ['Telegram', 1, (alert) => telegramMessage(alert, { chat: '-100', attempt: 1, page: null })],
    ['Teams', 1, (alert) => teamsMessage(alert, 1)],
    // Plain, and formatted.
    ['Matrix', 2, (alert) => matrixMessage(alert, { attempt: 1, page: null, mentionRoom: false })],
  ];
  test.each(channels)('is composed once for %s, and no smaller one beside it', (_name, forms, compose) => {
    expect(timesComposed(compose)).toBe(forms);
  });
});
