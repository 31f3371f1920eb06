import { accept, type Parsed, refuse } from '../lib/parsed.ts';

/** As the Engine's API takes it: without a duration its own default holds, 0 means for ever. */
export interface Protection {
  readonly protected: boolean;
  readonly protectionDurationMinutes?: number;
}

const MINUTES: Readonly<Record<string, number>> = { '': 1, m: 1, h: 60, d: 24 * 60 };
const MAX_MINUTES = 365 * 24 * 60;

/** `--protected`: empty or true, false, minutes, or 30m, 2h, 7d; a year at most. */
export function parseProtection(text: string): Parsed<Protection> {
  const word = text.toLowerCase();
  if (word === '' || word === 'true') return accept({ protected: true });
  if (word === 'false') return accept({ protected: false });
  const [, digits = '', unit = ''] = /^(\d{1,10})([mhd]?)$/.exec(word) ?? [];
  const minutes = digits === '' ? Number.NaN : Number(digits) * (MINUTES[unit] ?? 1);
  if (minutes <= MAX_MINUTES) return accept({ protected: true, protectionDurationMinutes: minutes });
  return refuse(
    `invalid --protected value: ${JSON.stringify(text)} (use 'true', 'false', minutes, or duration like 30m/2h/7d)`,
  );
}
