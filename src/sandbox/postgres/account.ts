import { readFile, stat } from 'node:fs/promises';
import path from 'node:path';

/** The system user that databases run as, where that is not the user of this process. */
export interface Account {
  readonly uid: number;
  readonly gid: number;
}

const CANDIDATES = ['postgres', 'nobody'];
const READ = 4;
const ENTER = 1;

/** PostgreSQL refuses to run as root: for root an ordinary user of this machine, for others undefined. */
export async function accountFor(owner: number): Promise<Account | undefined> {
  if (owner !== 0) return undefined;
  const users = (await readFile('/etc/passwd', 'utf8')).split('\n').map((line) => line.split(':'));
  for (const candidate of CANDIDATES) {
    const [, , uid, gid] = users.find(([name]) => name === candidate) ?? [];
    if (Number(uid) > 0) return { uid: Number(uid), gid: Number(gid) };
  }
  throw new Error(
    `PostgreSQL does not run as root, and this machine has no user ${CANDIDATES.join(' or ')} to run it as. Start the sandbox as an ordinary user, or add one: useradd --system postgres`,
  );
}

/** Whether the account can read the folder at an absolute path; without an account we can. */
export async function canRead(account: Account | undefined, folder: string): Promise<boolean> {
  if (account === undefined) return true;
  if (!(await allows(account, folder, READ | ENTER))) return false;
  for (let parent = path.dirname(folder); ; parent = path.dirname(parent)) {
    if (!(await allows(account, parent, ENTER))) return false;
    if (parent === path.dirname(parent)) return true;
  }
}

async function allows(account: Account, file: string, wanted: number): Promise<boolean> {
  const { uid, gid, mode } = await stat(file);
  const granted = uid === account.uid ? mode >> 6 : gid === account.gid ? mode >> 3 : mode;
  return (granted & wanted) === wanted;
}
