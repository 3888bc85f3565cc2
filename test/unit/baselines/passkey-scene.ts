import { createHash, createPublicKey, generateKeyPairSync, type KeyObject, sign } from 'node:crypto';
import { readFileSync } from 'node:fs';
import {
  type Assertion,
  NAMESPACES,
  type Namespace,
  passkeyChallenge,
  passkeyOfBrowser,
  type SshPublicKey,
} from '../../../baselines/index.js';

export const LOCAL = 'http://localhost:9773';
export const PAGE = 'https://console.example.com';

/** The words of a browser about a signature, in the order that its limited verification needs. */
export function clientData(challenge: Buffer, origin: string, rest = ',"crossOrigin":false}'): Buffer {
  return Buffer.from(
    `{"type":"webauthn.get","challenge":"${challenge.toString('base64url')}","origin":"${origin}"${rest}`,
  );
}

const sha256 = (bytes: string | Buffer) => createHash('sha256').update(bytes).digest();

/** An authenticator and a browser in memory: WebAuthn level 3 section 6.3.3. */
export interface SoftwarePasskey {
  readonly key: SshPublicKey;
  assert(
    message: Uint8Array,
    over?: {
      readonly flags?: number;
      readonly rest?: string;
      readonly namespace?: Namespace;
      readonly extensions?: string;
    },
  ): Assertion;
}

export function softwarePasskey(
  origin: string,
  { rpId = new URL(origin).hostname, deviceBound = false } = {},
  pair: { readonly privateKey: KeyObject; readonly publicKey: KeyObject } = generateKeyPairSync('ec', {
    namedCurve: 'P-256',
  }),
): SoftwarePasskey {
  return {
    key: passkeyOfBrowser({ publicKey: pair.publicKey, origin, rpId, deviceBound }),
    assert(message, { flags = 5, rest, namespace = NAMESPACES.baseline, extensions = '' } = {}) {
      const clientDataJSON = clientData(passkeyChallenge(namespace, message), origin, rest);
      const said = [sha256(rpId), Buffer.of(flags, 0, 0, 1, 9), Buffer.from(extensions, 'hex')];
      const authenticatorData = Buffer.concat(said);
      const signature = sign(
        'sha256',
        Buffer.concat([authenticatorData, sha256(clientDataJSON)]),
        pair.privateKey,
      );
      return { authenticatorData, clientDataJSON, signature };
    },
  };
}

/** The answer of a Chromium, in base64: test/vectors/passkeys.json. */
interface Recording {
  readonly name: string;
  readonly origin: string;
  readonly rpId: string;
  readonly publicKey: string;
  readonly authenticatorData: string;
  readonly clientDataJSON: string;
  readonly signature: string;
}

const folder = new URL('../../vectors/', import.meta.url);
const { recorded } = JSON.parse(readFileSync(new URL('passkeys.json', folder), 'utf8')) as {
  recorded: readonly Recording[];
};
const realCase = JSON.parse(readFileSync(new URL('cases/passkey-real-plain.json', folder), 'utf8')) as {
  documents: { text: string }[];
};

/** The document that the browser signed. */
export const SIGNED = Buffer.from(realCase.documents[0]?.text ?? '');

/** The key and the answer of each recorded signature, by its name. */
export const RECORDED: ReadonlyMap<string, { readonly key: SshPublicKey; readonly assertion: Assertion }> =
  new Map(
    recorded.map(({ name, origin, rpId, publicKey, ...answer }) => {
      const bytes = (text: string) => Buffer.from(text, 'base64');
      const spki = createPublicKey({ key: bytes(publicKey), format: 'der', type: 'spki' });
      const key = passkeyOfBrowser({ publicKey: spki, origin, rpId, deviceBound: false });
      const assertion = {
        authenticatorData: bytes(answer.authenticatorData),
        clientDataJSON: bytes(answer.clientDataJSON),
        signature: bytes(answer.signature),
      };
      return [name, { key, assertion }];
    }),
  );
