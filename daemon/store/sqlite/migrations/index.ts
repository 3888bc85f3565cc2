import { initial } from './0001-initial.js';
import { messagesComposedWhenSent } from './0002-messages-composed-when-sent.js';
import { suppressions } from './0003-excuses.js';
import { rejections } from './0005-rejections.js';
import { escalationAndQuietHours } from './0006-escalation-and-quiet-hours.js';
import { withdrawnProposals } from './0007-withdrawn-proposals.js';
import { messagesByIncident } from './0008-messages-by-incident.js';
import { folds } from './0009-folds.js';

/** Applied in order; the number applied is SQLite's `user_version`. Only ever appended to. */
export const MIGRATIONS: readonly string[] = [
  initial,
  messagesComposedWhenSent,
  suppressions,
  rejections,
  escalationAndQuietHours,
  withdrawnProposals,
  messagesByIncident,
  folds,
];
