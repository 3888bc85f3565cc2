import { type Alert, type AlertChange, quote, type Untrusted } from '../../../notifiers/index.js';
import { noteWords } from '../../../notifiers/notes.js';

/** An alert as lines: what it is, the title, the sentence, the facts, the changes, and what to do. */
export function asRead(alert: Alert): string {
  return [
    `${alert.type} · ${alert.role} · ${alert.severity} · ${alert.state ?? 'no incident'}`,
    alert.title,
    alert.consequence,
    ...(alert.who === undefined ? [] : [`who: ${alert.who.confidence}`]),
    ...alert.facts.map((fact) => `${fact.label}: ${'text' in fact ? fact.text : quoted(fact.quoted)}`),
    ...alert.changes.flatMap(changeLines),
    ...(alert.changesLeftOut === 0 ? [] : [`${alert.changesLeftOut} changes left out`]),
    ...alert.nextSteps.map(({ text, command }) => `> ${text}${command === undefined ? '' : ` $ ${command}`}`),
  ].join('\n');
}

function changeLines(change: AlertChange): string[] {
  const named = (parts: AlertChange['key']) => parts.map(({ name, value }) => `${name} ${quoted(value)}`);
  return [
    `- ${change.severity} ${change.collection}: ${change.headline} (${named(change.key).join(', ')})`,
    ...named(change.about ?? []).map((line) => `  about ${line}`),
    ...named(change.lookalikeOf ?? []).map((line) => `  lookalike of ${line}`),
    ...change.fields.map((field) => {
      const path = field.path === undefined ? '' : ` at ${quoted(field.path)}`;
      const notes = (field.notes ?? []).map((note) => ` [${noteWords(note, field)}]`).join('');
      return `  ${field.name}${path}: ${quoted(field.before)} → ${quoted(field.after)}${notes}`;
    }),
    ...(change.fieldsLeftOut === 0 ? [] : [`  ${change.fieldsLeftOut} fields left out`]),
  ];
}

const quoted = (value: Untrusted | null): string => quote(value, 200);
