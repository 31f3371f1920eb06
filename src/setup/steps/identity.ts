import { dirname } from 'node:path';
import { BOT_NAME, BOT_ROLE, PLACE, SERVICE_USER } from '../../site/places.ts';
import type { Site } from '../../site/site.ts';
import { at } from '../../site/value.ts';
import { isCloud } from '../../site/wanted.ts';
import { TeleportError } from '../../teleport/error.ts';
import type { Change, ClusterChange, FileChange } from '../change.ts';
import { giveTo, writeSecret } from '../hand.ts';
import { RENEWAL_TIMER, renewalUnit, tbotConfig, tbotUnit } from '../pieces/units.ts';
import { PLAIN_USER, PLAIN_USER_DOCUMENT } from '../pieces/user.ts';
import { programsOf } from '../programs.ts';
import { type Choices, type Planned, SetupError, type Step } from '../step.ts';
import { accountChanges, unitCommands, unitNameOf } from './account.ts';

/** Teleport's own limit for the token of a bot. */
const TOKEN_LIFE_MS = 3_600_000;
const UNIT_FOLDERS = ['/etc/systemd/system', '/lib/systemd/system', '/usr/lib/systemd/system'];
const OWNER = { user: SERVICE_USER } as const;

/** The identity, and what renews it for as long as the host runs. */
export const identity: Step = {
  id: 'identity',
  title: 'Identity of the sidecar, and its renewal',
  async plan(site, { identityBy }: Choices): Promise<Planned> {
    if (identityBy === 'user' && isCloud(site.config)) {
      throw new SetupError(
        'Teleport Cloud signs no identities for users (tctl auth sign is not available there): leave out --identity-by user.',
      );
    }
    return identityBy === 'tbot' ? byTbot(site) : { changes: await byUser(site) };
  },
};

async function byTbot(site: Site): Promise<Planned> {
  const { files, paths, config } = site;
  const folder = dirname(paths.identity);
  const programs = await programsOf(site);
  const changes: Change[] = [...(await accountChanges(site))];
  for (const path of [PLACE.tbotStorage, folder]) {
    if ((await files.standing(path)) === undefined)
      changes.push({ kind: 'folder', path, mode: 0o700, owner: OWNER });
  }
  const configuration = await unlessThere(site, PLACE.tbotConfig, tbotConfig(config, folder));
  const hasUnit = (await Promise.all(UNIT_FOLDERS.map((it) => files.isTaken(`${it}/tbot.service`)))).includes(
    true,
  );
  const unit = hasUnit ? [] : await unlessThere(site, PLACE.tbotUnit, tbotUnit(programs, folder));
  const token = (await hasJoined(site)) ? undefined : await joinToken(site);
  if (token !== undefined && typeof token !== 'string') changes.push(token);
  changes.push(...configuration, ...unit);
  changes.push(
    ...(await unitCommands(site, [
      { name: unitNameOf(PLACE.tbotUnit), isChanged: configuration.length + unit.length > 0 },
    ])),
  );
  return { changes, ...(typeof token === 'string' && { problem: token }) };
}

async function unlessThere({ files }: Site, path: string, after: string): Promise<FileChange[]> {
  if (await files.isTaken(path)) return [];
  return [{ kind: 'file', path, before: undefined, after, mode: 0o644 }];
}

/** A join token is used once: after that, what tbot keeps in its storage lets it in again. */
async function hasJoined({ files, identity: read, clock }: Site): Promise<boolean> {
  if ((await files.list(PLACE.tbotStorage)).length > 0) return true;
  const token = await files.standing(PLACE.joinToken);
  if (token !== undefined && clock.now() - token.modifiedAt < TOKEN_LIFE_MS) return true;
  return read().then(
    ({ expiresAt }) => expiresAt > clock.now(),
    () => false,
  );
}

/** The change, or why there is none and what to type. */
async function joinToken(site: Site): Promise<ClusterChange | string> {
  const { admin, files, signal } = site;
  const add = ['bots', 'add', BOT_NAME, `--roles=${BOT_ROLE}`];
  const byHand = `tctl ${add.join(' ')} (the token that it prints goes into ${PLACE.joinToken}, mode 0600)`;
  const isThere = await hasBot(admin, signal).catch((error: unknown) => error);
  if (isThere instanceof TeleportError)
    return `${isThere.message} Or, as an administrator elsewhere: ${byHand}.`;
  if (isThere instanceof Error) throw isThere;
  const command = isThere ? ['bots', 'instances', 'add', BOT_NAME] : add;
  return {
    kind: 'cluster',
    what: isThere
      ? `Make another join token for the bot ${BOT_NAME}, kept in ${PLACE.joinToken}`
      : `Create the bot ${BOT_NAME} with the role ${BOT_ROLE}, its join token kept in ${PLACE.joinToken}`,
    byHand,
    async carryOut(during) {
      const printed = await admin.ask([...command, '--format=json'], during);
      await writeSecret(files, PLACE.joinToken, `${tokenIn(printed)}\n`, OWNER);
    },
  };
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
  const token = parseJson(printed, 'token_id');
  if (typeof token !== 'string' || !/^[\w.-]{1,512}$/.test(token)) {
    throw new SetupError('"tctl bots add" printed no join token. Look at it yourself: tctl bots ls.');
  }
  return token;
}

function parseJson(text: string, key: string): unknown {
  try {
    return at(JSON.parse(text), key);
  } catch {
    return undefined;
  }
}

async function byUser(site: Site): Promise<Change[]> {
  const { admin, files, paths, clock, identity: read } = site;
  const folder = dirname(paths.identity);
  const programs = await programsOf(site);
  const changes: Change[] = [...(await accountChanges(site))];
  if ((await files.standing(folder)) === undefined)
    changes.push({ kind: 'folder', path: folder, mode: 0o700, owner: OWNER });
  const isGood = await read().then(
    ({ expiresAt, user }) => expiresAt > clock.now() && user === PLAIN_USER,
    () => false,
  );
  if (!isGood) {
    changes.push({
      kind: 'cluster',
      what: `Create the user ${PLAIN_USER} with the role ${BOT_ROLE}, and sign an identity for it into ${paths.identity}`,
      byHand:
        `tctl create -f ${PLAIN_USER}-user.yaml; tctl auth sign --format=file --user=${PLAIN_USER} --ttl=24h ` +
        `--overwrite -o ${paths.identity}`,
      document: { name: `${PLAIN_USER}-user.yaml`, text: PLAIN_USER_DOCUMENT },
      async carryOut(signal) {
        await admin.ask(['create', '-f'], signal, PLAIN_USER_DOCUMENT);
        const target = files.at(paths.identity);
        const sign = [
          'auth',
          'sign',
          '--format=file',
          `--user=${PLAIN_USER}`,
          '--ttl=24h',
          '--overwrite',
          '-o',
          target,
        ];
        await admin.ask(sign, signal);
        await giveTo(files, paths.identity, { mode: 0o600, owner: OWNER });
      },
    });
  }
  const renewal = [
    ...(await unlessThere(
      site,
      PLACE.renewalUnit,
      renewalUnit(programs, { user: PLAIN_USER, identity: paths.identity }),
    )),
    ...(await unlessThere(site, PLACE.renewalTimer, RENEWAL_TIMER)),
  ];
  changes.push(...renewal);
  const timer = { name: unitNameOf(PLACE.renewalTimer), isChanged: renewal.length > 0, target: 'timers' };
  changes.push(...(await unitCommands(site, [timer])));
  return changes;
}
