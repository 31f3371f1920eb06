import type { Route } from './api-dial.ts';
import { DialError, type DialErrorKind } from './api-dial-error.ts';
import type { ProxyFacts } from './api-web.ts';
import { TeleportError, type TeleportErrorCode } from './error.ts';
import { expiredElsewhere } from './explain.ts';

export interface Attempt {
  readonly route: Route;
  readonly error: DialError;
}

/** What the sentences name: the values that an operator can change, and the identity's cluster. */
export interface DialSettings {
  readonly proxy: string;
  readonly identityFile: string;
  readonly cluster: string;
}

/**
 * One sentence about all attempts to reach Auth. `facts` is what the proxy told as a web server, or why it
 * could not be asked; undefined where nobody asked, because the attempts speak for themselves.
 */
export function explainDial(
  attempts: readonly Attempt[],
  facts: ProxyFacts | DialError | undefined,
  settings: DialSettings,
): TeleportError {
  const story = { attempts, facts, settings };
  const found = ROWS.find(({ applies }) => applies(story)) ?? NO_WAY;
  const cause = attempts.at(-1)?.error;
  return new TeleportError(found.code, found.sentence(story), cause);
}

interface Story {
  readonly attempts: readonly Attempt[];
  readonly facts: ProxyFacts | DialError | undefined;
  readonly settings: DialSettings;
}

interface Row {
  readonly applies: (story: Story) => boolean;
  readonly code: TeleportErrorCode;
  readonly sentence: (story: Story) => string;
}

const NO_WAY: Row = {
  applies: () => true,
  code: 'unreachable',
  sentence: ({ attempts, settings }) =>
    `No way leads to Teleport's Auth service through ${settings.proxy} (--teleport-proxy): ` +
    `${attempts.map(({ route, error }) => `${route}: ${error.message}`).join('; ')}. ` +
    'Something between this host and the proxy may hold them up; --transport tctl goes by other ways.',
};

/** The first row that applies tells: what is certain comes before what is likely. */
const ROWS: readonly Row[] = [
  {
    applies: (story) => wasTold(story, 'identity-expired'),
    code: 'identity-expired',
    sentence: ({ settings }) => expiredElsewhere(settings.identityFile),
  },
  {
    applies: (story) => wasTold(story, 'identity-refused'),
    code: 'identity-invalid',
    sentence: ({ settings, attempts }) =>
      `Teleport at ${settings.proxy} refuses the identity in ${settings.identityFile} (${said(attempts)}): ` +
      'another cluster issued it, or this one has changed its authorities since. Issue it anew.',
  },
  {
    applies: (story) => wasTold(story, 'network'),
    code: 'unreachable',
    sentence: ({ settings, attempts }) =>
      `Teleport at ${settings.proxy} (--teleport-proxy) cannot be reached: ${said(attempts)}. ` +
      'Check that it runs, the address, and the network between.',
  },
  {
    applies: (story) => wasTold(story, 'timeout'),
    code: 'timeout',
    sentence: ({ settings }) =>
      `Teleport at ${settings.proxy} (--teleport-proxy) does not answer: the connection was not made in time. ` +
      'Check that it runs, the address, and the network between.',
  },
  {
    applies: ({ facts, settings }) => isProxy(facts) && facts.cluster !== settings.cluster,
    code: 'identity-invalid',
    sentence: ({ facts, settings }) =>
      `The identity in ${settings.identityFile} is for the cluster ${JSON.stringify(settings.cluster)}, but ` +
      `${settings.proxy} (--teleport-proxy) belongs to ${JSON.stringify(isProxy(facts) && facts.cluster)}. ` +
      'Name the proxy of the first, or issue an identity of the second.',
  },
  {
    applies: ({ facts, attempts }) => isProxy(facts) && last(attempts) === 'untrusted',
    code: 'identity-invalid',
    sentence: ({ settings }) =>
      `The Auth service behind ${settings.proxy} shows a certificate that no authority in ` +
      `${settings.identityFile} has signed: the cluster ${JSON.stringify(settings.cluster)} has changed its ` +
      'authorities since, or was made anew. Issue the identity anew.',
  },
  {
    applies: ({ facts }) => isProxy(facts) && !facts.hasTlsRouting,
    code: 'unreachable',
    sentence: ({ settings }) =>
      `TLS routing is off at ${settings.proxy} (--teleport-proxy), so its web port does not lead to Teleport's ` +
      "API. Name the address of the Auth service itself (port 3025), or use --transport tctl, which doesn't need it.",
  },
  {
    applies: ({ facts, attempts }) => isProxy(facts) && last(attempts) === 'no-upgrade',
    code: 'unreachable',
    sentence: ({ settings, attempts }) =>
      `Something before the Teleport proxy at ${settings.proxy} ends TLS, and the connection upgrade that makes up ` +
      `for it does not get through: ${said(attempts)}. Let it pass WebSockets, or use --transport tctl.`,
  },
  {
    applies: ({ facts }) => isFailure(facts, 'not-tls'),
    code: 'unreachable',
    sentence: ({ settings }) =>
      `What listens at ${settings.proxy} (--teleport-proxy) does not speak TLS, so it is no Teleport proxy. ` +
      'Name the web address of the proxy; its port is usually 443 or 3080.',
  },
  {
    applies: ({ facts }) => isFailure(facts, 'untrusted'),
    code: 'unreachable',
    sentence: ({ settings, facts }) =>
      `What answers at ${settings.proxy} (--teleport-proxy) is not the Auth service of the cluster ` +
      `${JSON.stringify(settings.cluster)} that the identity in ${settings.identityFile} is for, and its web ` +
      `certificate is not trusted (${facts instanceof DialError ? facts.message : ''}). Correct the address; if it ` +
      'is right, name the authority that signed the certificate with --teleport-ca-file.',
  },
  {
    applies: ({ facts }) => isFailure(facts, 'no-upgrade'),
    code: 'unreachable',
    sentence: ({ settings, facts }) =>
      `What answers at ${settings.proxy} (--teleport-proxy) is no Teleport proxy: ` +
      `${facts instanceof DialError ? facts.message : ''}. Correct the address.`,
  },
];

function wasTold({ attempts }: Story, kind: DialErrorKind): boolean {
  return attempts.some(({ error }) => error.kind === kind);
}

function last(attempts: readonly Attempt[]): DialErrorKind | undefined {
  return attempts.at(-1)?.error.kind;
}

function said(attempts: readonly Attempt[]): string {
  return attempts.at(-1)?.error.message ?? '';
}

function isProxy(facts: Story['facts']): facts is ProxyFacts {
  return facts !== undefined && !(facts instanceof DialError);
}

function isFailure(facts: Story['facts'], kind: DialErrorKind): boolean {
  return facts instanceof DialError && facts.kind === kind;
}
