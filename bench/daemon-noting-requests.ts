import http from 'node:http';
import { syncBuiltinESMExports } from 'node:module';
import { preciseNowMs } from '../daemon/demo/stand-ins/inbox.js';
import { writeNote } from './notes.js';

/**
 * The daemon, with a note of each request at the moment it is handed to the transport: when the one HTTP client of all channels, Slack's
 * among them, calls `node:http`. Nothing else of the daemon is touched.
 */
const transport = http.request;
http.request = ((...args: Parameters<typeof transport>) => {
  writeNote({ note: 'handed', atMs: preciseNowMs() });
  return transport(...args);
}) as typeof transport;
syncBuiltinESMExports();
await import('../daemon/main.js');
