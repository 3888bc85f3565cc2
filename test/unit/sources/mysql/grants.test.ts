import { expect, test } from '@jest/globals';
import { parseGrant } from '../../../../daemon/sources/mysql/grants.js';

const rights = (on: string, schema: string | null, name: string | null, ...list: string[]) => ({
  type: 'rights',
  rights: list,
  on,
  schema,
  name,
  mayGrant: false,
});

test.each([
  [
    "GRANT USAGE ON *.* TO `r`@`%` IDENTIFIED BY PASSWORD '*AB' WITH MAX_USER_CONNECTIONS 10",
    rights('everything', null, null, 'USAGE'),
  ],
  ["GRANT USAGE ON *.* TO 'r'@'127.0.0.1' REQUIRE SSL", rights('everything', null, null, 'USAGE')],
  ['GRANT SELECT (`a`, `b`) ON `cas`.`t` TO `r`@`%`', rights('table', 'cas', 't', 'SELECT')],
  ["GRANT SELECT (a, ON, TO) ON `cas`.`t` TO 'r'@'%'", rights('table', 'cas', 't', 'SELECT')],
  [
    'GRANT SELECT, INSERT (`a`), CREATE TEMPORARY TABLES ON `c``as`.* TO `r`@`%`',
    rights('schema', 'c`as', null, 'SELECT', 'INSERT', 'CREATE TEMPORARY TABLES'),
  ],
  [
    'GRANT EXECUTE ON PROCEDURE `tillwarden`.`sensor` TO `r`@`%`',
    rights('routine', 'tillwarden', 'sensor', 'EXECUTE'),
  ],
  ['GRANT EXECUTE ON FUNCTION `x`.`y` TO `r`@`%`', rights('routine', 'x', 'y', 'EXECUTE')],
  ['GRANT ALL PRIVILEGES ON *.* TO `r`@`%`', rights('everything', null, null, 'ALL PRIVILEGES')],
  [
    'GRANT SHOW_ROUTINE,SYSTEM_USER ON *.* TO `r`@`%`',
    rights('everything', null, null, 'SHOW_ROUTINE', 'SYSTEM_USER'),
  ],
  ['GRANT `thieves`@`%` TO `r`@`%`', { type: 'role' }],
  ['GRANT `thieves` TO `r`@`%` WITH ADMIN OPTION', { type: 'role' }],
  ['SET DEFAULT ROLE `thieves` FOR `r`@`%`', { type: 'default-role' }],
  ["GRANT PROXY ON ''@'%' TO 'r'@'%'", { type: 'proxy' }],
])('%s is understood', (line, grant) => {
  expect(parseGrant(line)).toEqual(grant);
});

test('a right that may be passed on is seen as one', () => {
  expect(parseGrant('GRANT SELECT ON `a`.`b` TO `r`@`%` WITH GRANT OPTION')).toMatchObject({
    mayGrant: true,
  });
});

test.each([
  '',
  'REVOKE UPDATE ON `a`.* FROM `r`@`%`',
  'GRANT UPDATE ON SOMETHING `a`.`b` TO `r`@`%`',
  'GRANT UPDATE ON `a`.`b`.`c` TO `r`@`%`',
  'GRANT ON `a`.`b` TO `r`@`%`',
  "GRANT SELECT ON `a`.`b TO 'r'@'%'",
])('%s is not understood, and so refused', (line) => {
  expect(parseGrant(line).type).toBe('unknown');
});
