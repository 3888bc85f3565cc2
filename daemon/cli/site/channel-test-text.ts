import { moment } from '../../../notifiers/index.js';
import type { LastChannelTest } from '../../watchdog/proven.js';

/** When something last arrived through a channel, and what. */
export function channelTestText(channelTest: LastChannelTest | null): string {
  if (channelTest === null) return 'NEVER PROVEN: run tillwarden notify test';
  const what = channelTest.by === 'test' ? 'a test' : 'a message';
  return `last proven ${moment(channelTest.atMs, 'UTC')} by ${what}`;
}
