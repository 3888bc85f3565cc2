import {
  armorAssertion,
  BaselineError,
  documentBytes,
  type JsonValue,
  NAMESPACES,
  parsePublicKey,
  rootFile,
  type SignedDocument,
  type SshPublicKey,
  sha256Hex,
  signatureFile,
  signWithKey,
  statementFile,
  trustRootBytes,
  verifyChain,
  verifySignature,
  verifyTrust,
} from '../../baselines/index.js';
import { LOCAL, PAGE, RECORDED, SIGNED, softwarePasskey } from '../unit/baselines/passkey-scene.js';
import {
  type Chain,
  collection,
  extended,
  headOf,
  keys,
  NOW_MS,
  noChain,
  propose,
  rootDocument,
  SITE,
  signatures,
  terminals,
  trust,
  trustRoot,
} from '../unit/baselines/scene.js';
import { type Dice, mutate, mutateInsideArmor } from './mutate.js';

/** What became of one mutant: null when it was refused as it should be, else what went wrong. */
export type Attack = (dice: Dice) => string | null;

const admins = collection('admins', 'admin', [
  ['1', 'alice'],
  ['2', null],
  ['__proto__', 'constructor'],
  ['', 'é\u202e'],
]);
const first = extended(noChain, propose(null, [admins, terminals]));
const second = extended(
  first,
  propose(headOf(first), [admins, collection('terminals', 'terminal', [['BT1', 'Brno']])], 'more'),
);
const [one, two] = second.documents as [SignedDocument, SignedDocument];
const recordsFiles = [...second.records];

const root2 = trustRootBytes({
  ...trustRoot,
  version: 2,
  parent: trust.digest,
  people: trustRoot.people.filter(({ name }) => name !== 'dan'),
  rules: trustRoot.rules.map((rule) => ({ ...rule, roles: rule.roles.filter((role) => role === 'owner') })),
});
const root2Document: SignedDocument = {
  file: rootFile(2),
  bytes: root2,
  signatures: signatures(rootFile(2), root2, ['anna', 'ben'], NAMESPACES.root),
};

function chainWith(documents: readonly SignedDocument[], records: Chain['records'] = second.records) {
  const read = (digest: string) => records.get(digest);
  return verifyChain({ trust, site: SITE, documents, records: read, nowMs: NOW_MS });
}

/** The unharmed documents must be accepted, or nothing that follows would mean anything. */
export function assertUnharmedAreAccepted(): void {
  if (chainWith([one, two]).head?.version !== 2) throw new Error('the unharmed chain is not accepted');
  if (verifyTrust([rootDocument, root2Document], trust.digest).version !== 2) {
    throw new Error('the unharmed trust root is not accepted');
  }
  if (!passkeySignatures.every(({ key, text, message }) => countsFor(key, text, message))) {
    throw new Error('an unharmed signature of a passkey is not accepted');
  }
}

const withMutant = (document: SignedDocument, bytes: Uint8Array): SignedDocument => ({ ...document, bytes });

/** The signatures stay, the statement changes. */
const statements: Attack = (dice) => {
  const [victim, at] = dice.pick([
    [one, 1],
    [two, 2],
  ] as const);
  const mutant = withMutant(victim, mutate(dice, victim.bytes, dice.pick([one, two]).bytes));
  const { head } = chainWith(at === 1 ? [mutant, two] : [one, mutant]);
  const reached = head?.version ?? 0;
  return reached === at - 1 ? null : `a changed statement ${at} gave version ${reached}`;
};

/** Somebody's statement, changed and then signed by everybody: what is accepted must be canonical to the byte. */
const signedStatements: Attack = (dice) => {
  const bytes = mutate(dice, two.bytes, one.bytes);
  const file = statementFile(2);
  const text = (name: 'anna' | 'dan') =>
    signWithKey({ privateKey: keys[name], namespace: NAMESPACES.baseline, message: bytes });
  // Ben's key is slow to sign with; Anna and Dan together can approve terminals, so most mutants get as far as they can.
  const signed = {
    file,
    bytes,
    signatures: (['anna', 'dan'] as const).map((name) => ({
      file: signatureFile(file, name),
      text: text(name),
    })),
  };
  const { head } = chainWith([one, signed]);
  if (head?.version !== 2) return null;
  const again = documentBytes(JSON.parse(bytes.toString('utf8')) as JsonValue);
  return Buffer.compare(again, bytes) === 0 ? null : 'a statement that is not canonical was accepted';
};

const trustRoots: Attack = (dice) => {
  const bytes = mutate(dice, root2, rootDocument.bytes);
  const { version } = verifyTrust([rootDocument, withMutant(root2Document, bytes)], trust.digest);
  return version === 1 ? null : `a changed trust root 2 gave version ${version}`;
};

const pinnedRoots: Attack = (dice) => {
  const mutant = withMutant(rootDocument, mutate(dice, rootDocument.bytes, root2));
  try {
    verifyTrust([mutant], trust.digest);
    return 'a changed trust root 1 was accepted';
  } catch (error) {
    if (error instanceof BaselineError && error.code === 'BASELINE_TRUST_PIN') return null;
    throw error;
  }
};

