import { expect, test } from '@jest/globals';
import { findMysql, INSTALL_COMMAND } from '../../../daemon/demo/mysql/installation.js';

test('where neither MariaDB nor MySQL is installed, the command that installs one is said', async () => {
  await expect(findMysql('', [])).rejects.toMatchObject({
    code: 'DEMO_MYSQL_MISSING',
    message: expect.stringContaining(INSTALL_COMMAND),
  });
});
