import { request } from 'node:http';
import { moment } from '../../../notifiers/index.js';
import type { Config } from '../../config/config.js';
import { isObject } from '../../config/reading.js';

/** What a running daemon says of itself at `/status`. It comes from a socket: of its words only visible ASCII is printed. */
export type DaemonAnswer = Readonly<Record<string, unknown>>;

const ASK_TIMEOUT_MS = 1000;
const MOST_CHARACTERS = 1_000_000;
const MOST_DEGRADED = 50;
const WORDS_CHARACTERS = 500;

/** Asks the daemon that the configuration names. Null when nothing that looks like it answers within a second. */
export function askDaemon({ http: { host, port } }: Config): Promise<DaemonAnswer | null> {
  if (port === 0) return Promise.resolve(null);
  return new Promise((resolve) => {
    const ask = request(
      { host, port, path: '/status', agent: false, signal: AbortSignal.timeout(ASK_TIMEOUT_MS) },
      (answer) => {
        let text = '';
        answer.setEncoding('utf8');
        answer.on('data', (chunk: string) => {
          text += chunk;
          if (text.length > MOST_CHARACTERS) ask.destroy();
        });
        answer.on('error', () => resolve(null));
        answer.on('close', () => resolve(answer.statusCode === 200 ? answerIn(text) : null));
      },
    );
    ask.on('error', () => resolve(null));
    // Something else listens there, and goes over to another protocol: unheard, that neither answers nor fails.
    ask.on('upgrade', (_answer, socket) => {
      socket.destroy();
      resolve(null);
    });
    ask.end();
  });
}

function answerIn(text: string): DaemonAnswer | null {
  try {
    const value: unknown = JSON.parse(text);
    return isObject(value) && 'sites' in value && 'version' in value ? value : null;
  } catch {
    return null;
  }
}

/** What is degraded, as the daemon says; empty when it does not answer. */
export function degradedWords(daemon: DaemonAnswer | null): string[] {
  const listed = daemon?.['degraded'];
  return Array.isArray(listed) ? listed.slice(0, MOST_DEGRADED).map(visibleWords) : [];
}

/** The sites that a daemon names as sites are named, and whether a baseline is in force at each. */
export function sitesOfAnswer({
  sites,
}: DaemonAnswer): readonly { readonly site: string; readonly hasBaseline: boolean }[] {
  return (Array.isArray(sites) ? sites.filter(isObject) : []).flatMap(({ site, baseline }) =>
    typeof site === 'string' && /^[a-z0-9-]{1,63}$/.test(site)
      ? [{ site, hasBaseline: isObject(baseline) }]
      : [],
  );
}

/** Each site in one line, as the daemon counts it; and whether anything differs from what people signed. */
export function siteAnswers(daemon: DaemonAnswer): {
  readonly lines: readonly string[];
  readonly drifted: boolean;
} {
  const sites = Array.isArray(daemon['sites']) ? daemon['sites'].filter(isObject) : [];
  const counts = sites.map(({ collections }) => (isObject(collections) ? collections : {}));
  const lines = sites.map(({ site, baseline }, at) => {
    const version = isObject(baseline)
      ? `baseline ${visibleWords(baseline['version'])}`
      : 'no baseline in force';
    const { same, drifted, unknown } = counts[at] ?? {};
    return `${visibleWords(site)}  ${version}, collections: ${visibleWords(same)} same, ${visibleWords(drifted)} drifted, ${visibleWords(unknown)} unknown`;
  });
  return { lines, drifted: counts.some(({ drifted }) => drifted !== 0) };
}

/** Its heartbeat in one line. */
export function heartbeatText({ heartbeat }: Pick<Config, 'heartbeat'>, daemon: DaemonAnswer | null): string {
  if (heartbeat === null) {
    return 'heartbeat  none is configured: nobody notices when tillwarden itself is stopped';
  }
  const told = daemon?.['heartbeat'];
  if (!isObject(told)) return 'heartbeat  not known: no daemon answers';
  const { lastSignal, lastArrivedMs, failure } = told;
  const arrived =
    typeof lastArrivedMs === 'number' && Number.isFinite(lastArrivedMs)
      ? `last arrived ${moment(lastArrivedMs, 'UTC')}`
      : 'never arrived';
  const says = typeof lastSignal === 'string' ? `, says ${visibleWords(lastSignal)}` : '';
  const why = typeof failure === 'string' ? `: ${visibleWords(failure)}` : '';
  return `heartbeat  ${arrived}${says}${why}`;
}

function visibleWords(words: unknown): string {
  return String(words)
    .replace(/[^ -~]/g, '?')
    .slice(0, WORDS_CHARACTERS);
}
