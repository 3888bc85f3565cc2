import { homedir } from 'node:os';
import { join } from 'node:path';
import { Checkpoints, CommandMemory } from '../../approvals/chain-memory.js';
import { programVersion } from '../../built.js';

type Env = Readonly<Record<string, string | undefined>>;

/** Where an approver's own machine keeps what it has seen and verified: `$XDG_STATE_HOME/tillwarden`. */
export function ownMemory(env: Env): string {
  const state = env['XDG_STATE_HOME'] || join(env['HOME'] ?? homedir(), '.local', 'state');
  return join(state, 'tillwarden');
}

/** What this person has verified of chains by this pin. `fromStart`: everything is verified, whatever was before. */
export function ownChainMemory(env: Env, pin: string, fromStart: boolean): CommandMemory {
  return new CommandMemory(ownCheckpoints(env, pin), fromStart);
}

/** Checkpoints of this person by this pin. */
export function ownCheckpoints(env: Env, pin: string): Checkpoints {
  return new Checkpoints({
    folder: join(ownMemory(env), 'checkpoints'),
    pin,
    verifier: programVersion(),
  });
}
