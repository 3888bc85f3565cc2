import { missing } from './count-signers.js';
import type { SignedDocument } from './document.js';
import { suppressionRequirements } from './requirements.js';
import { signersOf } from './signers.js';
import { NAMESPACES } from './sshsig.js';
import type { Statement } from './statement.js';
import type { VerifiedTrust } from './trust.js';

/**
 * Names of the collections for whose own rules enough people signed this statement, whatever it changes: they have answered for what
 * happened there until then. `others`: collections that it does not hold any more.
 */
export function collectionsAnswered(
  trust: VerifiedTrust,
  document: SignedDocument,
  collections: Statement['collections'],
  others: Statement['collections'] = [],
): readonly string[] {
  const signed = signersOf(document, NAMESPACES.baseline, trust.keyring);
  const kinds = new Map([...others, ...collections].map(({ definition: { name, kind } }) => [name, kind]));
  return [...kinds].flatMap(([name, kind]) => {
    const needed = suppressionRequirements(trust.root, [{ kind, name, authors: new Set() }]);
    return missing(needed, signed).length === 0 ? [name] : [];
  });
}
