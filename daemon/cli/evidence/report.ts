import { createHash } from 'node:crypto';
import { Html, html, moment } from '../../../notifiers/index.js';
import type { EvidenceSnapshot } from './snapshots.js';

/** What the report tells, in our own words or quoted; it escapes all of it. */
export interface Report {
  readonly title: string;
  readonly timeZone: string;
  readonly facts: readonly (readonly [label: string, text: string])[];
  /** Lines of a diff: every value in them is quoted. */
  readonly diff: readonly string[];
  readonly baselines: readonly string[];
  readonly snapshots: readonly EvidenceSnapshot[];
  readonly journal: readonly string[];
  readonly alerts: readonly { readonly atMs: number; readonly title: string; readonly id: string }[];
  readonly deliveries: readonly {
    readonly channel: string;
    readonly part: string;
    readonly alert: string;
    readonly outcome: string;
  }[];
  /** Commands that check the archive, in order. */
  readonly checks: readonly string[];
}

const STYLE = `
:root{color-scheme:light dark}
body{font:16px/1.5 system-ui,sans-serif;max-width:60rem;margin:0 auto;padding:1rem}
h2{margin:2rem 0 .5rem;font-size:1.1rem}
dl{display:grid;grid-template-columns:max-content 1fr;gap:.2rem 1rem;margin:0}
dt{opacity:.7}dd{margin:0;overflow-wrap:anywhere}
pre,td{font:14px/1.5 ui-monospace,monospace;white-space:pre-wrap;overflow-wrap:anywhere}
pre{background:rgba(127,127,127,.14);padding:.75rem;border-radius:6px}
table{border-collapse:collapse;width:100%}td{vertical-align:top;padding:.1rem .75rem .1rem 0}
.was{color:#d11a2a}.now{color:#2b8a3e}
`;

/** A page that stands by itself: no script, no link, nothing remote, and a policy that forbids all of it. Pure. */
export function reportPage(report: Report): string {
  const digest = createHash('sha256').update(STYLE).digest('base64');
  const policy = `default-src 'none'; style-src 'sha256-${digest}'; base-uri 'none'; form-action 'none'`;
  const { timeZone } = report;
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="viewport" content="width=device-width,initial-scale=1">
<meta name="format-detection" content="telephone=no,date=no,address=no,email=no,url=no">
<title>${report.title}</title>
${styleElement()}
</head>
<body>
<h1>${report.title}</h1>
<p>Values of the watched system stand in “ ”; everything unusual in them is shown by number, such as \\u{202E}.</p>
<dl>${Html.join(report.facts.map(([label, text]) => html`<dt>${label}</dt><dd>${text}</dd>`))}</dl>
<h2>What was found</h2>
<pre>${Html.join(report.diff.map(diffLine))}</pre>
<h2>What people had signed</h2>
<pre>${report.baselines.join('\n')}</pre>
<h2>Snapshots</h2>
${table(
  report.snapshots.map(({ collection, of, atMs, records, file }) => [
    collection,
    of,
    moment(atMs, timeZone),
    file ?? 'not to be had any more',
    `sha256:${records}`,
  ]),
)}
<h2>Journal</h2>
<pre>${report.journal.join('\n')}</pre>
<h2>Alerts</h2>
${table(report.alerts.map(({ atMs, title, id }) => [moment(atMs, timeZone), title, id]))}
<h2>Deliveries</h2>
${table(report.deliveries.map(({ channel, part, alert, outcome }) => [channel, part, alert, outcome]))}
<h2>How to check this archive</h2>
<pre>${report.checks.join('\n')}</pre>
</body>
</html>
`.source;
}

function styleElement(): Html {
  // The style is ours and constant; a template would escape its quotes, and its digest would not fit any more.
  return Html.constant(`<style>${STYLE}</style>`);
}

function diffLine(line: string): Html {
  const side = /^ +([-+]) /.exec(line)?.[1];
  if (side === undefined) return html`${line}\n`;
  return html`<span class="${side === '-' ? 'was' : 'now'}">${line}</span>\n`;
}

function table(rows: readonly (readonly string[])[]): Html {
  if (rows.length === 0) return html`<p>none</p>`;
  const cells = (row: readonly string[]) => Html.join(row.map((text) => html`<td>${text}</td>`));
  return html`<table>${Html.join(rows.map((row) => html`<tr>${cells(row)}</tr>`))}</table>`;
}
