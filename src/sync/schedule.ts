/**
 * When to look at the world next, and why. Pure: the loop keeps the times, this decides between them.
 *
 *   why       reads                when
 *   hint      Teleport, Engine     4 ms after a hint that no other follows, at most 200 ms after the first: a
 *                                  burst is answered before it is worked on, and becomes one pass
 *   news      Teleport, Engine     20 ms after Teleport told of a change that is not ours
 *   confirm   Teleport, Engine     1.5 s after a write that Teleport has not told of: by then it shows it
 *   retry     Teleport, Engine     when a failed key's wait (or that of a failed look) is over
 *   held      Teleport, Engine     every 20 s while the guard holds something
 *   poll      Engine only          every poll interval; sooner while a clone is being created
 *   sweep     Teleport, Engine     every sweep interval, whatever was seen in between
 *
 * The last three are driven by nothing but the clock, so they rest nineteen times as long as the look
 * before them took: listing never takes more than a twentieth of the time.
 */
export interface Agenda {
  /** Set while the last look failed: nothing else is due before it. */
  readonly failedUntil: number | undefined;
  readonly hinted: Hinted | undefined;
  readonly newsAt: number | undefined;
  readonly confirmAt: number | undefined;
  readonly retryAt: number | undefined;
  readonly heldAt: number | undefined;
  readonly pollAt: number;
  readonly sweepAt: number;
  /** End of the rest after the last look that only the clock asked for. */
  readonly restedAt: number;
}

/** When the first and the last hint came that no look has served yet. */
export interface Hinted {
  readonly first: number;
  readonly last: number;
}

export type Why = 'start' | 'hint' | 'news' | 'confirm' | 'retry' | 'held' | 'poll' | 'sweep';

export interface Appointment {
  readonly at: number;
  readonly why: Why;
}

const LONGEST_GATHER_MS = 200;
/** Webhooks of one burst come less than this apart; a single one waits no longer. */
const GATHER_MS = 4;
const GATHER_NEWS_MS = 20;
export const CONFIRM_MS = 1_500;
export const HELD_MS = 20_000;
const REST_FACTOR = 19;

/** The earliest appointment; of two at the same time the one that reads more. */
export function nextLook(agenda: Agenda): Appointment {
  if (agenda.failedUntil !== undefined) return { at: agenda.failedUntil, why: 'retry' };
  const rested = (at: number) => Math.max(at, agenda.restedAt);
  const appointments: Appointment[] = [
    ...due(gathered(agenda.hinted), 'hint'),
    ...due(agenda.newsAt, 'news', GATHER_NEWS_MS),
    ...due(agenda.confirmAt, 'confirm'),
    ...due(agenda.retryAt, 'retry'),
    ...due(agenda.heldAt, 'held').map(({ at, why }) => ({ at: rested(at), why })),
    { at: rested(agenda.sweepAt), why: 'sweep' },
    { at: rested(agenda.pollAt), why: 'poll' },
  ];
  return appointments.reduce((first, other) => (other.at < first.at ? other : first));
}

function gathered(hinted: Hinted | undefined): number | undefined {
  if (hinted === undefined) return undefined;
  return Math.min(hinted.last + GATHER_MS, hinted.first + LONGEST_GATHER_MS);
}

function due(at: number | undefined, why: Why, after = 0): Appointment[] {
  return at === undefined ? [] : [{ at: at + after, why }];
}

/** When a look that only the clock asked for may be followed by another. */
export function restUntil(end: number, tookMs: number): number {
  return end + tookMs * REST_FACTOR;
}
