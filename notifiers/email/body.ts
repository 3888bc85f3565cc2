import type { AlertView } from '../view.js';

/** What a mail says, in reading order; `text-body.ts` and `html-body.ts` only lay it out. */
export interface EmailBody {
  readonly view: AlertView;
  /** "2 × administrator added"; empty in the details, which show the changes themselves. */
  readonly counts: readonly string[];
  /** What the reader must know before the first quoted value, or where the values are. */
  readonly guide: string;
  /** Whether values are quoted: then the guide stands before them. */
  readonly quotes: boolean;
}
