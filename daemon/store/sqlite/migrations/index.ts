import { initial } from './0001-initial.js';
import { excuses } from './0003-excuses.js';

/** Applied in order; the number applied is SQLite's `user_version`. Only ever appended to. */
export const MIGRATIONS: readonly string[] = [initial, excuses];
