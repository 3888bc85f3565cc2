import { noteBlocks } from './notes.js';

/** The same, from SIGUSR2 on: a sample of the loop every millisecond costs the process some 4 % of a core, which is nobody's idle time. */
process.once('SIGUSR2', noteBlocks);
await import('../daemon/main.js');
