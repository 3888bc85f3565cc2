import * as z from 'zod';
import type { JournalEntry } from '../store/store.js';
import type { BegunResponse, StepWord } from './progress.js';

const begunSchema = z.object({
  incident: z.string(),
  person: z.string(),
  runbook: z.string(),
  digest: z.string(),
  secrets: z.array(z.string()).nullable(),
});
const stepSchema = z.object({
  incident: z.string(),
  person: z.string(),
  step: z.string(),
  done: z.boolean(),
  note: z.string(),
});
const evidenceSchema = z.object({ incident: z.string(), person: z.string(), sha256: z.string() });
const finishedSchema = z.object({ incident: z.string(), person: z.string() });

/** The response to an incident, out of the entries of the journal that name it; null when nobody began one. */
export function begunIn(entries: Iterable<JournalEntry>, incident: string): BegunResponse | null {
  const words = new Map<string, StepWord>();
  const began: Omit<BegunResponse, 'words' | 'finished' | 'evidence'>[] = [];
  const archives: NonNullable<BegunResponse['evidence']>[] = [];
  const ended: NonNullable<BegunResponse['finished']>[] = [];
  for (const { type, body, atMs } of entries) {
    if (!type.startsWith('response-')) continue;
    const written: unknown = JSON.parse(body);
    // An entry may name the incident without being about it.
    if (finishedSchema.safeParse(written).data?.incident !== incident) continue;
    if (type === 'response-begun') {
      const { secrets, runbook, digest, person } = begunSchema.parse(written);
      began.push({
        runbook,
        digest,
        person,
        atMs,
        secretsAtBegin: secrets === null ? null : new Set(secrets),
      });
    } else if (type === 'response-step') {
      const { step, done, person, note } = stepSchema.parse(written);
      words.set(step, { step, done, person, note, atMs });
    } else if (type === 'response-evidence') {
      const { person, sha256 } = evidenceSchema.parse(written);
      archives.push({ person, sha256, atMs });
    } else if (type === 'response-finished') {
      ended.push({ person: finishedSchema.parse(written).person, atMs });
    }
  }
  const [first] = began;
  return first === undefined
    ? null
    : { ...first, words, finished: ended[0] ?? null, evidence: archives.at(-1) ?? null };
}
