import type { AlertView } from '../view.js';

/** The words of a mail, in reading order; `text-body.ts` and `html-body.ts` only lay it out. */
export interface EmailBody {
  readonly view: AlertView;
  /** "2 × administrator added"; empty in the details, which show the changes themselves. */
  readonly counts: readonly string[];
  /** The guide that stands before the first quoted value, or says where the values are. */
  readonly guide: string;
  /** True when values are quoted: then the guide stands before them. */
  readonly quotes: boolean;
}
