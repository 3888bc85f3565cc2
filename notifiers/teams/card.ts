import type { Severity } from '../alert.js';
import type { Quotation } from '../quote.js';
import type { AlertView, ChangeView } from '../view.js';

/**
 * Text in one style. Unlike a `TextBlock`, which reads Markdown, it is shown as it is (Adaptive Cards schema, TextRun). A string is a run without
 * a style.
 */
export type Inline = string | TextRun;
export interface TextRun {
  readonly type: 'TextRun';
  readonly text: string;
  readonly weight?: 'Bolder';
  readonly size?: 'Medium';
  readonly fontType?: 'Monospace';
  readonly highlight?: true;
  readonly italic?: true;
  readonly isSubtle?: true;
}
export interface RichTextBlock {
  readonly type: 'RichTextBlock';
  readonly inlines: readonly Inline[];
  readonly spacing?: 'None' | 'Medium';
}
export interface Container {
  readonly type: 'Container';
  readonly items: readonly RichTextBlock[];
  readonly style?: 'attention' | 'warning' | 'accent' | 'good' | 'emphasis';
  readonly bleed?: true;
  readonly separator?: true;
}
export type CardElement = RichTextBlock | Container;

export type Band = NonNullable<Container['style']>;
export const BAND: Readonly<Record<Severity, Band>> = {
  critical: 'attention',
  high: 'warning',
  medium: 'accent',
  low: 'emphasis',
  info: 'emphasis',
};

/** The elements of an alert in reading order. Quoted values stand only in runs of the font `Monospace`, outside of steps. Pure. */
export function cardBody(view: AlertView, band: Band, stateLine: string | null): readonly CardElement[] {
  return [
    heading(view.title, band, stateLine),
    block([view.consequence]),
    ...(view.repeat === null ? [] : [block([{ type: 'TextRun', text: view.repeat, italic: true }])]),
    ...view.facts.map(({ label, value }) => line([bold(`${label}: `), ...quoted(value)])),
    ...view.changes.map(change),
    ...restBlocks(view.rest),
    ...stepBlocks(view.steps),
    block([{ type: 'TextRun', text: view.proof, isSubtle: true }]),
  ];
}

/** The elements of an alert in lines of our own words. Pure. */
export function plainBody(
  title: string,
  lines: readonly string[],
  band: Band,
  stateLine: string | null,
): readonly CardElement[] {
  return [heading(title, band, stateLine), ...lines.map((text) => line([text]))];
}

function heading(title: string, band: Band, stateLine: string | null): Container {
  return {
    type: 'Container',
    style: band,
    bleed: true,
    items: [
      ...(stateLine === null ? [] : [block([bold(stateLine)])]),
      block([{ type: 'TextRun', text: title, weight: 'Bolder', size: 'Medium' }]),
    ],
  };
}

function change(view: ChangeView): Container {
  return {
    type: 'Container',
    separator: true,
    items: [
      block([bold(view.headline)]),
      line(quoted(view.record)),
      ...(view.lookalike === null ? [] : [line(['⚠ ', ...quoted(view.lookalike)])]),
      ...view.fields.flatMap(fieldBlocks),
      ...(view.more === null ? [] : [line([view.more])]),
    ],
  };
}

function fieldBlocks({ name, lines, compact, notes }: ChangeView['fields'][number]): RichTextBlock[] {
  const shown = lines.map(({ label, value }): Inline[] => [`${label} `, ...quoted(value)]);
  return [
    ...(compact ? [line([...quoted(name), ' ', ...shown.flat()])] : [line(quoted(name)), ...shown.map(line)]),
    ...notes.map((note) => line([bold(`⚠ ${note}`)])),
  ];
}

function restBlocks([total, ...counts]: readonly string[]): RichTextBlock[] {
  return total === undefined ? [] : [block([bold(total)]), ...counts.map((text) => line([`• ${text}`]))];
}

function stepBlocks(steps: AlertView['steps']): RichTextBlock[] {
  if (steps.length === 0) return [];
  return [
    block([bold('What to do')]),
    ...steps.map(({ text, command }, index) =>
      line([
        `${index + 1}. ${text}`,
        ...(command === null
          ? []
          : [' ', { type: 'TextRun', text: command, fontType: 'Monospace' } as const]),
      ]),
    ),
  ];
}

function quoted(quotation: Quotation): Inline[] {
  return quotation.map((part): Inline => {
    if (part.from === 'us') return part.text;
    const run = { type: 'TextRun', text: part.text, fontType: 'Monospace' } as const;
    return part.differs ? { ...run, weight: 'Bolder', highlight: true } : run;
  });
}

const bold = (text: string): TextRun => ({ type: 'TextRun', text, weight: 'Bolder' });
const block = (inlines: readonly Inline[]): RichTextBlock => ({
  type: 'RichTextBlock',
  inlines,
  spacing: 'Medium',
});
/** A line right below the one before. */
const line = (inlines: readonly Inline[]): RichTextBlock => ({
  type: 'RichTextBlock',
  inlines,
  spacing: 'None',
});
