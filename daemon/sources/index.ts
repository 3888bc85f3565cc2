import { bookKind } from './book/kind.js';
import { filesKind } from './files/kind.js';
import { logKind } from './log/kind.js';
import { mysqlKind } from './mysql/kind.js';
import { postgresKind } from './postgres/kind.js';
import { probeKind } from './probe/kind.js';
import type { SourceKinds } from './source-kind.js';

/** Every kind of source there is. */
export const sourceKinds: SourceKinds = new Map([
  ['postgres', postgresKind],
  ['mysql', mysqlKind],
  ['book', bookKind],
  ['files', filesKind],
  ['probe', probeKind],
  ['log', logKind],
]);
