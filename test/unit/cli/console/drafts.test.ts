import { expect, test } from '@jest/globals';
import { Drafts } from '../../../../daemon/cli/console/drafts.js';

test('a proposal of more than can be shown is not co-signed here, whatever asks for it', async () => {
  const proposed = (count: number) => Array.from({ length: count }, () => ({}));
  const draftsOf = (count: number) => {
    const found = { review: { digest: 'd' }, waiting: { document: {} }, proposed: proposed(count) };
    const open = async () => {
      throw new Error('went on');
    };
    const options = { site: 'prague-1', reader: { found: async () => found, open } };
    return new Drafts(options as unknown as ConstructorParameters<typeof Drafts>[0]);
  };
  await expect(draftsOf(201).coSign('d')).rejects.toMatchObject({ code: 'CONSOLE_INVALID' });
  await expect(draftsOf(200).coSign('d')).rejects.toThrow('went on');
});
