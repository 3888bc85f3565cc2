import { preciseNowMs } from '../daemon/demo/inbox.js';
import { writeNote } from './notes.js';

/**
 * The daemon, with a note of each request at the moment it is handed to the transport. The transport of Slack's client is the platform's
 * own `fetch`, taken when it is called; nothing else of the daemon is touched.
 */
const transport = globalThis.fetch;
globalThis.fetch = (input, init) => {
  const atMs = preciseNowMs();
  const answer = transport(input, init);
  writeNote({ note: 'handed', atMs });
  return answer;
};
await import('../daemon/main.js');
