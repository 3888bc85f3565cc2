import type { ReceivedMail } from '../../../daemon/demo/stand-ins/smtp.js';
import {
  type FaultyMailServer,
  type MailServerOptions,
  type SmtpFault,
  startFaultyMailServer,
} from '../../support/faulty-mail-server.js';
import type { Misbehaviour, Stage } from './channel-under-test.js';
import { type ParsedMail, readMail } from './mail-reader.js';

/** Who gets the mails unless a test says otherwise. */
export const RECIPIENT = 'oncall@example.org';
const PASSWORD = 'correct-horse-battery';

/** The mail channel with a real SMTP server. */
export interface MailStage extends Stage {
  readonly smtp: FaultyMailServer;
  readonly mails: () => Promise<readonly ParsedMail[]>;
}

const FAULTS: Record<Exclude<Misbehaviour, 'gibberish'>, SmtpFault> = {
  busy: { stage: 'sender', type: 'answer', code: 451, times: 1 },
  silent: { stage: 'message', type: 'silence', takes: true, times: 1 },
  cut: { stage: 'message', type: 'cut', takes: true, times: 1 },
  'echoes-secret': {
    stage: 'recipient',
    type: 'answer',
    code: 550,
    text: `5.7.1 ${PASSWORD} ${btoa(PASSWORD)}`,
    times: 1,
  },
};

export async function startMailStage(options: MailServerOptions = {}): Promise<MailStage> {
  const smtp = await startFaultyMailServer({ auth: { user: 'alarm', password: PASSWORD }, ...options });
  const misbehave = (how: Misbehaviour) => {
    if (how === 'gibberish') {
      smtp.fault({
        stage: 'connect',
        type: 'answer',
        code: 554,
        text: '<html>captive portal</html>',
        times: 1,
      });
    } else {
      smtp.fault(FAULTS[how]);
    }
  };
  /** A mail is parsed once, however often all are asked for. */
  const read = new Map<ReceivedMail, Promise<ParsedMail>>();
  const readOnce = (mail: ReceivedMail) => {
    const known = read.get(mail) ?? readMail(mail);
    read.set(mail, known);
    return known;
  };
  const mails = () => Promise.all(smtp.messages.map(readOnce));
  return {
    smtp,
    config: {
      kind: 'email',
      name: 'ops',
      smtp: `smtp://alarm@127.0.0.1:${smtp.port}`,
      password: PASSWORD,
      from: 'tillwarden@example.org',
      to: [RECIPIENT],
    },
    secret: PASSWORD,
    misbehave,
    mails,
    received: mails,
    stop: () => smtp.close(),
  };
}
