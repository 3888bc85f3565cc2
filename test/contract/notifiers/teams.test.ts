import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import type { Alert, DeliveryRequest, Notifier } from '../../../notifiers/index.js';
import type { HttpReply, HttpRequestSeen } from '../../support/http-stand-in.js';
import { alertHolding, build, type ChannelUnderTest, type Received, request } from './channel-under-test.js';
import { describeNotifier } from './contract.js';
import { describeHttpNotifier } from './http-contract.js';
import { type HttpStage, startHttpStage } from './http-stage.js';
import { driftAlert, sampleAlerts } from './sample-alerts.js';

const PATH = '/workflows/0123/triggers/manual/paths/invoke?api-version=1&sig=c0ffeeC0ffeeC0ffee-c0ffee_c0';

type Json = Readonly<Record<string, unknown>>;

/** As much of a workflow as a sender meets: it takes a message with one card of at most 28 KB, and answers before it posts. */
class Workflow {
  readonly cards: Json[] = [];

  readonly answer = ({ method, path, body }: HttpRequestSeen): HttpReply => {
    if (method !== 'POST' || (path !== PATH && path !== '/'))
      return refusal(401, 'DirectApiAuthorizationRequired');
    // What Teams does with a message that is too large the sender never hears: here it does.
    if (2 * body.length > 28_000 || Buffer.byteLength(body) > 28_000)
      return refusal(413, 'RequestEntityTooLarge');
    const { type, attachments } = JSON.parse(body) as { type: unknown; attachments: Json[] };
    const [attachment] = attachments;
    if (type !== 'message' || attachments.length !== 1 || attachment === undefined)
      return refusal(400, 'TriggerInputSchemaMismatch');
    if (attachment['contentType'] !== 'application/vnd.microsoft.card.adaptive')
      return refusal(400, 'TriggerInputSchemaMismatch');
    this.cards.push(attachment['content'] as Json);
    return { status: 202 };
  };
}

const refusal = (status: number, code: string): HttpReply => ({
  status,
  headers: { 'content-type': 'application/json' },
  body: JSON.stringify({ error: { code, message: 'words of the workflow' } }),
});
const config = (url: string) => ({ kind: 'teams', name: 'ops', url });
const secretConfig = (url: string) => config(`${url}${PATH}`);

/** Reads a card as strictly as it may be written: text that nothing is read into, values in runs of fixed width outside of steps. */
function readCard(card: Json): Received {
  onlyKeys(card, ['$schema', 'type', 'version', 'fallbackText', 'body', 'msteams']);
  const words = { ours: [String(card['fallbackText'])], quoted: [] as string[] };
  for (const element of card['body'] as Json[]) readElement(element, words);
  return {
    preview: String(card['fallbackText']),
    ourWords: words.ours.join('\n'),
    quotedWords: words.quoted.join('\n'),
    raw: JSON.stringify(card),
  };
}

function readElement(element: Json, words: { readonly ours: string[]; readonly quoted: string[] }): void {
  if (element['type'] === 'Container') {
    onlyKeys(element, ['type', 'items', 'style', 'bleed', 'separator']);
    for (const item of element['items'] as Json[]) readElement(item, words);
    return;
  }
  if (element['type'] !== 'RichTextBlock') throw new Error(`element of type ${String(element['type'])}`);
  onlyKeys(element, ['type', 'inlines', 'spacing']);
  const runs = (element['inlines'] as (string | Json)[]).map(
    (run): Json => (typeof run === 'string' ? { text: run } : run),
  );
  if (runs.length === 0) throw new Error('a block without text');
  const isStep = /^\d+\. /.test(String(runs[0]?.['text']));
  let before: 'us' | 'value' = 'us';
  let line = '';
  for (const run of runs) {
    onlyKeys(run, ['type', 'text', 'weight', 'size', 'fontType', 'highlight', 'italic', 'isSubtle']);
    const text = String(run['text']);
    if (/[\r\n]/.test(text) || text === '') throw new Error('a run that is no line');
    const from = run['fontType'] === 'Monospace' && !isStep ? 'value' : 'us';
    if (before !== from && !(from === 'value' ? line.endsWith('“') : text.startsWith('”')))
      throw new Error(`a value outside of quotation marks before: ${text}`);
    if (from === 'us') line += text;
    else if (before === 'value') words.quoted.push(`${words.quoted.pop() ?? ''}${text}`);
    else words.quoted.push(text);
    before = from;
  }
  words.ours.push(line);
}

function onlyKeys(value: Json, allowed: readonly string[]): void {
  const others = Object.keys(value).filter((key) => !allowed.includes(key));
  if (others.length > 0) throw new Error(`unexpected ${others.join(', ')}`);
}

interface TeamsStage extends HttpStage {
  readonly workflow: Workflow;
}

