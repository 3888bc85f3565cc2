import { X509Certificate } from 'node:crypto';
import { dirname, isAbsolute, resolve } from 'node:path';
import type { Config, ConfigWithSecrets } from '../../config/config.js';
import { NotRead } from '../../config/secret.js';
import { errorCode } from '../../error-code.js';
import { readGuardedText } from '../../guarded-file.js';
import { distance } from '../signing/verified-files.js';
import { type Symptom, symptomsOf } from './symptom.js';

const { broken, weak, good } = symptomsOf('certificates');

const SOON_MS = 30 * 86_400_000;
const MAX_CERTIFICATE_BYTES = 1024 * 1024;

/** The certificates that the configuration names: that of the API, and those of the authorities that sources and channels are told to trust. */
export function examineCertificates(config: Config | ConfigWithSecrets, nowMs: number): Symptom[] {
  const { api, file } = config;
  const tls = api instanceof NotRead ? null : (api?.tls ?? null);
  const named = [
    ...config.sites.flatMap((site) =>
      site.sources.map(
        ({ name, settings }) => [`source ${name} of ${site.name}`, settings['tlsCaFile']] as const,
      ),
    ),
    ...config.notifiers.flatMap(({ name, config: own }) =>
      own instanceof NotRead ? [] : [[`channel ${name}`, own['tlsCaFile']] as const],
    ),
  ];
  return [
    ...(tls === null ? [] : [expiry('the certificate of the API', tls.certificate, nowMs)]),
    ...named.flatMap(([whose, path]) =>
      typeof path === 'string'
        ? [authority(whose, isAbsolute(path) ? path : resolve(dirname(file), path), nowMs)]
        : [],
    ),
  ];
}

function authority(whose: string, path: string, nowMs: number): Symptom {
  const what = `the authority that ${whose} trusts, ${path},`;
  try {
    return expiry(what, readGuardedText(path, MAX_CERTIFICATE_BYTES), nowMs);
  } catch (error) {
    return broken(`${what} cannot be read (${errorCode(error) ?? 'error'})`, { advice: 'correct tlsCaFile' });
  }
}

/** By the first certificate of the text. */
function expiry(what: string, pem: string, nowMs: number): Symptom {
  let untilMs: number;
  try {
    untilMs = Date.parse(new X509Certificate(pem).validTo);
  } catch {
    return broken(`${what} is no certificate`, {
      advice: 'needed is PEM text that begins with -----BEGIN CERTIFICATE-----',
    });
  }
  const advice = 'put a new one in its place; the daemon reads it within timing.filesIntervalMs';
  const when = `${what} ${nowMs > untilMs ? 'expired' : 'expires'} ${distance(untilMs, nowMs)}`;
  if (nowMs > untilMs) return broken(when, { advice });
  return untilMs - nowMs < SOON_MS ? weak(when, { advice }) : good(when, when);
}
