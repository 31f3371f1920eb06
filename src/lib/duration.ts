import { accept, type Parsed, refuse } from './parsed.ts';

const UNITS: Readonly<Record<string, number>> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000 };
const LONGEST_MS = 24 * 3_600_000;
const EXAMPLES = 'such as 500ms, 15s, 5m or 1h30m';

/**
 * Reads a duration as Go's `time.ParseDuration` writes it (`1h30m`, `1.5s`), in milliseconds: at least one
 * of them, and at most a day, because nothing that the program waits for is worth a longer wait.
 */
export function parseDuration(text: string): Parsed<number> {
  if (/^\d+(\.\d+)?$/.test(text) && Number(text) > 0) return refuse(`it needs a unit, ${EXAMPLES}`);
  if (text.startsWith('-')) return refuse('it must not be negative');
  if (!/^(0|(\d+(\.\d+)?(ms|s|m|h))+)$/.test(text)) return refuse(`it is not a duration, ${EXAMPLES}`);
  const ms = Math.round(sum(text));
  if (ms === 0) return refuse('it must be longer than zero');
  if (ms > LONGEST_MS) return refuse('it must be at most 24h');
  return accept(ms);
}

/** Writes milliseconds as Go writes a duration: `1h30m0s`, `1.5s`, `500ms`. */
export function formatDuration(ms: number): string {
  if (ms < 1_000) return ms === 0 ? '0s' : `${ms}ms`;
  const hours = Math.floor(ms / 3_600_000);
  const minutes = Math.floor(ms / 60_000) % 60;
  const parts = [
    hours > 0 && `${hours}h`,
    (hours > 0 || minutes > 0) && `${minutes}m`,
    `${(ms % 60_000) / 1_000}s`,
  ];
  return parts.filter(Boolean).join('');
}

function sum(text: string): number {
  const parts = text.matchAll(/([\d.]+)(ms|s|m|h)/g);
  return [...parts].reduce((total, [, amount, unit]) => total + Number(amount) * (UNITS[unit ?? ''] ?? 0), 0);
}
