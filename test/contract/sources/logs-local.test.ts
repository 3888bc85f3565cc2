import { localLogs } from '../../../daemon/sources/log/follow/local-logs.js';
import { logsContract } from './logs-contract.js';

logsContract('on this machine', { rounds: 300, longMb: 200 }, async () => localLogs());
