import { isWholeDatabase } from '../open.js';

/**
 * The program of the process that looks for damage beside the daemon; its argument is the database. What it ends with says what it found: 0, whole; 3,
 * damaged; anything else, that nobody knows.
 */
process.exitCode = isWholeDatabase(process.argv[2] ?? '') ? 0 : 3;
