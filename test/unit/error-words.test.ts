import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from '@jest/globals';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const THROWN =
  /new (?:Baseline|Cli|Config|Demo|Notifier|Source|Store|Api|Console|Indicator|Incident)Error\(\s*(?:'([A-Z_]+)'|code),\s*('(?:[^'\\]|\\.)*'|`(?:[^`\\]|\\.)*`)/g;

/** Words by which a sentence says what to do, what was needed, or where what is needed stands. */
const WAY_ON =
  /\b(?:needed?|needs|must|restore|remove|sign|propose|find out|check|approve|ask|make|choose|install|look|try|put|lower|give|run|correct|leave|withdraw|repair|copy|take|use|move|free|end|start|see|say|says|set|adds?|wait|stop|reload|close|grant|prints?|open|there is|those are|one of|upgrade|run|do them|named by|name (?:a|an|one|the|another)|belongs under|send|go back|compare|belongs to|see|free|its owner runs|docs\/)\b|--[a-z]/i;

/** Sentences whose end is said by somebody else: the database, the server, or where what was found is told. */
const SAID_ELSEWHERE =
  /\$\{(?:known|messageOf|shownName|what|found|todo|never|failure|line|fields|visible\(message\)|ADVICE\[code\]|suggestion|added)\b/;

/** Every sentence of a refusal that stands whole in the source. */
const sentences = ['baselines', 'daemon', 'notifiers']
  .flatMap((folder) =>
    readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' })
      .filter((file) => file.endsWith('.ts'))
      .map((file) => join(folder, file)),
  )
  .flatMap((file) =>
    [...readFileSync(join(ROOT, file), 'utf8').matchAll(THROWN)].map(([, code = 'code', text = '']) => ({
      code,
      text: text.slice(1, -1),
    })),
  );

test('every refusal says what to do next, or what was needed', () => {
  expect(sentences.length).toBeGreaterThan(200);
  const without = sentences.filter(
    ({ text }) => !SAID_ELSEWHERE.test(text) && !WAY_ON.test(text.replace(/\$\{[^}]*\}/g, '')),
  );
  expect(without.map(({ code, text }) => `${code}: ${text}`)).toEqual([]);
});
