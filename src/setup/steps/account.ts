import { type PLACE, SERVICE_USER } from '../../site/places.ts';
import type { Site } from '../../site/site.ts';
import { accountOf } from '../../site/units.ts';
import type { CommandChange, FileChange, FolderChange, Owner } from '../change.ts';

/** 999, which Linux gives to the first account of a system, is PostgreSQL in the containers: it owns the clones' key. */
const ACCOUNT = [
  ...['--system', '--no-create-home', '--shell', '/usr/sbin/nologin'],
  ...['--key', 'SYS_UID_MAX=998'],
];

/** One account for tbot and the sidecar: what one writes, the other reads. */
export async function accountChanges({ passwd }: Site): Promise<CommandChange[]> {
  const accounts = await passwd();
  if (accounts.state === 'read' && accountOf(accounts.value, SERVICE_USER) !== undefined) return [];
  return [
    {
      kind: 'command',
      command: ['useradd', ...ACCOUNT, SERVICE_USER],
      what: `Create the account ${SERVICE_USER}, which tbot and the sidecar run as`,
    },
  ];
}

/** What is there already stays as it is. */
export async function fileUnlessThere({ files }: Site, path: string, after: string): Promise<FileChange[]> {
  if (await files.isTaken(path)) return [];
  return [{ kind: 'file', path, before: undefined, after, mode: 0o644 }];
}

/** For its owner alone. */
export async function folderUnlessThere(
  { files }: Site,
  path: string,
  owner: Owner,
): Promise<FolderChange[]> {
  if ((await files.standing(path)) !== undefined) return [];
  return [{ kind: 'folder', path, mode: 0o700, owner }];
}

/** Commands that make systemd run units as they are now, for those it does not. */
export async function unitCommands(
  { files }: Site,
  units: readonly { readonly name: string; readonly isChanged: boolean; readonly target?: string }[],
): Promise<CommandChange[]> {
  const commands: CommandChange[] = [];
  for (const { name, isChanged, target = 'multi-user' } of units) {
    const isEnabled = await files.isTaken(`/etc/systemd/system/${target}.target.wants/${name}`);
    if (!isEnabled)
      commands.push(
        systemctl(`Start ${name}, now and after each start of the host`, 'enable', '--now', name),
      );
    else if (isChanged) commands.push(systemctl(`Restart ${name}`, 'restart', name));
  }
  if (commands.length === 0) return [];
  return [systemctl('Let systemd read its units again', 'daemon-reload'), ...commands];
}

function systemctl(what: string, ...args: string[]): CommandChange {
  return { kind: 'command', command: ['systemctl', ...args], what };
}

export const unitNameOf = (path: (typeof PLACE)[keyof typeof PLACE]): string => path.split('/').at(-1) ?? '';
