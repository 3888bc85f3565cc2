import { afterAll } from '@jest/globals';
import { SftpLogs } from '../../../daemon/sources/log/follow/sftp-logs.js';
import { sftpConfig } from '../../../daemon/sources/machine/sftp-config.js';
import { startSshd, type TestSshd } from '../../support/sshd.js';
import { logsContract } from './logs-contract.js';

let sshd: TestSshd;
afterAll(() => sshd.close());

logsContract('over sftp', { rounds: 40, longMb: 80 }, async () => {
  sshd = await startSshd();
  return new SftpLogs(sftpConfig.parse({ ...sshd.sftp, requestTimeoutMs: 60_000 }));
});
