/**
 * Writes cases/*.json and index.json. Run by hand after a change of the format: `node test/vectors/generate.mjs`.
 * The verdicts are written here by a person, from the specification; no verifier is asked. Ed25519 and RSA signatures
 * come out the same each time, ECDSA ones differ.
 */
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { authorCases } from './generate-authors.mjs';
import { baselineCases } from './generate-baselines.mjs';
import { byteCases } from './generate-bytes.mjs';
import { passkeyCases } from './generate-passkeys.mjs';
import { recordsCases } from './generate-records.mjs';
import { securityKeyCases } from './generate-security-keys.mjs';
import { signatureCases } from './generate-signatures.mjs';
import { trustCases } from './generate-trust.mjs';
import { weakKeyCases } from './generate-weak-keys.mjs';

const folder = new URL('cases/', import.meta.url);
rmSync(folder, { recursive: true, force: true });
mkdirSync(folder);

/** Bytes as text where they are UTF-8, so that a person can read a case; as base64 where they are not. */
function content(bytes) {
  const buffer = Buffer.from(bytes);
  const text = buffer.toString('utf8');
  return Buffer.from(text, 'utf8').equals(buffer) ? { text } : { base64: buffer.toString('base64') };
}

const document = ({ file, bytes, signatures }) => ({ file, ...content(bytes), signatures });
const cases = [...baselineCases, ...byteCases, ...signatureCases, ...securityKeyCases, ...passkeyCases, ...weakKeyCases, ...recordsCases, ...trustCases, ...authorCases];
if (new Set(cases.map(({ name }) => name)).size !== cases.length) throw new Error('two cases of one name');

for (const { name, pin, site, now, trust, documents, records } of cases) {
  const input = {
    pin,
    site,
    now,
    trust: trust.map(document),
    documents: documents.map(document),
    records: [...records].map(([digest, bytes]) => ({ digest, ...content(bytes) })),
  };
  writeFileSync(new URL(`${name}.json`, folder), `${JSON.stringify(input, null, 1)}\n`);
}
const index = cases.map(({ name, why, expect }) => ({ case: name, why, expect }));
writeFileSync(
  new URL('index.json', import.meta.url),
  `[\n${index.map((entry) => JSON.stringify(entry)).join(',\n')}\n]\n`,
);
console.log(`${cases.length} cases`);
