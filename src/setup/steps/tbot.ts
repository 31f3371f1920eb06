import { dirname } from 'node:path';
import { BOT_NAME, BOT_ROLE, PLACE, SERVICE_USER } from '../../site/places.ts';
import type { Site } from '../../site/site.ts';
import { at } from '../../site/value.ts';
import { TeleportError } from '../../teleport/error.ts';
import type { Change, ClusterChange } from '../change.ts';
import { writeSecret } from '../hand.ts';
import { tbotConfig, tbotUnit } from '../pieces/units.ts';
import { programsOf } from '../programs.ts';
import { type Planned, SetupError } from '../step.ts';
import { accountChanges, fileUnlessThere, folderUnlessThere, unitCommands, unitNameOf } from './account.ts';

/** Teleport's own limit for the token of a bot. */
const TOKEN_LIFE_MS = 3_600_000;
const UNIT_FOLDERS = ['/etc/systemd/system', '/lib/systemd/system', '/usr/lib/systemd/system'];
const OWNER = { user: SERVICE_USER } as const;

/** A bot, the token it joins with, and tbot as a daemon that renews its identity. */
export async function planTbot(site: Site): Promise<Planned> {
  const folder = dirname(site.paths.identity);
  const token = (await hasJoined(site)) ? [] : await joinToken(site);
  const files = [...(await configuration(site, folder)), ...(await unit(site, folder))];
  const changes: Change[] = [
    ...(await accountChanges(site)),
    ...(await folderUnlessThere(site, PLACE.tbotStorage, OWNER)),
    ...(await folderUnlessThere(site, folder, OWNER)),
    ...(typeof token === 'string' ? [] : token),
    ...files,
    ...(await unitCommands(site, [{ name: unitNameOf(PLACE.tbotUnit), isChanged: files.length > 0 }])),
  ];
  const problem = typeof token === 'string' ? token : await othersTbot(site, folder);
  return { changes, ...(problem !== undefined && { problem }) };
}

function configuration(site: Site, folder: string) {
  return fileUnlessThere(site, PLACE.tbotConfig, tbotConfig(site.config, folder));
}

/** Teleport's own packages bring one, which stays. */
async function unit(site: Site, folder: string) {
  for (const place of UNIT_FOLDERS) if (await site.files.isTaken(`${place}/tbot.service`)) return [];
  return fileUnlessThere(site, PLACE.tbotUnit, tbotUnit(await programsOf(site), folder));
}

/** A configuration that was there before, for another bot, is left to whoever wrote it. */
async function othersTbot({ files }: Site, folder: string): Promise<string | undefined> {
  const there = await files.read(PLACE.tbotConfig);
  if (there.state !== 'read' || there.text.includes(folder)) return undefined;
  return (
    `${PLACE.tbotConfig} is there and writes nothing to ${folder}: run a second tbot for the sidecar, with what ` +
    '"dblab teleport render tbot" prints, or name with --teleport-identity where this one writes.'
  );
}

/** A join token is used once: after that, what tbot keeps in its storage lets it in again. */
async function hasJoined({ files, identity, clock }: Site): Promise<boolean> {
  if ((await files.list(PLACE.tbotStorage)).length > 0) return true;
  const token = await files.standing(PLACE.joinToken);
  if (token !== undefined && clock.now() - token.modifiedAt < TOKEN_LIFE_MS) return true;
  return identity().then(
    ({ expiresAt }) => expiresAt > clock.now(),
    () => false,
  );
}

/** The change, or why there is none and what to type. */
async function joinToken({ admin, files, signal }: Site): Promise<[ClusterChange] | string> {
  const add = ['bots', 'add', BOT_NAME, `--roles=${BOT_ROLE}`];
  const byHand = `tctl ${add.join(' ')} (the token that it prints goes into ${PLACE.joinToken}, mode 0600)`;
  const isThere = await hasBot(admin, signal).catch((error: unknown) => error);
  if (isThere instanceof TeleportError) {
    return `${isThere.message} Or, as an administrator elsewhere: ${byHand}.`;
  }
  if (isThere instanceof Error) throw isThere;
  const change: ClusterChange = {
    kind: 'cluster',
    what: isThere
      ? `Make another join token for the bot ${BOT_NAME}, kept in ${PLACE.joinToken}`
      : `Create the bot ${BOT_NAME} with the role ${BOT_ROLE}, its join token kept in ${PLACE.joinToken}`,
    byHand,
    async carryOut(during) {
      const command = isThere ? ['bots', 'instances', 'add', BOT_NAME] : add;
      const printed = await admin.ask([...command, '--format=json'], during);
      await writeSecret(files, PLACE.joinToken, `${tokenIn(printed)}\n`, OWNER);
    },
  };
  return [change];
}

/** A bot is known by its user on every version. */
async function hasBot(admin: Site['admin'], signal: AbortSignal): Promise<boolean> {
  try {
    await admin.ask(['get', `user/bot-${BOT_NAME}`, '--format=json'], signal);
    return true;
  } catch (error) {
    if (error instanceof TeleportError && error.code === 'not-found') return false;
    throw error;
  }
}

function tokenIn(printed: string): string {
  const token = tokenField(printed);
  if (typeof token === 'string' && /^[\w.-]{1,512}$/.test(token)) return token;
  throw new SetupError('"tctl bots add" printed no join token. Look at it yourself: tctl bots ls.');
}

function tokenField(printed: string): unknown {
  try {
    return at(JSON.parse(printed), 'token_id');
  } catch {
    return undefined;
  }
}
