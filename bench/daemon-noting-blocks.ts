import { noteBlocks } from './notes.js';

/** The daemon, with notes of how long its event loop stands still. Nothing of the daemon itself is touched. */
noteBlocks();
await import('../daemon/main.js');
