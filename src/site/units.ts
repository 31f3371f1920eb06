/** What a systemd unit says, as far as a look at it needs: the last value of a key counts. Pure. */
export function unitValue(text: string, key: string): string | undefined {
  const joined = text.replace(/\\\r?\n/g, ' ');
  const found = [...joined.matchAll(/^\s*([A-Za-z]+)\s*=\s*(.*?)\s*$/gm)];
  return found.findLast(([, name]) => name === key)?.[2];
}

const ASSIGNMENT = /^[ \t]*([A-Za-z_]\w*)=("(?:[^"\\]|\\.)*"|'[^']*'|[^\r\n]*)/gms;

/** Variables of an `EnvironmentFile=`, with its quotes (which may span lines) and comments as systemd has them. Pure. */
export function environmentOf(text: string): Record<string, string> {
  return Object.fromEntries(
    [...text.matchAll(ASSIGNMENT)].map(([, name = '', value = '']) => [name, unquoted(value.trim())]),
  );
}

/** The text with these variables set: what else stands there stays, comments and order included. Pure. */
export function withVariables(text: string, variables: Readonly<Record<string, string>>): string {
  const missing = new Map(Object.entries(variables));
  const edited = text.replace(ASSIGNMENT, (line, name: string, value: string) => {
    const wanted = variables[name];
    missing.delete(name);
    return wanted === undefined || wanted === unquoted(value.trim()) ? line : environmentLine(name, wanted);
  });
  const lines = [...missing].map(([name, value]) => `${environmentLine(name, value)}\n`);
  return (edited === '' || edited.endsWith('\n') ? edited : `${edited}\n`) + lines.join('');
}

function unquoted(value: string): string {
  if (/^'.*'$/s.test(value)) return value.slice(1, -1);
  return /^".*"$/s.test(value) ? value.slice(1, -1).replace(/\\(["\\$`])/g, '$1') : value;
}

/** A line that systemd reads back as the value. */
function environmentLine(name: string, value: string): string {
  const isPlain = /^[\w@%+=:,./-]*$/.test(value);
  return isPlain ? `${name}=${value}` : `${name}="${value.replace(/["\\$`]/g, '\\$&')}"`;
}

/** The user and group of a host's own `/etc/passwd`. Pure. */
export function accountOf(passwd: string, name: string): { uid: number; gid: number } | undefined {
  for (const line of passwd.split('\n')) {
    const [user, , uid, gid] = line.split(':');
    if (user === name) return { uid: Number(uid), gid: Number(gid) };
  }
  return undefined;
}
