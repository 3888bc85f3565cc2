import { type Benchmark, type Figure, type Target, verdictOf } from './benchmark.js';
import { type Machine, machineLine } from './machine.js';

/** What one benchmark came to. */
export interface Result {
  readonly benchmark: Benchmark;
  readonly machine: Machine;
  readonly figures: readonly Figure[];
}

/** The table of one result as Markdown, with the machine below it. The terminal shows the same text. */
export function resultTable({ figures, machine }: Result): string {
  const rows = figures.map((figure) => [
    figure.what,
    targetText(figure.target, figure.unit),
    quantity(figure.measured, figure.unit),
    verdictOf(figure),
    figure.detail,
  ]);
  const table = [['figure', 'target', 'measured', '', 'samples'], ...rows];
  const widths = [0, 1, 2, 3, 4].map((column) =>
    Math.max(3, ...table.map((row) => row[column]?.length ?? 0)),
  );
  const line = (cells: readonly string[]) =>
    `| ${cells.map((cell, i) => cell.padEnd(widths[i] ?? 0)).join(' | ')} |`;
  const [head = [], ...body] = table;
  return [
    line(head),
    `|${widths.map((width) => '-'.repeat(width + 2)).join('|')}|`,
    ...body.map(line),
    '',
    machineLine(machine),
  ].join('\n');
}

/** One JSON line for each figure. */
export function resultJson({ benchmark, machine, figures }: Result): string {
  return figures
    .map((figure) =>
      JSON.stringify({ benchmark: benchmark.name, ...figure, verdict: verdictOf(figure), machine }),
    )
    .join('\n');
}

/** How many targets were met, in one line. */
export function summaryLine(results: readonly Result[]): string {
  const verdicts = results.flatMap(({ figures }) => figures.map(verdictOf));
  const count = (verdict: string) => verdicts.filter((one) => one === verdict).length;
  return `${count('met')} met, ${count('missed')} missed, ${count('reported')} reported without a target`;
}

function targetText(target: Target | null, unit: Figure['unit']): string {
  if (target === null) return '—';
  return 'atMost' in target ? `≤ ${withUnit(target.atMost, unit)}` : `≥ ${withUnit(target.atLeast, unit)}`;
}

/** Three significant digits, so that no figure claims more than it knows; whole numbers whole. */
function quantity(value: number, unit: Figure['unit']): string {
  const text = Number.isInteger(value) || value >= 100 ? value.toFixed(0) : value.toPrecision(3);
  return withUnit(text, unit);
}

function withUnit(value: number | string, unit: Figure['unit']): string {
  if (unit === '') return String(value);
  return unit === '×' ? `${value}×` : `${value} ${unit}`;
}
