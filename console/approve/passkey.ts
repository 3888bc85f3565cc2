import type { PasskeyAnswer } from '../../daemon/views/console-shapes.js';

/**
 * Has a passkey of this page sign: any, or the one of an id. Whose it is and whether it counts is found out by the console's own process.
 */
export async function signWithPasskey(challenge: string, id?: ArrayBuffer): Promise<PasskeyAnswer> {
  const credential = await navigator.credentials.get({
    publicKey: {
      challenge: bytesOf(challenge),
      rpId: location.hostname,
      userVerification: 'required',
      ...(id === undefined ? {} : { allowCredentials: [{ type: 'public-key' as const, id }] }),
      timeout: 180_000,
    },
  });
  if (!(credential instanceof PublicKeyCredential))
    throw new Error('the browser has no passkey for this page');
  const { response } = credential;
  if (!(response instanceof AuthenticatorAssertionResponse))
    throw new Error('the browser answered something else');
  return {
    authenticatorData: base64urlOf(response.authenticatorData),
    clientDataJSON: base64urlOf(response.clientDataJSON),
    signature: base64urlOf(response.signature),
  };
}

export function bytesOf(base64url: string): Uint8Array<ArrayBuffer> {
  const text = atob(base64url.replace(/-/g, '+').replace(/_/g, '/'));
  return Uint8Array.from(text, (character) => character.charCodeAt(0));
}

export function base64urlOf(bytes: ArrayBuffer): string {
  const text = btoa(String.fromCharCode(...new Uint8Array(bytes)));
  return text.replace(/\+/g, '-').replace(/\//g, '_').replace(/=+$/, '');
}
