import { join } from 'node:path';
import * as z from 'zod';
import { tokenDigest } from '../../config/api-token.js';
import { errorCode } from '../../error-code.js';
import { readGuardedText, writePrivateFile } from '../../guarded-file.js';
import type { Certificate } from '../../http/listener.js';
import { type SessionStore, Sessions } from '../../http/sessions.js';
import type { Backends, DaemonElsewhere } from '../approve/open-backend.js';
import type { CommandContext } from '../command.js';
import { CliError } from '../errors.js';
import { ownMemory } from '../signing/own-memory.js';
import { type ConsoleDoor, hostDoor } from './door.js';
import { type CertificateFiles, readCertificate, type ServedHost } from './host-options.js';

/** Not that of the watch page: another page of the same host keeps its own. */
const COOKIE = '__Host-tillwarden-console';
const MAX_SESSIONS_BYTES = 64 * 1024;
/** How often it is looked whether a certificate was renewed, in milliseconds. */
const RENEW_EVERY_MS = 60_000;

const sessionsSchema = z.array(
  z.strictObject({
    digest: z.string().regex(/^[0-9a-f]{64}$/),
    token: z.string().regex(/^[0-9a-f]{64}$/),
    untilMs: z.int(),
  }),
);

/**
 * Refuses what must not be on a host of one's own: the files of a daemon, or the daemon's own host, whose page could ask for the same passkeys.
 * Throws `CLI_USAGE` and `CLI_BESIDE_DAEMON`.
 */
export function refuseUnfitHost({ origin }: ServedHost, kept: Backends['kept']): DaemonElsewhere {
  if ('config' in kept) {
    throw new CliError(
      'CLI_USAGE',
      '--origin needs a daemon elsewhere: name it in an approver.yaml, or with --server; on a host nobody signs over files of that host',
    );
  }
  const { hostname } = new URL(origin);
  if (new URL(kept.server).hostname !== hostname) return kept;
  throw new CliError(
    'CLI_BESIDE_DAEMON',
    `${hostname} is the daemon's own host: its page could ask for the same passkeys; run the console on another one`,
  );
}

/** The door of a console on a host: its browsers stay in over a restart. `signOut`: not over this one. Throws `CLI_FILE_UNWRITABLE`. */
export function openHostDoor(
  { env, clock, terminal }: CommandContext,
  { origin }: ServedHost,
  { pin, server }: DaemonElsewhere,
  signOut: boolean,
): ConsoleDoor {
  const file = join(ownMemory(env), `console-sessions.${new URL(origin).host.replace(':', '_')}.json`);
  const store = sessionsIn(file);
  // Told at the start where it cannot be written, and not by a phone that is kept out.
  store.save(signOut ? [] : store.load());
  // Also where a console runs already, which keeps this one from starting: it looks into the same file.
  if (signOut) terminal.out('Every browser that was let in is signed out.');
  // Another daemon, pin or address: nobody who was let in before is in.
  const person = {
    name: 'approver',
    tokenDigest: tokenDigest(`${origin} ${server} ${pin}`),
    scopes: ['read'] as const,
  };
  return hostDoor(origin, person, new Sessions(store, clock, COOKIE), clock);
}

/** Kept are digests. What cannot be read lets nobody in. */
function sessionsIn(file: string): SessionStore {
  return {
    load: () => {
      try {
        return sessionsSchema.parse(JSON.parse(readGuardedText(file, MAX_SESSIONS_BYTES)));
      } catch {
        return [];
      }
    },
    save: (sessions) => {
      try {
        writePrivateFile(file, `${JSON.stringify(sessions)}\n`);
      } catch (error) {
        throw new CliError(
          'CLI_FILE_UNWRITABLE',
          `${file} cannot be written (${errorCode(error) ?? 'error'}); check its folder`,
          { cause: error },
        );
      }
    },
  };
}

/** Has a certificate that was renewed on disk shown; what cannot be used is said once, and the one before stays. Returns what ends it. */
export function followCertificate(
  files: CertificateFiles,
  shown: Certificate,
  renew: (certificate: Certificate) => void,
  say: (words: string) => void,
): () => void {
  let seen = JSON.stringify(shown);
  let said = '';
  const timer = setInterval(() => {
    try {
      const now = readCertificate(files);
      if (JSON.stringify(now) === seen) return;
      renew(now);
      seen = JSON.stringify(now);
      said = '';
      say(`shows the certificate that lies in ${files.certificate} by now`);
    } catch (error) {
      const why =
        error instanceof CliError ? error.message : `it cannot be used (${errorCode(error) ?? 'error'})`;
      if (said !== why) say(`goes on with the certificate it has: ${why}`);
      said = why;
    }
  }, RENEW_EVERY_MS);
  timer.unref();
  return () => clearInterval(timer);
}