/** A root that the configuration pins although it is rubbish: refused as such, or canonical. */
const pinnedMutants: Attack = (dice) => {
  const bytes = mutate(dice, rootDocument.bytes, root2);
  try {
    verifyTrust([withMutant(rootDocument, bytes)], sha256Hex(bytes));
  } catch (error) {
    if (error instanceof BaselineError) return null;
    throw error;
  }
  const again = documentBytes(JSON.parse(bytes.toString('utf8')) as JsonValue);
  return Buffer.compare(again, bytes) === 0 ? null : 'a trust root that is not canonical was accepted';
};

const records: Attack = (dice) => {
  const [digest, bytes] = dice.pick(recordsFiles);
  const mutant = mutate(dice, bytes, dice.pick(recordsFiles)[1]);
  const { head } = chainWith([one, two], new Map([...second.records, [digest, mutant]]));
  const inHead = two.bytes.toString().includes(digest) || Buffer.from(two.bytes).includes(digest);
  if (inHead) return head?.version === 2 ? 'changed records were accepted' : null;
  return head?.version === 2 ? null : 'records of an older version mattered';
};

/** Ben's signature changes; without it there are too few. */
const armoredSignatures: Attack = (dice) =>
  attackSignature(dice, (text, other) =>
    mutate(dice, Buffer.from(text), Buffer.from(other)).toString('latin1'),
  );
const signatureBlobs: Attack = (dice) =>
  attackSignature(dice, (text, other) => mutateInsideArmor(dice, text, other));

function attackSignature(dice: Dice, change: (text: string, other: string) => string): string | null {
  const victim = dice.below(2);
  const others = [...one.signatures, ...root2Document.signatures];
  const mutated = one.signatures.map((signature, index) =>
    index === victim ? { ...signature, text: change(signature.text, dice.pick(others).text) } : signature,
  );
  if (mutated[victim]?.text === one.signatures[victim]?.text) return null;
  const { head } = chainWith([{ ...one, signatures: mutated }]);
  return head === null ? null : `a changed signature of ${one.signatures[victim]?.file} counted`;
}

/** Signatures of passkeys, real ones and ours, each with its key and the bytes it is over. */
const passkeySignatures = [
  ...['plain', 'extra-member', 'synced', 'extensions', 'https'].map((name) => {
    const one = RECORDED.get(name);
    if (one === undefined) throw new Error(`no recording ${name}`);
    const text = armorAssertion(one.key, NAMESPACES.baseline, one.assertion);
    return { key: one.key, text, message: SIGNED };
  }),
  ...[softwarePasskey(LOCAL), softwarePasskey(PAGE, { deviceBound: true })].map(({ key, assert }) => {
    const text = armorAssertion(key, NAMESPACES.baseline, assert(one.bytes));
    return { key, text, message: one.bytes };
  }),
];

/** The file of a passkey's signature, with other bytes inside its armor or around it. */
const passkeyFiles: Attack = (dice) => {
  const { key, text, message } = dice.pick(passkeySignatures);
  const other = dice.pick(passkeySignatures).text;
  const armored =
    dice.below(4) === 0
      ? mutate(dice, Buffer.from(text), Buffer.from(other)).toString('latin1')
      : mutateInsideArmor(dice, text, other);
  return countsFor(key, armored, message) ? 'a changed signature of a passkey counted' : null;
};

/** A passkey's line in a trust root: refused, or read as what it is. */
const passkeyLines: Attack = (dice) => {
  const [line, other] = [dice.pick(passkeySignatures).key.line, dice.pick(passkeySignatures).key.line];
  const written = mutate(dice, Buffer.from(line), Buffer.from(other)).toString('utf8');
  try {
    const { type, blob, plainLine, line: read, securityKey } = parsePublicKey(written);
    const plain = `${type} ${blob.toString('base64')}`;
    const { origin, deviceBound } = securityKey?.passkey ?? {};
    const options = `webauthn="${origin}" verify-required ${deviceBound ? 'device-bound ' : ''}`;
    const isWhole = read === written && plainLine === plain && (!origin || read === options + plain);
    return isWhole ? null : 'a line was read as another one';
  } catch (error) {
    if (error instanceof BaselineError && error.code === 'BASELINE_KEY_INVALID') return null;
    throw error;
  }
};

function countsFor(key: SshPublicKey, armored: string, message: Uint8Array): boolean {
  try {
    verifySignature({ armored, message, namespace: NAMESPACES.baseline, key });
    return true;
  } catch (error) {
    if (error instanceof BaselineError) return false;
    throw error;
  }
}

/** What is attacked, by name. */
export const ATTACKS: ReadonlyMap<string, Attack> = new Map<string, Attack>([
  ['statements', statements],
  ['statements signed again', signedStatements],
  ['trust roots', trustRoots],
  ['pinned trust roots', pinnedRoots],
  ['trust roots pinned as they are', pinnedMutants],
  ['records files', records],
  ['armored signatures', armoredSignatures],
  ['SSHSIG blobs', signatureBlobs],
  ['signatures of passkeys', passkeyFiles],
  ['lines of passkeys', passkeyLines],
]);