async function startStage(): Promise<TeamsStage> {
  const workflow = new Workflow();
  const stage = await startHttpStage({
    secret: (url) => `${url}${PATH}`,
    config: secretConfig,
    service: workflow.answer,
    received: () => workflow.cards.map(readCard),
  });
  return { ...stage, workflow };
}

const channel: ChannelUnderTest = { kind: 'teams', start: startStage };
describeNotifier(channel);
describeHttpNotifier({
  kind: 'teams',
  setting: 'url',
  config,
  service: new Workflow().answer,
  delivered: [200, 202],
  never: [400, 413, 422],
});

describe('Microsoft Teams', () => {
  let stage: TeamsStage;
  let notifier: Notifier;
  beforeEach(async () => {
    stage = await startStage();
    notifier = await build('teams', stage);
  });
  afterEach(async () => {
    await notifier.close();
    await stage.stop();
  });
  const deliver = (alert: Alert, overrides: Partial<DeliveryRequest> = {}) =>
    notifier.deliver(request({ part: 'message', alert, ...overrides }));
  const heading = () => (stage.workflow.cards.at(-1)?.['body'] as Json[] | undefined)?.[0] ?? {};

  test('a follow-up says first what has become of its incident, because it cannot answer its page', async () => {
    await deliver(driftAlert({ role: 'follow-up', state: 'acknowledged', severity: 'info' }));
    expect(JSON.stringify(heading()['items'])).toMatch(
      /"ACKNOWLEDGED: more about incident 7f3a".*"INFO prague-1: /,
    );
    await deliver(driftAlert());
    expect(JSON.stringify(heading()['items'])).not.toContain('more about');
  });

  test.each([
    ['critical', 'open', 'attention'],
    ['high', 'open', 'warning'],
    ['medium', 'open', 'accent'],
    ['info', 'open', 'emphasis'],
    ['critical', 'resolved', 'good'],
  ] as const)('the heading of %s, %s is in the colour "%s"', async (severity, state, style) => {
    await deliver(driftAlert({ severity, state }));
    expect(heading()['style']).toBe(style);
  });

  test('the receipt is the same on every attempt, and holds nothing of the address', async () => {
    const first = await deliver(driftAlert());
    expect(first).toEqual({ delivered: true, receipt: expect.stringMatching(/^[0-9a-f]{32}$/) });
    expect(await deliver(driftAlert(), { attempt: 2 })).toEqual(first);
  });

  test('a card refused for its values arrives in our own words', async () => {
    stage.server.next({ type: 'reply', ...refusal(400, 'TriggerInputSchemaMismatch') });
    expect(await deliver(alertHolding('Zq'))).toMatchObject({
      delivered: true,
      warning: expect.stringContaining('values were refused'),
    });
    const card = JSON.stringify(stage.workflow.cards[0]);
    expect(card).not.toContain('Zq');
    expect(card).toContain('1 × administrator changed');
    expect(card).toContain('tillwarden show 7f3a');
  });

  test.each([
    [400, 'WorkflowTriggerIsNotEnabled', /turn it on/],
    [400, 'DirectApiAuthorizationRequired', /url_file/],
    [401, 'DirectApiAuthorizationRequired', /url_file/],
    [404, 'WorkflowNotFound', /url_file/],
    [410, 'Gone', /url_file/],
  ])('%s %s is told with what to repair and tried again later', async (status, code, reason) => {
    stage.server.next({ type: 'reply', ...refusal(status, code) });
    expect(await deliver(driftAlert())).toEqual({
      delivered: false,
      retry: true,
      retryAfterMs: 60_000,
      reason: expect.stringMatching(reason),
    });
    expect(stage.server.requests).toHaveLength(1);
  });

  test('what a connector of before answers when Teams refused the message is no delivery', async () => {
    const body =
      'Webhook message delivery failed with error: Microsoft Teams endpoint returned HTTP error 429';
    stage.server.next({ type: 'reply', status: 200, body });
    expect(await deliver(driftAlert())).toMatchObject({ delivered: false, retry: true });
  });

  test('the largest alerts stay below what Teams takes', async () => {
    for (const value of ['x', '\u202e', '未', '"']) {
      const changes = Array.from({ length: 200 }, () => alertHolding(value.repeat(3_000)).changes).flat();
      const facts = Array.from({ length: 40 }, () => ({
        label: '未'.repeat(90),
        quoted: { untrusted: value.repeat(9_000) },
      }));
      const alert = driftAlert({ changes, facts, title: '未'.repeat(3_000) });
      expect(await deliver(alert)).toEqual({ delivered: true, receipt: expect.any(String) });
    }
  });

  test.each([...sampleAlerts])('$type is taken', async (alert) => {
    expect(await deliver(alert)).toMatchObject({ delivered: true });
  });

  test('an unlimited time is refused', async () => {
    await expect(build('teams', stage, { timeoutMs: 0 })).rejects.toThrow();
  });
});
