import type { Alert } from '../alert.js';
import type { PreviewFile } from '../kind.js';
import { pagerdutyEvent } from './payload.js';

/** The event that would be posted, and where to, without the routing key. A follow-up is shown as one of a page that arrived. */
export async function preview(alert: Alert): Promise<readonly PreviewFile[]> {
  const send = { attempt: 1, details: 'quoted' } as const;
  const page = pagerdutyEvent({ ...alert, role: 'page', state: 'open' }, { ...send, thread: null });
  const thread = alert.role === 'follow-up' ? page.receipt : null;
  const { path, body } = pagerdutyEvent(alert, { ...send, thread });
  return [{ ending: 'json', content: `${JSON.stringify({ path, body }, null, 2)}\n` }];
}
