import type { Quotation } from '../quote.js';

/** A stretch of text in one style. `code`: Telegram looks for no link, mention, hashtag or command in it. */
export interface Run {
  readonly text: string;
  readonly style?: 'bold' | 'italic' | 'code';
}

/** A style with its place in the text, in UTF-16 units (core.telegram.org/bots/api#messageentity). */
export interface TelegramEntity {
  readonly type: 'bold' | 'italic' | 'code';
  readonly offset: number;
  readonly length: number;
}

export interface StyledText {
  readonly text: string;
  readonly entities: readonly TelegramEntity[];
}

/** Around what differs in a value: no value can contain them (`allow-list.ts`), and Telegram knows no bold inside of code. */
const DIFFERS = ['⟦', '⟧'] as const;
/** Values that share fewer characters are seen to differ, and an address is tapped to be copied: in one piece. */
const MARKED_FROM_SHARED = 8;

/** Text and styles as Telegram takes them instead of a markup, so that nothing of the text is ever parsed as one. Pure. */
export function styledText(runs: readonly Run[]): StyledText {
  const entities: TelegramEntity[] = [];
  let text = '';
  for (const run of runs) {
    if (run.style !== undefined && run.text !== '') {
      entities.push({ type: run.style, offset: text.length, length: run.text.length });
    }
    text += run.text;
  }
  return { text, entities };
}

/** A quotation whose values stand in code; of a value much of which is the same, what differs stands between marks. Pure. */
export function quoted(quotation: Quotation): Run[] {
  const values = quotation.filter((part) => part.from === 'value');
  const shared = values.reduce((sum, part) => sum + (part.differs ? 0 : part.text.length), 0);
  const marks = shared >= MARKED_FROM_SHARED && values.some((part) => part.differs);
  const runs = quotation.flatMap((part): Run[] => {
    if (part.from === 'us') return [{ text: part.text }];
    const value: Run = { text: part.text, style: 'code' };
    return marks && part.differs ? [{ text: DIFFERS[0] }, value, { text: DIFFERS[1] }] : [value];
  });
  return runs.reduce<Run[]>((all, run) => {
    const last = all.at(-1);
    if (last !== undefined && last.style === run.style)
      all[all.length - 1] = { ...last, text: last.text + run.text };
    else all.push(run);
    return all;
  }, []);
}

export const plain = (text: string): Run => ({ text });
export const bold = (text: string): Run => ({ text, style: 'bold' });
