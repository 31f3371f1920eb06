import { EngineError } from '../engine/error.ts';
import { PLACE } from '../site/places.ts';
import type { Site } from '../site/site.ts';
import { dialError } from '../teleport/api-dial-error.ts';
import { TeleportError } from '../teleport/error.ts';
import { YamlError } from '../yaml/error.ts';
import type { Change, CommandChange } from './change.ts';
import { type Choices, SetupError, type Step, type StepId } from './step.ts';
import { agent } from './steps/agent.ts';
import { certificates, clientCa } from './steps/certificates.ts';
import { identity } from './steps/identity.ts';
import { botRole, userRole } from './steps/roles.ts';
import { serverYml } from './steps/server-yml.ts';
import { service } from './steps/service.ts';

/** In the order in which one needs what another makes. */
export const STEPS: readonly Step[] = [
  botRole,
  userRole,
  certificates,
  clientCa,
  serverYml,
  agent,
  identity,
  service,
];

/** What a step wants to change, or why it cannot say. */
export interface StepPlan {
  readonly id: StepId;
  readonly title: string;
  readonly changes: readonly Change[];
  /** Undefined where all of it could be planned. */
  readonly problem: string | undefined;
}

export interface Plan {
  readonly steps: readonly StepPlan[];
  /** For a person, in this order, when everything else is done. */
  readonly remains: readonly string[];
}

/** Looks at everything and changes nothing. A step that cannot be planned does not keep the others. */
export async function planSetup(
  site: Site,
  choices: Choices,
  only: (step: StepId) => boolean = () => true,
): Promise<Plan> {
  const steps: StepPlan[] = [];
  const remains: string[] = [];
  const planned = new Set<string>();
  for (const step of STEPS.filter(({ id }) => only(id))) {
    const { id, title, byHand: byOthers } = step;
    try {
      const found = await step.plan(site, choices);
      const fresh = found.changes.filter((change) => !isRepeated(change, planned));
      const { changes, byHand } = await forHere(fresh, site);
      steps.push({ id, title, changes, problem: found.problem });
      remains.push(...byHand, ...(found.remains ?? []));
    } catch (error) {
      site.signal.throwIfAborted();
      steps.push({ id, title, changes: [], problem: sentenceOf(error, site) });
      if (byOthers !== undefined) remains.push(byOthers);
    }
  }
  return { steps, remains: [...new Set(remains)] };
}

/** Two steps may need the same account. */
function isRepeated(change: Change, planned: Set<string>): boolean {
  if (change.kind !== 'command') return false;
  const key = change.command.join(' ');
  const isKnown = planned.has(key) && change.command[1] !== 'daemon-reload';
  planned.add(key);
  return isKnown;
}

/** Where another folder stands for the root, or no systemd runs, commands are for a person. */
async function forHere(
  changes: readonly Change[],
  { files }: Site,
): Promise<{ changes: Change[]; byHand: string[] }> {
  const hasSystemd = await files.isTaken(PLACE.systemd);
  const isLeft = (change: Change): change is CommandChange =>
    change.kind === 'command' && (files.root !== '/' || (change.command[0] === 'systemctl' && !hasSystemd));
  return {
    changes: changes.filter((change) => !isLeft(change)),
    byHand: changes.filter(isLeft).map(({ command, what }) => `${what}: ${command.join(' ')}`),
  };
}

function sentenceOf(error: unknown, { config }: Site): string {
  const isTold = [SetupError, TeleportError, EngineError, YamlError].some((kind) => error instanceof kind);
  if (error instanceof Error && isTold) return error.message;
  if (error instanceof Error && !('code' in error) && error.name !== 'DialError') throw error;
  return `The proxy ${config.proxy} cannot be asked: ${dialError(error).message}. Check --teleport-proxy and --teleport-ca-file.`;
}
