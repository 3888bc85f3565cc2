import type { Definition } from '../../baselines/index.js';
import type { Alert } from '../../notifiers/index.js';
import type { AlertContext } from '../alerts/compose.js';
import { composeIncident, type Message } from '../alerts/compose-incident.js';
import type { PersonalColumns } from '../alerts/masking.js';
import { type Guidance, NO_GUIDANCE } from '../alerts/runbook.js';
import { composeWordless } from '../alerts/wordless.js';
import type { IncidentNews } from '../incident.js';
import type { LogEvent } from '../logs/event.js';
import { headOf, type Remembering } from '../store/head.js';
import type { OutboxMessage } from '../store/store.js';

/** What the words of an alert need to know of a site. */
export interface SiteWords {
  /** IANA name. */
  readonly timeZone: string;
  /** Configured and signed definitions by collection, for the names of columns. */
  readonly definitions: ReadonlyMap<string, Definition>;
  readonly personal: PersonalColumns;
  readonly guidance: Guidance;
  /** What logs of the site said lately; absent where nobody follows any. */
  readonly logEvents?: readonly LogEvent[];
}

/** Turns a claimed message into the alert it is now. */
export type Composer = (message: OutboxMessage) => Alert;

/**
 * Returns a function that composes messages when they are sent. The parts of an alert, and its channels, often have the same to tell: the
 * last composition is kept for them.
 */
export function createComposer(options: {
  readonly store: Remembering;
  readonly canAcknowledge: boolean;
  /** Where the watch page is; null: alerts do not link to it. */
  readonly pageUrl?: string | null;
  readonly isConfigured: (channel: string) => boolean;
  /** Takes what is a defect of ours: news that could not be put into words are told without. */
  readonly onDefect: (error: unknown) => void;
  /** Null for a site that is not configured any more, and for what concerns all sites. */
  readonly wordsOf: (site: string) => SiteWords | null;
}): Composer {
  const { store } = options;
  let last: { readonly key: string; readonly alert: Alert } | null = null;

  return (message) => {
    const { content, insteadOf } = message;
    const alert = content.role === 'notice' ? content.alert : composed(message, content);
    if (insteadOf === null) return alert;
    const why = options.isConfigured(insteadOf) ? 'does not take it' : 'is not configured any more';
    const because = { label: 'Sent here because', text: `channel ${insteadOf} ${why}` };
    return { ...alert, facts: [because, ...alert.facts] };
  };

  function composed(
    { alertId: id, alike: others }: OutboxMessage,
    content: Exclude<OutboxMessage['content'], { role: 'notice' }>,
  ): Alert {
    const { role, page, news } = content;
    const alike = others.map(({ site, incident: other }) => ({ site, incident: other }));
    const { incident, since, unanswered } = news;
    // What an incident has to tell is settled by its events.
    const settled = [id, role, page, incident.id, since, incident.event, unanswered?.noticedMs];
    const key = [...settled, ...alike.map((one) => one.incident)].join(' ');
    if (last?.key === key) return last.alert;
    const {
      timeZone,
      definitions,
      personal,
      guidance,
      logEvents = [],
    } = options.wordsOf(incident.site) ?? {
      timeZone: 'UTC',
      definitions: new Map(),
      personal: new Map(),
      guidance: NO_GUIDANCE,
    };
    const context = {
      site: incident.site,
      timeZone,
      incident: incident.id,
      canAcknowledge: options.canAcknowledge,
      pageUrl: options.pageUrl ?? null,
      observedAtMs: incident.observedMs ?? incident.openedMs,
      head: headOf(store, incident.site),
      definitions,
      personal,
      guidance,
      logEvents,
    };
    const alert = inWords(context, news, { id, role, page, alike });
    last = { key, alert };
    return alert;
  }

  function inWords(context: AlertContext, news: IncidentNews, message: Message): Alert {
    try {
      return composeIncident(context, news, message);
    } catch (error) {
      options.onDefect(error);
      return composeWordless(context, news, message);
    }
  }
}
