import type { Socket } from 'node:net';
import { z } from 'zod';
import type { Clock } from '../../lib/clock.ts';
import { run, type TctlCluster } from '../tctl/command.ts';
import type { TctlAnswer, TctlRequest } from '../tctl/protocol.ts';
import { MAX_REQUEST_BYTES } from '../tctl/protocol.ts';
import { isAboutKeys, runAuth, type Signers } from '../tctl/sign.ts';
import { failure } from '../tctl/words.ts';
import type { Cluster, User } from './auth.ts';
import { Session } from './auth.ts';
import type { Fault } from './fault.ts';

const requestSchema = z.object({
  args: z.array(z.string()).max(100),
  stdin: z.string(),
  identity: z.discriminatedUnion('state', [
    z.object({ state: z.literal('missing') }),
    z.object({ state: z.literal('garbled'), reason: z.string() }),
    z.object({ state: z.literal('read'), certificate: z.string() }),
  ]),
});

interface EndpointOptions extends Signers {
  readonly cluster: Cluster;
  readonly clock: Clock;
  readonly fault: () => Fault | undefined;
  readonly whoIs: (certificate: string) => User | 'expired' | 'stranger';
}

/** Answers the stand-in tctl: one request, one answer, and the connection is over. */
export class TctlEndpoint {
  readonly #options: EndpointOptions;
  #underWay = 0;

  constructor(options: EndpointOptions) {
    this.#options = options;
  }

  async serve(socket: Socket): Promise<void> {
    const { counters } = this.#options.cluster;
    this.#underWay += 1;
    counters.tctlRuns += 1;
    counters.tctlAtOnce = Math.max(counters.tctlAtOnce, this.#underWay);
    socket.once('close', () => {
      this.#underWay -= 1;
    });
    try {
      const request = await readRequest(socket);
      // Nothing more is expected, but only a socket that is read notices that the caller has gone.
      socket.resume();
      const answer = await this.#answer(request, socket);
      if (answer) socket.end(`${JSON.stringify(answer)}\n`);
    } catch {
      // A foreign protocol, a request cut short, or a fault that cuts the line: the caller sees it closed.
      socket.destroy();
    }
  }

  async #answer(request: TctlRequest, socket: Socket): Promise<TctlAnswer | undefined> {
    const fault = this.#options.fault();
    if (fault?.kind === 'hang') return undefined;
    if (fault?.kind === 'refuse') return failure(fault.text);
    const answer = await this.#run(request, fault);
    if (fault?.kind === 'slow') await this.#pause(fault.ms, socket);
    return answer;
  }

  async #run(request: TctlRequest, fault: Fault | undefined): Promise<TctlAnswer> {
    const documents = fault?.kind === 'drop' ? fault.afterDocuments : Number.POSITIVE_INFINITY;
    try {
      const { cluster, clock, sign, databaseCa } = this.#options;
      const faced: TctlCluster & Signers = {
        version: cluster.version,
        now: () => clock.now(),
        authenticate: (certificate) => this.#open(certificate, documents),
        sign,
        databaseCa,
      };
      return isAboutKeys(request.args) ? await runAuth(request, faced) : run(request, faced);
    } catch (error) {
      if (error instanceof LineCut) throw error;
      return failure(`the stand-in cluster failed: ${error instanceof Error ? error.stack : String(error)}`);
    }
  }

  #open(certificate: string, documents: number): Session | 'expired' | 'stranger' {
    const user = this.#options.whoIs(certificate);
    if (typeof user === 'string') return user;
    return Number.isFinite(documents)
      ? new CutSession(this.#options.cluster, user, documents)
      : new Session(this.#options.cluster, user);
  }

  async #pause(ms: number, socket: Socket): Promise<void> {
    const gone = new AbortController();
    const leave = () => gone.abort();
    socket.once('close', leave);
    await this.#options.clock.sleep(ms, gone.signal);
    socket.off('close', leave);
  }
}

class LineCut extends Error {}

/** A session whose line is cut after so many creates. */
class CutSession extends Session {
  #left: number;

  constructor(cluster: Cluster, user: User, documents: number) {
    super(cluster, user);
    this.#left = documents;
  }

  override create(draft: Parameters<Session['create']>[0]): void {
    if (this.#left <= 0) throw new LineCut();
    this.#left -= 1;
    super.create(draft);
  }
}

async function readRequest(socket: Socket): Promise<TctlRequest> {
  let received = '';
  socket.setEncoding('utf8');
  for await (const chunk of socket.iterator({ destroyOnReturn: false })) {
    received += chunk;
    if (received.length > MAX_REQUEST_BYTES) throw new Error('the request is too long');
    if (received.endsWith('\n')) return requestSchema.parse(JSON.parse(received));
  }
  throw new Error('the request was cut short');
}
