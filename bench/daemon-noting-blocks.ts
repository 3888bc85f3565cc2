import { preciseNowMs } from '../daemon/demo/stand-ins/inbox.js';
import { createBlockMeter } from './event-loop.js';
import { writeNote } from './notes.js';

const EVERY_MS = 250;

/** The daemon, with notes of how long its event loop stands still. Nothing of the daemon itself is touched. */
const meter = createBlockMeter();
let fromMs = preciseNowMs();
setInterval(() => {
  const toMs = preciseNowMs();
  writeNote({ note: 'block', fromMs, toMs, longestMs: meter.take() });
  fromMs = toMs;
}, EVERY_MS).unref();
await import('../daemon/main.js');
