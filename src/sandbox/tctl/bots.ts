import type { Session } from '../teleport/auth.ts';
import { Refusal } from '../teleport/refusal.ts';
import type { Arguments } from './arguments.ts';

/** `tctl bots add NAME --roles=R --format=json` and `tctl bots instances add NAME`. Throws a `Refusal`. */
export function bots({ administration }: Session, { operands, roles = '', format }: Arguments): string {
  const [verb, name = '', third = ''] = operands;
  if (format !== 'json') throw new Refusal('invalid', 'the stand-in prints bots as JSON alone');
  if (verb === 'add') return print(administration.addBot(name, roles.split(',').filter(Boolean)));
  if (verb === 'instances' && name === 'add') return print(administration.addBotInstance(third));
  throw new Refusal('invalid', `expected command but got "${verb}"`);
}

function print(bot: object): string {
  return `${JSON.stringify(bot)}\n`;
}
