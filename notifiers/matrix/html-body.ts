import { Html, html } from '../html.js';
import type { Quotation } from '../quote.js';
import type { AlertView, ChangeView } from '../view.js';

const BREAK = Html.constant('<br>');

/**
 * The formatted body of a message, in tags without attributes that the client-server API lists as safe (module instant messaging). It begins
 * with our own words, as much as a preview shows; values stand in `code`. Pure.
 */
export function formattedBody(view: AlertView): string {
  return Html.join([
    html`<p><strong>${view.title}</strong></p><p>${view.consequence}</p>`,
    ...(view.repeat === null ? [] : [html`<p><em>${view.repeat}</em></p>`]),
    html`<p>${lines(view.facts.map(({ label, value }) => html`${label}: ${quoted(value)}`))}</p>`,
    ...view.changes.map(change),
    ...rest(view.rest),
    ...steps(view.steps),
    html`<p>${view.proof}</p>`,
  ]).source;
}

function change(view: ChangeView): Html {
  return html`<blockquote><p>${lines([
    html`<strong>${view.headline}</strong>`,
    quoted(view.record),
    ...(view.lookalike === null ? [] : [html`⚠ ${quoted(view.lookalike)}`]),
    ...view.fields.flatMap(field),
    ...(view.more === null ? [] : [html`${view.more}`]),
  ])}</p></blockquote>`;
}

function field({ name, lines: values, compact, notes }: ChangeView['fields'][number]): Html[] {
  const shown = values.map(({ label, value }) => html`${label} ${quoted(value)}`);
  return [
    ...(compact ? [html`${quoted(name)} ${Html.join(shown)}`] : [quoted(name), ...shown]),
    ...notes.map((note) => html`⚠ <strong>${note}</strong>`),
  ];
}

function rest([total, ...counts]: readonly string[]): Html[] {
  if (total === undefined) return [];
  const items = Html.join(counts.map((line) => html`<li>${line}</li>`));
  return [html`<p>${total}</p>`, ...(counts.length === 0 ? [] : [html`<ul>${items}</ul>`])];
}

function steps(all: AlertView['steps']): Html[] {
  if (all.length === 0) return [];
  const items = all.map(({ text, command }) =>
    command === null ? html`<li>${text}</li>` : html`<li>${text}<br><code>${command}</code></li>`,
  );
  return [html`<p><strong>What to do</strong></p><ol>${Html.join(items)}</ol>`];
}

/** A value in one piece, so that it is copied whole; what differs is bold in it. */
function quoted(quotation: Quotation): Html {
  const pieces: Html[] = [];
  let value: Html[] = [];
  const close = () => {
    if (value.length > 0) pieces.push(html`<code>${Html.join(value)}</code>`);
    value = [];
  };
  for (const part of quotation) {
    if (part.from === 'value')
      value.push(part.differs ? html`<strong>${part.text}</strong>` : html`${part.text}`);
    else {
      close();
      pieces.push(html`${part.text}`);
    }
  }
  close();
  return Html.join(pieces);
}

function lines(all: readonly Html[]): Html {
  return Html.join(all.flatMap((line, index) => (index === 0 ? [line] : [BREAK, line])));
}
