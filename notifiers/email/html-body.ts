import type { Severity } from '../alert.js';
import { Html, html } from '../html.js';
import type { Quotation } from '../quote.js';
import type { AlertView, ChangeView } from '../view.js';
import type { EmailBody } from './body.js';

/** Text colours are the reader's own, and tints are half transparent, so that light and dark mode both read well. */
const STYLE = {
  page: 'margin:0;padding:16px;font:16px/1.5 system-ui,-apple-system,Segoe UI,Roboto,sans-serif',
  column: 'max-width:640px;margin:0 auto;overflow-wrap:anywhere;word-break:break-word',
  lead: 'margin:0 0 16px;font-size:18px;font-weight:600',
  paragraph: 'margin:0 0 16px',
  quiet: 'margin:16px 0;font-size:14px;opacity:.75',
  heading: 'margin:24px 0 8px;font-size:16px;font-weight:700',
  fact: 'margin:0 0 4px',
  change: 'margin:0 0 16px;padding:12px;border-radius:6px;background:rgba(127,127,127,.14)',
  line: 'margin:4px 0 0',
  field: 'margin:10px 0 0',
  label: 'font-size:12px;text-transform:uppercase;letter-spacing:.04em;opacity:.75',
  value: 'font:14px/1.5 ui-monospace,SFMono-Regular,Menlo,Consolas,monospace',
  differs: 'background:#ffd54a;color:#000;font-weight:700;text-decoration:underline',
  command:
    'display:inline-block;margin:4px 0;padding:4px 8px;border-radius:4px;background:rgba(127,127,127,.22);font:14px/1.5 ui-monospace,SFMono-Regular,Menlo,Consolas,monospace',
  note: 'margin:6px 0 0;padding-left:8px;border-left:3px solid #e8590c;font-weight:600',
  list: 'margin:0 0 16px;padding-left:24px',
} as const;

const SEVERITY_COLOUR: Readonly<Record<Severity, string>> = {
  critical: '#d11a2a',
  high: '#e8590c',
  medium: '#b58900',
  low: '#2f6fab',
  info: '#2f6fab',
};

/** The HTML of a mail: no link, script, form, image or anything remote; every text escaped. Pure. */
export function htmlDocument(title: string, severity: Severity, body: EmailBody): string {
  const { view, counts, guide, quotes } = body;
  const band = `border-left:6px solid ${SEVERITY_COLOUR[severity]};padding-left:14px;margin:0 0 16px`;
  const page = html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width,initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="supported-color-schemes" content="light dark">
<meta name="format-detection" content="telephone=no,date=no,address=no,email=no,url=no">
<title>${title}</title>
</head>
<body style="${STYLE.page}">
<div style="${STYLE.column}">
<div style="${band}">
<p style="${STYLE.lead}">${view.title}</p>
<p style="${STYLE.paragraph}">${view.consequence}</p>
${view.repeat === null ? '' : html`<p style="${STYLE.paragraph}">${view.repeat}</p>`}
${quotes ? html`<p style="${STYLE.quiet}">${guide}</p>` : ''}
${Html.join(view.facts.map(fact))}
</div>
${Html.join(view.changes.map(change))}
${list('Changes', counts)}
${view.rest.length === 0 ? '' : list(view.rest[0] ?? '', view.rest.slice(1))}
${steps(view.steps)}
${quotes ? '' : html`<p style="${STYLE.paragraph}">${guide}</p>`}
<p style="${STYLE.quiet}">${view.proof}</p>
</div>
</body>
</html>
`;
  return page.source.replace(/\n{2,}/g, '\n');
}

function fact({ label, value }: AlertView['facts'][number]): Html {
  return html`<p style="${STYLE.fact}"><strong>${label}:</strong> ${quoted(value)}</p>
`;
}

function change(view: ChangeView): Html {
  return html`<div style="${STYLE.change}">
<div><strong>${view.headline}</strong></div>
<div style="${STYLE.line}">${quoted(view.record)}</div>
${view.lookalike === null ? '' : html`<div style="${STYLE.note}">${quoted(view.lookalike)}</div>`}
${Html.join(view.fields.map(field))}
${view.more === null ? '' : html`<div style="${STYLE.line}">${view.more}</div>`}
</div>
`;
}

function field({ name, lines, compact, notes }: ChangeView['fields'][number]): Html {
  const noted = Html.join(
    notes.map(
      (note) => html`<div style="${STYLE.note}">${note}</div>
`,
    ),
  );
  const shown = lines.map(
    ({ label, value, short }) =>
      html`<span style="${STYLE.label}">${label}</span> ${short ? '' : html`<br>`}${quoted(value)}`,
  );
  if (compact)
    return html`<div style="${STYLE.field}"><strong>${quoted(name)}</strong> ${Html.join(shown)}</div>
${noted}`;
  return html`<div style="${STYLE.field}"><strong>${quoted(name)}</strong></div>
${Html.join(
  shown.map(
    (line) => html`<div style="${STYLE.line}">${line}</div>
`,
  ),
)}${noted}`;
}

function list(heading: string, lines: readonly string[]): Html | string {
  if (heading === 'Changes' && lines.length === 0) return '';
  const items = Html.join(lines.map((line) => html`<li>${line}</li>`));
  return html`<p style="${STYLE.heading}">${heading}</p>
${lines.length === 0 ? '' : html`<ul style="${STYLE.list}">${items}</ul>`}`;
}

function steps(all: AlertView['steps']): Html | string {
  if (all.length === 0) return '';
  const items = all.map(
    (step) =>
      html`<li>${step.text}${step.command === null ? '' : html`<br><code style="${STYLE.command}">${step.command}</code>`}</li>
`,
  );
  return html`<p style="${STYLE.heading}">What to do</p>
<ol style="${STYLE.list}">${Html.join(items)}</ol>`;
}

function quoted(quotation: Quotation): Html {
  return Html.join(
    quotation.map((part) => {
      if (part.from === 'us') return html`${part.text}`;
      const value = part.differs
        ? html`<mark style="${STYLE.differs}">${unlinked(part.text)}</mark>`
        : unlinked(part.text);
      return html`<span style="${STYLE.value}">${value}</span>`;
    }),
  );
}

/** Mail programs turn text that looks like a link or address into one; a tag in its middle stops most of them. */
function unlinked(text: string): Html {
  const pieces = text.split(/(?<=[.:@])/u);
  return Html.join(pieces.map((piece, index) => (index === 0 ? html`${piece}` : html`<wbr>${piece}`)));
}
