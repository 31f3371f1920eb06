/** The password rule of the Engine: at least 60 bits of entropy, as go-password-validator estimates them. */

const MIN_ENTROPY_BITS = 60;

const classes = {
  replace: '!@$&*',
  separator: '_-., ',
  special: '"#%\'()+/:;<=>?[\\]^{|}~`',
  lower: 'abcdefghijklmnopqrstuvwxyz',
  upper: 'ABCDEFGHIJKLMNOPQRSTUVWXYZ',
  digit: '0123456789',
};

const runs = ['0123456789', 'qwertyuiop', 'asdfghjkl', 'zxcvbnm', classes.lower];

/** The complaint about a weak password, or undefined. */
export function weakness(password: string): string | undefined {
  if (entropyBits(password) >= MIN_ENTROPY_BITS) return undefined;
  const has = (...names: (keyof typeof classes)[]) =>
    names.every((name) => [...password].some((char) => classes[name].includes(char)));
  const advice = [
    has('replace', 'separator', 'special') ? [] : ['including more special characters'],
    has('lower') ? [] : ['using lowercase letters'],
    has('upper') ? [] : ['using uppercase letters'],
    has('digit') ? [] : ['using numbers'],
  ].flat();
  const most = advice.length === 0 ? '' : `${advice.join(', ')} or `;
  return `insecure password, try ${most}using a longer password`;
}

function entropyBits(password: string): number {
  return countedLength(password) * Math.log2(alphabetSize(password));
}

function alphabetSize(password: string): number {
  const sets = Object.values(classes);
  const used = new Set<string>();
  let strangers = 0;
  for (const char of new Set(password)) {
    const set = sets.find((candidate) => candidate.includes(char));
    if (set === undefined) strangers++;
    else used.add(set);
  }
  return strangers + [...used].reduce((sum, set) => sum + set.length, 0);
}

/** Of a run such as `1234`, `dcba` or `zzzz` only the first two characters count. */
function countedLength(password: string): number {
  let text = password;
  for (const run of [...runs, ...runs.map(reversed)]) text = shortenRuns(text, run);
  return [...text.replace(/(.)\1{2,}/gsu, '$1$1')].length;
}

function shortenRuns(text: string, run: string): string {
  const kept: string[] = [];
  let length = 0;
  let previous = '';
  for (const char of text) {
    const follows = previous !== '' && run.includes(previous) && run[run.indexOf(previous) + 1] === char;
    length = follows ? length + 1 : 1;
    previous = char;
    if (length <= 2) kept.push(char);
  }
  return kept.join('');
}

function reversed(text: string): string {
  return [...text].reverse().join('');
}
