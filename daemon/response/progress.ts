import type { KnownRunbook } from './read-runbooks.js';
import type { RunbookStep } from './runbook-form.js';
import { type Sight, type SiteFacts, see } from './see.js';

/** What a person said of a step. Their note is raw: whoever shows it quotes it. */
export interface StepWord {
  readonly step: string;
  readonly done: boolean;
  readonly person: string;
  readonly note: string;
  readonly atMs: number;
}

/** A response that was begun, as the journal has it. */
export interface BegunResponse {
  readonly runbook: string;
  /** Hex SHA-256 of the runbook's text. */
  readonly digest: string;
  readonly person: string;
  readonly atMs: number;
  readonly secretsAtBegin: ReadonlySet<string> | null;
  /** The last word on each step. */
  readonly words: ReadonlyMap<string, StepWord>;
  /** Who said that it is over; null while it goes on. */
  readonly finished: { readonly person: string; readonly atMs: number } | null;
  /** Who wrote the last archive of evidence, and its hex SHA-256; null before the first. */
  readonly evidence: { readonly person: string; readonly atMs: number; readonly sha256: string } | null;
}

/** One step as it stands now. */
export interface StepProgress {
  readonly step: RunbookStep;
  /** What tillwarden sees; null where it cannot look. */
  readonly sight: Sight | null;
  readonly word: StepWord | null;
  readonly done: boolean;
}

/** How far a response is. Pure. */
export function progressOf(
  { runbook }: KnownRunbook,
  begun: BegunResponse | null,
  facts: SiteFacts,
): readonly StepProgress[] {
  return runbook.steps.map((step) => {
    const sight = step.see === undefined ? null : see(step.see, facts);
    const word = begun?.words.get(step.id) ?? null;
    return { step, sight, word, done: isDone(sight, word) };
  });
}

/** What tillwarden sees counts, both ways; a person's word counts where it cannot look or does not know. */
function isDone(sight: Sight | null, word: StepWord | null): boolean {
  if (sight?.saw === 'done') return true;
  return sight?.saw !== 'contrary' && word?.done === true;
}
