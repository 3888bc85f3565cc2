import type { Kind } from '../../baselines/index.js';

/** Names that say where money goes: of columns, and of places inside a json column. */
const DESTINATION = /address|wallet|destination|payout|payee|recipient|exchange|account/i;
/** Names that hold the word and mean something else: where a machine stands, how a person is reached. */
const ELSEWHERE = /e-?mail|(?:^|_|\b)(?:ip|mac|street|postal|home)_?address/i;
/** Of a terminal, `address` alone is where it stands. */
const OF_TERMINALS = /wallet|destination|payout|payee|recipient|(?:crypto|coin|deposit|sell|buy).*address/i;

/** True when a field, or a place inside one, of this name says where money goes. Names may be the watched system's. */
export function namesDestination(kind: Kind, name: string): boolean {
  switch (kind) {
    case 'wallet-route':
      return DESTINATION.test(name);
    case 'config':
    case 'file':
      return DESTINATION.test(name) && !ELSEWHERE.test(name);
    case 'terminal':
      return OF_TERMINALS.test(name);
    default:
      return false;
  }
}
