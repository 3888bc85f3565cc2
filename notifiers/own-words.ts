import type { Alert } from './alert.js';
import { attributionUnnamed } from './notes.js';
import { type AlertView, countByHeadline, type ViewLimits, viewOf } from './view.js';

const NO_CHANGES: ViewLimits = {
  maxChanges: 0,
  maxFieldsPerChange: 0,
  valueCharacters: 128,
  changesCharacters: 0,
};

/** An alert without one byte of the watched system: facts that quote are left out, changes are counted by headline. Pure. */
export function ownWordsOf(
  alert: Alert,
  attempt: number,
): { readonly view: AlertView; readonly counts: readonly string[] } {
  const { who, ...rest } = alert;
  const facts = [
    ...(who === undefined ? [] : [{ label: 'Who', text: attributionUnnamed(who) }]),
    ...alert.facts.filter((fact) => 'text' in fact),
  ];
  return {
    view: viewOf({ ...rest, facts, changes: [], changesLeftOut: 0 }, attempt, NO_CHANGES),
    counts: countByHeadline(alert.changes, alert.changesLeftOut),
  };
}
